/*
** SMTP: Mailbox of RFC 5321 4.1.2 with the UTF-8 of RFC 6531, without the
** comments and folding of RFC 5322, which belong to the header notation.
** The local part is held without its quotes, the domain as written.
**
** `parse` takes any label of atext (underscores are met in the wild);
** `check` holds labels to letters, digits and hyphens, and everything to
** the lengths of RFC 5321 4.5.3.1.
*/
#include "characters.h"
#include "domain.h"

#include <string.h>

static const char *const fields[] = {"localpart", "domain", NULL};

enum {
  LOCALPART_OCTETS = 64, /* RFC 5321 4.5.3.1.1 */
  MAILBOX_OCTETS = 254   /* RFC 5321 4.5.3.1.3, without < and > */
};

/* Dot-string = Atom *("." Atom); leaves `*at` after the last. */
static po_code dot_string(const char **at, const char *end,
                          const char **where) {
  const char *start = *at;
  bool bad = false;
  for (;;) {
    const char *word = *at;
    *at = po_skip_atext(word, end, &bad);
    if (bad)
      return po_fail(PO_UTF8_INVALID, *at, where);
    if (*at == word) {
      bool dot = word != start || (word < end && *word == '.');
      return po_fail(dot ? PO_LOCALPART_DOT : PO_LOCALPART_CHARACTER, word,
                     where);
    }
    if (*at == end || **at != '.')
      return PO_OK;
    (*at)++;
  }
}

/*
** Past one character with or without a backslash before it.
**
**   QcontentSMTP = qtextSMTP / quoted-pairSMTP
**
** A tab, and a backslash before what is not ASCII, are RFC 5322's and 6532's
** alone: `check` says so.
*/
static po_code quoted_content(const char **at, const char *end,
                              const char **where) {
  if (**at == '\\' && end - *at > 1)
    (*at)++;
  size_t length = po_is(**at, PO_HIGH) ? po_utf8_length(*at, end) : 1;
  if (length == 0)
    return po_fail(PO_UTF8_INVALID, *at, where);
  *at += length;
  return PO_OK;
}

/* `quoted` without its backslashes; itself if it has none. */
static po_code dequote(po_text quoted, po_scratch *scratch, po_text *out) {
  *out = quoted;
  if (quoted.length == 0 || memchr(quoted.at, '\\', quoted.length) == NULL)
    return PO_OK;
  char *to = po_take(scratch, quoted.length);
  if (to == NULL)
    return PO_SCRATCH_FULL;
  out->at = to;
  for (const char *at = quoted.at; at < po_end(quoted); at++) {
    if (*at == '\\')
      at++;
    *to++ = *at;
  }
  out->length = (size_t)(to - out->at);
  return PO_OK;
}

/* Quoted-string = DQUOTE *QcontentSMTP DQUOTE; leaves `*at` after it. */
static po_code quoted_string(const char **at, const char *end,
                             po_scratch *scratch, po_text *out,
                             const char **where) {
  const char *start = ++*at;
  while (*at < end && **at != '"') {
    po_code code = quoted_content(at, end, where);
    if (code != PO_OK)
      return code;
  }
  if (*at == end)
    return po_fail(PO_QUOTE_UNCLOSED, end, where);
  po_text quoted = po_slice(start, (*at)++);
  return dequote(quoted, scratch, out);
}

/* Local-part = Dot-string / Quoted-string */
static po_code localpart(const char **at, const char *end, po_scratch *scratch,
                         po_text *out, const char **where) {
  if (**at == '@')
    return po_fail(PO_LOCALPART_EMPTY, *at, where);
  if (**at == '"')
    return quoted_string(at, end, scratch, out, where);
  const char *start = *at;
  po_code code = dot_string(at, end, where);
  *out = po_slice(start, *at);
  return code;
}

/*
** Domain = sub-domain *("." sub-domain), in which a sub-domain is any atext
** here; `check` holds it to letters, digits and hyphens.
*/
static po_code domain_name(po_text domain, const char **where) {
  const char *at = domain.at, *end = po_end(domain);
  bool bad = false;
  if (*at == '#')
    return po_fail(PO_DOMAIN_DECIMAL, at, where);
  for (;; at++) {
    const char *label = at;
    at = po_skip_atext(label, end, &bad);
    if (bad)
      return po_fail(PO_UTF8_INVALID, at, where);
    if (at == label && (at == end || *at == '.'))
      return po_fail(PO_DOMAIN_LABEL_EMPTY, at, where);
    if (at == end)
      return PO_OK;
    if (*at != '.')
      return po_fail(PO_DOMAIN_CHARACTER, at, where);
  }
}

