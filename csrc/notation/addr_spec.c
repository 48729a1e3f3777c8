#include "addr_spec.h"

#include "dialect/dialect.h"
#include "encoded_word.h"

#include <string.h>

bool po_gather(po_gathered *gathered, po_scratch *scratch, size_t length) {
  char *words = po_take(scratch, PO_DECODED_FOR(length));
  char *comments = po_take(scratch, length);
  gathered->words = (po_buffer){words, PO_DECODED_FOR(length), 0};
  gathered->comments = (po_buffer){comments, length, 0};
  return words != NULL && comments != NULL;
}

/* A part of an addr-spec while it is read. */
typedef struct part {
  const char *start, *end; /* without the CFWS around it */
  size_t gathered;         /* where what it says begins in the words */
  bool decoded;            /* what it says is not what stands there */
} part;

static part begin(const po_scanner *s, const po_gathered *gathered) {
  return (part){s->at, s->at, gathered->words.length, false};
}

/* Whether it is a quoted string and no more, in which nothing is escaped. */
static bool is_quoted_plainly(const part *p, po_text said) {
  return *p->start == '"' && p->end[-1] == '"' &&
         said.length + 2 == (size_t)(p->end - p->start);
}

/* What a part says: where it stands if that is the same. */
static po_text part_text(const part *p, po_gathered *gathered) {
  po_text said = po_gathered_from(&gathered->words, p->gathered);
  bool quoted = is_quoted_plainly(p, said);
  if (p->decoded && !quoted)
    return said;
  gathered->words.length = p->gathered;
  return quoted ? po_slice(p->start + 1, p->end - 1)
                : po_slice(p->start, p->end);
}

/*
** CFWS after a word, and a dot with the CFWS after it.  `*dot` says whether
** there is one; CFWS on either of its sides is `obsolete`.
*/
static po_code scan_dot(po_scanner *s, po_gathered *gathered, part *p,
                        bool *dot, bool *obsolete) {
  p->end = s->at;
  po_code code = po_skip_cfws(s, &gathered->comments);
  *dot = code == PO_OK && po_is_at(s, '.');
  if (!*dot)
    return code;
  const char *after = s->at + 1;
  *obsolete = s->at > p->end;
  po_put_char(&gathered->words, '.');
  s->at = after;
  code = po_skip_cfws(s, &gathered->comments);
  *obsolete = *obsolete || s->at > after;
  return code;
}

/* CFWS from `start` to the scanner, beside the @: SMTP has not even blanks. */
static po_code use_near_at(po_scanner *s, const char *start) {
  if (s->at == start)
    return PO_OK;
  if (!po_allows(&s->allowance, PO_SWITCH_COMMENTS) &&
      !po_allows(&s->allowance, PO_SWITCH_FOLDS)) {
    s->at = start;
    return PO_CFWS_NEAR_AT;
  }
  po_note(&s->allowance, PO_CFWS_NEAR_AT, start);
  return PO_OK;
}

/* Local parts. */

/* Why no word stands under the scanner. */
static po_code fail_word(const po_scanner *s, const part *p) {
  if (s->at == s->end && s->at == p->start)
    return PO_ADDRESS_EMPTY;
  if (po_is_at(s, '.') || s->at > p->start)
    return po_scan_fail(s, PO_LOCALPART_DOT);
  return po_scan_fail(s, po_is_at(s, '@') ? PO_LOCALPART_EMPTY
                                          : PO_LOCALPART_CHARACTER);
}

/* word = atom / quoted-string; nothing, where dots may stand alone */
static po_code scan_word(po_scanner *s, po_gathered *gathered, part *p) {
  const char *start = s->at;
  if (po_is_at(s, '"')) {
    p->decoded = true;
    return po_scan_quoted_string(s, &gathered->words);
  }
  po_code code = po_scan_dot_atom(s, &gathered->words);
  if (code != PO_OK || s->at > start)
    return code;
  bool dotted = po_is_at(s, '.') || (po_is_at(s, '@') && s->at > p->start);
  if (!dotted || !po_allows(&s->allowance, PO_SWITCH_DOTS))
    return fail_word(s, p);
  return po_scan_use(s, PO_SWITCH_DOTS, s->at);
}

