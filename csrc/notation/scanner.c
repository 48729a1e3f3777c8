#include "scanner.h"

#include "encoded_word.h"

#include <string.h>

po_code po_scan_fail(const po_scanner *s, po_code code) {
  bool control = s->at < s->end && po_is(*s->at, PO_CTRL) && *s->at != '\t';
  return control ? PO_CONTROL_CHARACTER : code;
}

po_code po_scan_use(po_scanner *s, po_switch which, const char *at) {
  po_code code = po_use(&s->allowance, which, at);
  if (code != PO_OK)
    s->at = at;
  return code;
}

static void put(po_buffer *out, const char *from, const char *end) {
  if (out != NULL)
    po_put(out, po_slice(from, end));
}

/* Folds. */

/* The bytes of the line end at `at`, if white space follows so that it is but a
** fold; else 0. */
static size_t fold_length(const char *at, const char *end) {
  if (end - at > 2 && at[0] == '\r' && at[1] == '\n' && po_is(at[2], PO_WSP))
    return 2;
  return end - at > 1 && at[0] == '\n' && po_is(at[1], PO_WSP) ? 1 : 0;
}

/* A fold; `again` if nothing but white space stands since one before it. */
static po_code scan_fold(po_scanner *s, size_t length, bool again) {
  po_code code =
      po_scan_use(s, length == 1 ? PO_SWITCH_FOLDS_LF : PO_SWITCH_FOLDS, s->at);
  if (code == PO_OK && again)
    code = po_scan_use(s, PO_SWITCH_OBSOLETE_FOLDS, s->at);
  if (code == PO_OK)
    s->at += length;
  return code;
}

/*
** FWS = ([*WSP CRLF] 1*WSP) / obs-FWS
**
** No line may be made of white space alone (RFC 5322 3.2.2): another fold, or
** the end of the text, makes it obs-FWS = 1*([CRLF] WSP) (erratum 1908).
*/
po_code po_skip_fws(po_scanner *s) {
  const char *fold = NULL;
  while (s->at < s->end && po_is(*s->at, PO_WSP | PO_CTRL)) {
    size_t length = fold_length(s->at, s->end);
    if (length == 0 && !po_is(*s->at, PO_WSP))
      break;
    if (length == 0) {
      s->at++;
      continue;
    }
    const char *start = s->at;
    po_code code = scan_fold(s, length, fold != NULL);
    if (code != PO_OK)
      return code;
    fold = start;
  }
  return fold != NULL && s->at == s->end
             ? po_scan_use(s, PO_SWITCH_OBSOLETE_FOLDS, fold)
             : PO_OK;
}

/* Whether only white space stands between a fold and `at`; a quote or a bracket
** stands before both. */
static bool follows_fold(const char *at) {
  while (po_is(at[-1], PO_WSP))
    at--;
  return at[-1] == '\n';
}

/* Characters. */

/* A control that section 4.1 has: obs-NO-WS-CTL, and after a backslash NUL, CR
** and LF, too. */
static bool is_obsolete(const char *at, const char *end, bool escaped) {
  bool fold = end - at > 1 && at[0] == '\r' && at[1] == '\n';
  return escaped ? !fold : *at != '\0' && *at != '\r' && *at != '\n';
}

/* One character, which UTF-8 may make several bytes. */
static po_code scan_character(po_scanner *s, po_buffer *out, bool escaped) {
  const char *start = s->at;
  size_t length = po_is(*start, PO_HIGH) ? po_utf8_length(start, s->end) : 1;
  if (length == 0)
    return PO_UTF8_INVALID;
  if (po_is(*start, PO_CTRL) && *start != '\t' &&
      (!po_allows(&s->allowance, PO_SWITCH_CONTROLS) ||
       !is_obsolete(start, s->end, escaped)))
    return PO_CONTROL_CHARACTER;
  if (po_is(*start, PO_CTRL) && *start != '\t')
    po_note(&s->allowance, PO_OBSOLETE_CONTROL, start);
  s->at += length;
  put(out, start, s->at);
  return PO_OK;
}

/* Whether `c` stands for itself in quoted strings and in comments. */
static inline bool is_literal(char c) {
  return !po_is(c, PO_CTRL | PO_HIGH) && c != '"' && c != '\\' && c != '(' &&
         c != ')';
}

/*
** [FWS] (qtext / quoted-pair), or the like in comments: a run of characters, a
** fold, or one character with or without a backslash before it.
**
**   quoted-pair = "\" (VCHAR / WSP)
*/
static po_code scan_content(po_scanner *s, po_buffer *out) {
  const char *start = s->at, *at = start, *end = s->end;
  while (at < end && (po_is(*at, PO_ATEXT) || is_literal(*at)))
    at++;
  s->at = at;
  put(out, start, at);
  if (at > start)
    return PO_OK;
  size_t fold = fold_length(s->at, s->end);
  if (fold > 0)
    return scan_fold(s, fold, follows_fold(s->at));
  bool escaped = *s->at == '\\' && s->end - s->at > 1;
  if (escaped)
    s->at++;
  return scan_character(s, out, escaped);
}