po_code po_parse_domain(po_text domain, const char **where) {
  if (domain.length == 0)
    return po_fail(PO_DOMAIN_MISSING, domain.at, where);
  return *domain.at == '[' ? po_parse_literal(domain, where)
                           : domain_name(domain, where);
}

/* Mailbox = Local-part "@" ( Domain / address-literal ) */
static po_code parse(po_text native, po_scratch *scratch, po_address *out,
                     const char **where) {
  const char *at = native.at, *end = po_end(native);
  po_code code = localpart(&at, end, scratch, &out->field[PO_LOCALPART], where);
  if (code != PO_OK)
    return code;
  if (at == end)
    return po_fail(PO_DOMAIN_MISSING, at, where);
  if (*at != '@')
    return po_fail(PO_LOCALPART_CHARACTER, at, where);
  out->field[PO_DOMAIN] = po_slice(at + 1, end);
  return po_parse_domain(out->field[PO_DOMAIN], where);
}

/* Whether the local part can stand without quotes. */
static bool is_dot_string(po_text text) {
  const char *at = text.at, *end = po_end(text), *where;
  return text.length > 0 && dot_string(&at, end, &where) == PO_OK && at == end;
}

static void put_quoted(po_buffer *out, po_text text) {
  po_put_char(out, '"');
  for (size_t i = 0; i < text.length; i++) {
    if (text.at[i] == '"' || text.at[i] == '\\')
      po_put_char(out, '\\');
    po_put_char(out, text.at[i]);
  }
  po_put_char(out, '"');
}

/* A quoted string only if it is needed (RFC 5321 4.1.2). */
static void put_localpart(po_buffer *out, po_text text) {
  if (text.at == NULL || is_dot_string(text))
    po_put(out, text);
  else
    put_quoted(out, text);
}

/* Only <> has neither domain nor local part (RFC 5321 4.5.5). */
static bool is_null_path(const po_address *address) {
  return address->field[PO_DOMAIN].at == NULL &&
         address->field[PO_LOCALPART].length == 0;
}

static void format(const po_address *address, po_buffer *out) {
  if (address->plain) {
    po_put(out, address->native);
    return;
  }
  if (is_null_path(address))
    return;
  put_localpart(out, address->field[PO_LOCALPART]);
  if (address->field[PO_DOMAIN].at == NULL)
    return;
  po_put_char(out, '@');
  po_put(out, address->field[PO_DOMAIN]);
}

/* What RFC 5322 and 6532 have in quoted strings and SMTP has not: a tab, the
** controls of section 4, and a backslash before what is not ASCII, as it was
** `written`. */
static void check_quoted(po_text local, po_text written, po_findings *found) {
  const char *tab =
      local.length == 0 ? NULL : memchr(local.at, '\t', local.length);
  if (tab != NULL)
    po_report(found, PO_LOCALPART_TAB, tab);
  const char *control = po_find_control(local);
  if (control != NULL)
    po_report(found, PO_LOCALPART_ASCII_CONTROL, control);
  if (written.length == 0 || *written.at != '"')
    return;
  for (const char *at = written.at; at + 1 < po_end(written); at++) {
    if (*at != '\\')
      continue;
    if (po_is(at[1], PO_HIGH)) {
      po_report(found, PO_LOCALPART_PAIR, at);
      return;
    }
    at++;
  }
}

/* Whether it looks like an encoded word, "=?charset?encoding?text?=". */
static bool is_encoded_word(po_text text) {
  return text.length > 4 && memcmp(text.at, "=?", 2) == 0 &&
         memcmp(po_end(text) - 2, "?=", 2) == 0;
}

/* The octets of the local part with the quotes that it needs. */
static size_t check_localpart(const po_address *address, po_findings *found) {
  po_text local = address->field[PO_LOCALPART], native = address->native;
  po_buffer counted = {NULL, 0, 0};
  bool longer = local.length > LOCALPART_OCTETS;
  put_localpart(&counted, local);
  if (counted.length > LOCALPART_OCTETS)
    po_report(found, PO_LOCALPART_LENGTH,
              longer ? local.at + LOCALPART_OCTETS : NULL);
  if (counted.length > local.length || (native.length > 0 && *native.at == '"'))
    po_report(found, PO_LOCALPART_QUOTED, NULL);
  if (is_encoded_word(local))
    po_report(found, PO_LOCALPART_ENCODED_WORD, local.at);
  check_quoted(local, native, found);
  po_check_characters(local, found);
  return counted.length;
}