/*
** local-part     = dot-atom / quoted-string / obs-local-part
** obs-local-part = word *("." word)
*/
static po_code scan_localpart(po_scanner *s, po_gathered *gathered, part *p) {
  bool dot = true, obsolete = false;
  po_code code = PO_OK;
  *p = begin(s, gathered);
  while (code == PO_OK && dot) {
    bool quoted = po_is_at(s, '"');
    const char *word = s->at;
    code = scan_word(s, gathered, p);
    if (code == PO_OK && ((quoted && word > p->start) || obsolete))
      code = po_scan_use(s, PO_SWITCH_LOCALPART_WORDS, p->start);
    if (code == PO_OK)
      code = scan_dot(s, gathered, p, &dot, &obsolete);
    p->decoded = p->decoded || (dot && obsolete);
    obsolete = obsolete || quoted;
  }
  return code;
}

/* Domains. */

/* Why no label stands under the scanner. */
static po_code fail_label(const po_scanner *s, const part *p) {
  if (s->at == s->end && s->at == p->start)
    return PO_DOMAIN_MISSING;
  bool empty = s->at == s->end || *s->at == '.' || s->at > p->start;
  return po_scan_fail(s, empty ? PO_DOMAIN_LABEL_EMPTY : PO_DOMAIN_CHARACTER);
}

static po_code scan_literal(po_scanner *s, po_gathered *gathered, part *p) {
  const char *where = NULL;
  po_code code = po_scan_literal(s, &gathered->words);
  p->end = s->at;
  if (code != PO_OK)
    return code;
  po_text said = po_gathered_from(&gathered->words, p->gathered);
  p->decoded = said.length < (size_t)(p->end - p->start);
  if (po_allows(&s->allowance, PO_SWITCH_LITERALS))
    return po_skip_cfws(s, &gathered->comments);
  code = po_parse_literal(said, &where);
  if (code != PO_OK)
    s->at = p->decoded ? p->start : p->start + (where - said.at);
  return code;
}

/* atom *("." atom), the last dot forgiven; "#123" was a host's number once (RFC
** 821 3.7) and is no name now */
static po_code scan_labels(po_scanner *s, po_gathered *gathered, part *p) {
  bool dot = true, obsolete = false;
  if (po_is_at(s, '#'))
    return PO_DOMAIN_DECIMAL;
  while (dot) {
    const char *label = s->at;
    po_code code = po_scan_dot_atom(s, &gathered->words);
    if (code == PO_OK && s->at == label) {
      if (label == p->start || po_is_at(s, '.') ||
          !po_allows(&s->allowance, PO_SWITCH_TRAILING_DOT))
        return fail_label(s, p);
      gathered->words.length--;
      return po_scan_use(s, PO_SWITCH_TRAILING_DOT, p->end);
    }
    if (code == PO_OK && obsolete)
      code = po_scan_use(s, PO_SWITCH_DOMAIN_WORDS, p->end);
    if (code == PO_OK)
      code = scan_dot(s, gathered, p, &dot, &obsolete);
    if (code != PO_OK)
      return code;
    p->decoded = p->decoded || (dot && obsolete);
  }
  return PO_OK;
}

/*
** domain     = dot-atom / domain-literal / obs-domain
** obs-domain = atom *("." atom)
*/
static po_code scan_domain(po_scanner *s, po_gathered *gathered, part *p) {
  const char *start = s->at;
  po_code code = po_skip_cfws(s, &gathered->comments);
  if (code == PO_OK)
    code = use_near_at(s, start);
  if (code != PO_OK)
    return code;
  *p = begin(s, gathered);
  return po_is_at(s, '[') ? scan_literal(s, gathered, p)
                          : scan_labels(s, gathered, p);
}

/* The whole. */

/* Whether what follows a domain directly was meant to belong to it. */
static bool is_domain_like(const po_scanner *s) {
  return po_is_at(s, '@') || po_is_at(s, '[') || po_is_at(s, '\\') ||
         po_is_at(s, ')');
}