static po_code skip_atext(po_scanner *s) {
  bool bad = false;
  s->at = po_skip_atext(s->at, s->end, &bad);
  return bad ? PO_UTF8_INVALID : PO_OK;
}

/*
**   atom  = [CFWS] 1*atext [CFWS]
**   atext =/ UTF8-non-ascii                              (RFC 6532 3.2)
*/
po_code po_scan_atom(po_scanner *s, po_buffer *out) {
  const char *start = s->at;
  po_code code = skip_atext(s);
  if (code == PO_OK)
    put(out, start, s->at);
  return code;
}

/* dot-atom-text = 1*atext *("." 1*atext) */
po_code po_scan_dot_atom(po_scanner *s, po_buffer *out) {
  const char *start = s->at;
  po_code code = skip_atext(s);
  while (code == PO_OK && s->at > start && s->end - s->at > 1 &&
         *s->at == '.' && po_is(s->at[1], PO_ATEXT | PO_HIGH)) {
    s->at++;
    code = skip_atext(s);
  }
  if (code == PO_OK)
    put(out, start, s->at);
  return code;
}

/* Comments. */

/*
**   comment  = "(" *([FWS] ccontent) [FWS] ")"
**   ccontent = ctext / quoted-pair / comment
*/
po_code po_scan_comment(po_scanner *s, po_buffer *out) {
  size_t depth = 1;
  po_code code = po_scan_use(s, PO_SWITCH_COMMENTS, s->at);
  if (code != PO_OK)
    return code;
  s->at++;
  while (s->at < s->end) {
    if (*s->at == '(')
      depth++;
    if (*s->at == ')')
      depth--;
    if (depth == 0) {
      s->at++;
      return PO_OK;
    }
    code = scan_content(s, out);
    if (code != PO_OK)
      return code;
  }
  return PO_COMMENT_UNCLOSED;
}

/* A comment, joined by a space to those before unless it says nothing. */
static po_code join_comment(po_scanner *s, po_buffer *comments) {
  size_t before = comments->length;
  if (before > 0)
    po_put_char(comments, ' ');
  size_t start = comments->length;
  po_code code = po_scan_comment(s, comments);
  if (comments->length == start)
    comments->length = before;
  return code;
}

/* CFWS = (1*([FWS] comment) [FWS]) / FWS */
po_code po_scan_cfws(po_scanner *s, po_buffer *comments) {
  for (;;) {
    po_code code = po_skip_fws(s);
    if (code != PO_OK || !po_is_at(s, '('))
      return code;
    code =
        comments == NULL ? po_scan_comment(s, NULL) : join_comment(s, comments);
    if (code != PO_OK)
      return code;
  }
}

/* Strings. */

/* quoted-string = DQUOTE *([FWS] qcontent) [FWS] DQUOTE */
po_code po_scan_quoted_string(po_scanner *s, po_buffer *out) {
  s->at++;
  while (s->at < s->end && *s->at != '"') {
    po_code code = scan_content(s, out);
    if (code != PO_OK)
      return code;
  }
  if (s->at == s->end)
    return PO_QUOTE_UNCLOSED;
  s->at++;
  return PO_OK;
}

static inline bool is_dtext(char c) {
  return !po_is(c, PO_CTRL | PO_HIGH) && c != '[' && c != ']' && c != '\\';
}

/* 1*dtext with the white space between, or one character that is not ASCII or
** obsolete. */
static po_code scan_dtext(po_scanner *s, po_buffer *out) {
  const char *start = s->at;
  while (s->at < s->end && is_dtext(*s->at))
    s->at++;
  put(out, start, s->at);
  if (s->at > start)
    return PO_OK;
  if (*s->at == '[')
    return PO_DOMAIN_CHARACTER;
  po_code code =
      *s->at == '\\' ? po_scan_use(s, PO_SWITCH_CONTROLS, start) : PO_OK;
  return code == PO_OK ? scan_content(s, out) : code;
}

/*
**   domain-literal = "[" *([FWS] dtext) [FWS] "]"
**   dtext          = %d33-90 / %d94-126 / obs-dtext
**   obs-dtext      = obs-NO-WS-CTL / quoted-pair
*/
po_code po_scan_literal(po_scanner *s, po_buffer *out) {
  put(out, s->at, s->at + 1);
  s->at++;
  while (s->at < s->end && *s->at != ']') {
    po_code code = scan_dtext(s, out);
    if (code != PO_OK)
      return code;
  }
  if (s->at == s->end)
    return PO_LITERAL_UNCLOSED;
  put(out, s->at, s->at + 1);
  s->at++;
  return PO_OK;
}

/* Words. */

static bool is_word(const po_scanner *s) {
  return s->at < s->end &&
         (po_is(*s->at, PO_ATEXT | PO_HIGH) || *s->at == '.' || *s->at == '"');
}

/* word / "."; a dot is remembered. */
static po_code scan_word(po_scanner *s, po_buffer *out, po_phrase *found) {
  if (*s->at == '"')
    return po_scan_quoted_string(s, out);
  if (*s->at != '.')
    return po_scan_atom(s, out);
  if (found->dot == NULL)
    found->dot = s->at;
  put(out, s->at, s->at + 1);
  s->at++;
  return PO_OK;
}