/* At-domain = "@" Domain, which is no address literal */
static po_code check_hop(po_text hop, const char **where) {
  if (hop.length < 2 || hop.at[0] != '@' || hop.at[1] == '[')
    return po_fail(PO_ROUTE_INVALID, hop.at, where);
  return po_check_labels(po_slice(hop.at + 1, po_end(hop)), where);
}

/* A-d-l = At-domain *("," At-domain) */
static void check_route(po_text route, po_findings *found) {
  const char *at = route.at, *end = po_end(route), *where = NULL;
  po_code code = PO_OK;
  while (code == PO_OK && at < end) {
    const char *comma = memchr(at, ',', (size_t)(end - at));
    code = check_hop(po_slice(at, comma == NULL ? end : comma), &where);
    at = comma == NULL ? end : comma + 1;
  }
  po_report(found, code, where);
}

static void check(const po_address *address, po_findings *found) {
  po_text domain = address->field[PO_DOMAIN];
  if (is_null_path(address))
    return;
  check_route(address->route, found);
  size_t length = check_localpart(address, found);
  if (domain.at == NULL) /* <Postmaster> */
    return;
  size_t octets = po_check_domain(domain, found);
  if (octets <= PO_DOMAIN_OCTETS && length + 1 + octets > MAILBOX_OCTETS)
    po_report(found, PO_MAILBOX_LENGTH, NULL);
}

static po_code put_domain(po_buffer *out, po_text domain, po_domain_form form) {
  const char *where;
  if (domain.at == NULL)
    return PO_OK;
  po_put_char(out, '@');
  return po_put_domain(domain, form, out, &where);
}

/*
** Local parts that differ in case alone are one mailbox everywhere that
** matters (RFC 5321 2.4 discourages any other use; MAPI search keys fold).
** Domains are one whose A-labels are (RFC 5890 2.3.2.4).
*/
static po_code fold(const po_address *address, po_buffer *out) {
  size_t start = out->length;
  if (address->plain) {
    po_put_lower(out, address->native);
    return PO_OK;
  }
  if (is_null_path(address))
    return PO_OK;
  if (po_find_control(address->field[PO_LOCALPART]) != NULL)
    return PO_CONTROL_CHARACTER;
  put_localpart(out, address->field[PO_LOCALPART]);
  for (size_t i = start; i < out->length && i < out->size; i++)
    out->at[i] = po_lower(out->at[i]);
  return put_domain(out, address->field[PO_DOMAIN], PO_DOMAIN_ASCII);
}

static po_code normalize(const po_address *address, po_buffer *out) {
  if (address->plain) {
    po_text domain = address->field[PO_DOMAIN];
    po_put(out, po_slice(address->native.at, domain.at));
    po_put_lower(out, domain);
    return PO_OK;
  }
  if (is_null_path(address))
    return PO_OK;
  put_localpart(out, address->field[PO_LOCALPART]);
  return put_domain(out, address->field[PO_DOMAIN], PO_DOMAIN_AS_IT_IS);
}

po_code po_convert_domain(po_address *address, po_domain_form form,
                          po_scratch *scratch, const char **where) {
  po_text *domain = &address->field[PO_DOMAIN];
  *where = NULL;
  if (address->dialect != &po_smtp || domain->at == NULL)
    return PO_OK;
  size_t room = PO_DOMAIN_FOR(domain->length);
  po_buffer out = {po_take(scratch, room), room, 0};
  if (out.at == NULL)
    return PO_SCRATCH_FULL;
  po_code code = po_put_domain(*domain, form, &out, where);
  if (code != PO_OK)
    return code;
  if (out.length > room)
    return PO_SCRATCH_FULL;
  *domain = po_slice(out.at, out.at + out.length);
  address->plain = address->valid = false;
  return PO_OK;
}

static po_code canonical(const po_address *address, po_buffer *room,
                         po_address *out) {
  const char *where;
  po_text domain = address->field[PO_DOMAIN];
  if (domain.at == NULL)
    return PO_OK;
  po_code code = po_put_domain(domain, PO_DOMAIN_ASCII, room, &where);
  out->field[PO_DOMAIN] = (po_text){room->at, room->length};
  return code;
}

const po_dialect po_smtp = {
    .name = "SMTP",
    .key = "SMTP",
    .fields = fields,
    .parse = parse,
    .format = format,
    .check = check,
    .fold = fold,
    .normalize = normalize,
    .canonical = canonical,
};