/* Whether it may be a local part alone: quoted, or encoded, it is a name. */
static bool is_lone_name(const part *local) {
  return *local->start != '"' &&
         po_encoded_word_length(local->start, local->end) == 0;
}

/* A local part that no @ follows: the whole address, where that is forgiven. */
static po_code end_without_domain(po_scanner *s, const part *local) {
  bool ends = s->at == s->end || *s->at == '>' || *s->at == ',' ||
              *s->at == ';' || *s->at == ']';
  if (!ends) {
    s->at = local->end;
    return po_scan_fail(s, PO_LOCALPART_CHARACTER);
  }
  return is_lone_name(local) && po_allows(&s->allowance, PO_SWITCH_NO_DOMAIN)
             ? po_scan_use(s, PO_SWITCH_NO_DOMAIN, s->at)
             : PO_DOMAIN_MISSING;
}

po_code po_scan_addr_spec(po_scanner *s, po_gathered *gathered,
                          po_address *out) {
  part local, domain;
  po_code code = scan_localpart(s, gathered, &local);
  if (code != PO_OK)
    return code;
  out->native = po_slice(local.start, local.end);
  out->origin = local.start;
  out->field[PO_LOCALPART] = part_text(&local, gathered);
  if (!po_is_at(s, '@'))
    return end_without_domain(s, &local);
  code = use_near_at(s, local.end);
  if (code != PO_OK)
    return code;
  s->at++;
  code = scan_domain(s, gathered, &domain);
  if (code != PO_OK)
    return code;
  if (s->at == domain.end && is_domain_like(s))
    return PO_DOMAIN_CHARACTER;
  out->field[PO_DOMAIN] = part_text(&domain, gathered);
  out->native = po_slice(local.start, domain.end);
  return PO_OK;
}

/* CFWS and commas, of which there may be none; several, or CFWS, are obsolete
** within a route. */
static po_code skip_commas(po_scanner *s, po_gathered *gathered) {
  int commas = 0;
  for (;;) {
    po_code code = po_skip_cfws(s, &gathered->comments);
    if (code != PO_OK || !po_is_at(s, ','))
      return code;
    if (commas++ > 0)
      code = po_scan_use(s, PO_SWITCH_EMPTY_ITEMS, s->at);
    if (code != PO_OK)
      return code;
    po_put_char(&gathered->words, ',');
    s->at++;
  }
}

/* Whether a route has more than commas. */
static bool has_hop(const po_gathered *gathered, size_t start) {
  po_text route = po_gathered_from(&gathered->words, start);
  return route.length > 0 && memchr(route.at, '@', route.length) != NULL;
}

/* Whether a code says that a hop is no domain. */
static bool is_of_route(po_code code) {
  return code == PO_DOMAIN_MISSING || code == PO_DOMAIN_LABEL_EMPTY ||
         code == PO_DOMAIN_CHARACTER || code == PO_DOMAIN_DECIMAL ||
         code == PO_LITERAL_UNCLOSED;
}

/*
** obs-route       = obs-domain-list ":"
** obs-domain-list = *(CFWS / ",") "@" domain
**                   *("," [CFWS] ["@" domain])
*/
po_code po_scan_route(po_scanner *s, po_gathered *gathered, po_text *route) {
  const char *begin = s->at;
  size_t start = gathered->words.length;
  po_code code = po_scan_use(s, PO_SWITCH_ROUTES, s->at);
  if (code == PO_OK)
    code = skip_commas(s, gathered);
  while (code == PO_OK && po_is_at(s, '@')) {
    part hop;
    po_put_char(&gathered->words, '@');
    s->at++;
    code = scan_domain(s, gathered, &hop);
    if (code == PO_OK && po_is_at(s, ','))
      code = skip_commas(s, gathered);
    else
      break;
  }
  if (code != PO_OK)
    return is_of_route(code) ? PO_ROUTE_INVALID : code;
  if (!po_is_at(s, ':') || !has_hop(gathered, start))
    return po_scan_fail(s, PO_ROUTE_INVALID);
  *route = po_gathered_from(&gathered->words, start);
  if (route->length == (size_t)(s->at - begin))
    *route = po_slice(begin, s->at);
  s->at++;
  return PO_OK;
}