/* Encoded words. */

/*
** Where the encoded word at `at` ends; NULL if none stands there as a word of
** its own, whose characters a phrase can have (RFC 2047 5(3)).
*/
static const char *end_of_encoded(const po_scanner *s, const char *at) {
  const char *end = s->end;
  size_t length = po_encoded_word_length(at, end);
  if (length == 0)
    return NULL;
  if (po_allows(&s->allowance, PO_SWITCH_ENCODED_WORDS))
    return at + length;
  for (const char *stop = at + length; at < stop; at++)
    if (!po_is(*at, PO_ATEXT) && *at != '.')
      return NULL;
  bool touched =
      at < end && (po_is(*at, PO_ATEXT | PO_HIGH) || *at == '.' || *at == '"');
  return touched ? NULL : at;
}

/* Past a run of encoded words that begins at the scanner; false: none does. */
static bool skip_run(po_scanner *s, po_code *code) {
  const char *word = s->at, *end = NULL;
  *code = PO_OK;
  while (s->end - word > 1 && word[0] == '=' && word[1] == '?') {
    const char *stop = end_of_encoded(s, word);
    if (stop == NULL)
      break;
    s->at = end = stop;
    *code = po_skip_fws(s);
    if (*code != PO_OK)
      return true;
    word = s->at;
  }
  if (end != NULL)
    s->at = end;
  return end != NULL;
}

/* A run of encoded words, if one begins at the scanner; it may have dots, as
** other words of a phrase may. */
static bool scan_run(po_scanner *s, po_buffer *out, po_phrase *found,
                     po_code *code) {
  const char *start = s->at;
  if (!skip_run(s, code) || *code != PO_OK)
    return *code != PO_OK;
  po_text run = po_slice(start, s->at);
  const char *dot = memchr(run.at, '.', run.length);
  if (found->dot == NULL)
    found->dot = dot;
  found->encoded = true;
  po_code outcome = po_put_decoded(out, run, s->charsets);
  if (outcome != PO_OK)
    po_note(&s->allowance, outcome, start);
  return true;
}

bool po_put_decoded_words(po_scanner *s, po_buffer *out) {
  po_phrase found = {.encoded = false};
  for (char before = ' '; s->at < s->end; before = s->at[-1]) {
    po_code code = PO_OK;
    if (before == ' ' && scan_run(s, out, &found, &code) && code == PO_OK)
      continue;
    po_put_char(out, *s->at++);
  }
  return found.encoded;
}

/* obs-phrase = word *(word / "." / CFWS) */
po_code po_scan_phrase(po_scanner *s, po_buffer *out, po_buffer *comments,
                       po_phrase *found) {
  const char *gap = s->at; /* where the CFWS before a word ends */
  *found = (po_phrase){NULL, s->at, out->length, s->at, false};
  while (is_word(s)) {
    po_code code = PO_OK;
    if (s->at == gap) {
      found->last = s->at;
      found->before_last = out->length;
    }
    if (s->at != gap || *s->at != '=' || !scan_run(s, out, found, &code))
      code = scan_word(s, out, found);
    found->end = s->at;
    if (code == PO_OK)
      code = po_skip_cfws(s, comments);
    if (code != PO_OK)
      return code;
    if (s->at > found->end && is_word(s)) {
      po_put_char(out, ' ');
      gap = s->at;
    }
  }
  return PO_OK;
}

/* Angle brackets and ends. */

po_code po_scan_to_bracket(po_scanner *s) {
  while (s->at < s->end && *s->at != '<' && *s->at != '>') {
    po_code code = PO_OK;
    if (*s->at == '"')
      code = po_scan_quoted_string(s, NULL);
    else if (*s->at == '(')
      code = po_scan_comment(s, NULL);
    else if (*s->at == '[' && s->at[-1] == '@')
      code = po_scan_literal(s, NULL);
    else
      s->at++;
    if (code != PO_OK)
      return code;
  }
  return PO_OK;
}

/* angle-addr = [CFWS] "<" addr-spec ">" [CFWS] / obs-angle-addr */
po_code po_scan_angle(po_scanner *s, po_text *inside) {
  const char *start = s->at + 1;
  po_code code = PO_OK;
  while (code == PO_OK && po_is_at(s, '<')) {
    s->at++;
    code = po_scan_to_bracket(s);
  }
  if (code != PO_OK)
    return code;
  if (s->at == s->end)
    return PO_ANGLE_UNCLOSED;
  *inside = po_slice(start, s->at++);
  return PO_OK;
}

po_text po_trim_fws(po_text text) {
  const char *at = text.at, *end = po_end(text);
  while (at < end && (po_is(*at, PO_WSP) || fold_length(at, end) > 0))
    at += po_is(*at, PO_WSP) ? 1 : fold_length(at, end);
  for (const char *tail = end;;) {
    while (end > at && po_is(end[-1], PO_WSP))
      end--;
    if (end == tail || end == at || end[-1] != '\n')
      return po_slice(at, end);
    end -= end - at > 1 && end[-2] == '\r' ? 2 : 1;
    tail = end;
  }
}
