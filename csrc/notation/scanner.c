#include "scanner.h"

#include <string.h>

bool po_is_fold(const char *at, const char *end) {
  return end - at > 2 && at[0] == '\r' && at[1] == '\n' && po_is(at[2], PO_WSP);
}

/* FWS = ([*WSP CRLF] 1*WSP) / obs-FWS */
void po_skip_fws(po_scanner *s) {
  for (;;) {
    if (po_is_fold(s->at, s->end))
      s->at += 2;
    else if (s->at < s->end && po_is(*s->at, PO_WSP))
      s->at++;
    else
      return;
  }
}

static void put(po_buffer *out, const char *from, const char *end) {
  if (out != NULL)
    po_put(out, po_slice(from, end));
}

/* One character, which UTF-8 may make several bytes. */
static po_code scan_character(po_scanner *s, po_buffer *out) {
  const char *start = s->at;
  size_t length = po_is(*start, PO_HIGH) ? po_utf8_length(start, s->end) : 1;
  if (length == 0)
    return PO_UTF8_INVALID;
  if (po_is(*start, PO_CTRL) && *start != '\t')
    return PO_CONTROL_CHARACTER;
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
  const char *start = s->at;
  while (s->at < s->end && is_literal(*s->at))
    s->at++;
  put(out, start, s->at);
  if (s->at > start)
    return PO_OK;
  if (po_is_fold(s->at, s->end)) {
    s->at += 2;
    return PO_OK;
  }
  if (*s->at == '\\' && s->end - s->at > 1)
    s->at++;
  return scan_character(s, out);
}

/*
**   comment  = "(" *([FWS] ccontent) [FWS] ")"
**   ccontent = ctext / quoted-pair / comment
*/
po_code po_scan_comment(po_scanner *s, po_buffer *out) {
  size_t depth = 1;
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
    po_code code = scan_content(s, out);
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
po_code po_skip_cfws(po_scanner *s, po_buffer *comments) {
  for (;;) {
    po_skip_fws(s);
    if (s->at == s->end || *s->at != '(')
      return PO_OK;
    po_code code =
        comments == NULL ? po_scan_comment(s, NULL) : join_comment(s, comments);
    if (code != PO_OK)
      return code;
  }
}

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

/* domain-literal = "[" *([FWS] dtext) [FWS] "]" */
po_code po_scan_domain_literal(po_scanner *s) {
  while (s->at < s->end && *s->at != ']')
    s->at++;
  if (s->at == s->end)
    return PO_LITERAL_UNCLOSED;
  s->at++;
  return PO_OK;
}

/* Words. */

static bool is_atom(const po_scanner *s) {
  return s->at < s->end && (po_is(*s->at, PO_ATEXT | PO_HIGH) || *s->at == '.');
}

/* 1*(atext / "."), the dots of obs-phrase and dot-atom among them */
static po_code scan_atoms(po_scanner *s, po_buffer *out) {
  while (is_atom(s)) {
    const char *start = s->at;
    while (is_atom(s) && !po_is(*s->at, PO_HIGH))
      s->at++;
    put(out, start, s->at);
    po_code code = s->at > start ? PO_OK : scan_character(s, out);
    if (code != PO_OK)
      return code;
  }
  return PO_OK;
}

static bool is_word(const po_scanner *s) {
  return is_atom(s) || (s->at < s->end && *s->at == '"');
}

/* obs-phrase = word *(word / "." / CFWS) */
po_code po_scan_phrase(po_scanner *s, po_buffer *out, po_buffer *comments) {
  while (is_word(s)) {
    po_code code =
        *s->at == '"' ? po_scan_quoted_string(s, out) : scan_atoms(s, out);
    const char *end = s->at;
    if (code == PO_OK)
      code = po_skip_cfws(s, comments);
    if (code != PO_OK)
      return code;
    if (s->at > end && is_word(s))
      po_put_char(out, ' ');
  }
  return PO_OK;
}

/* addr-specs. */

/* angle-addr = [CFWS] "<" addr-spec ">" [CFWS] / obs-angle-addr */
po_code po_scan_angle(po_scanner *s, po_text *inside) {
  const char *start = ++s->at;
  while (s->at < s->end && *s->at != '>') {
    po_code code = PO_OK;
    if (*s->at == '"')
      code = po_scan_quoted_string(s, NULL);
    else if (*s->at == '(')
      code = po_scan_comment(s, NULL);
    else if (*s->at == '[' && s->at[-1] == '@')
      code = po_scan_domain_literal(s);
    else
      s->at++;
    if (code != PO_OK)
      return code;
  }
  if (s->at == s->end)
    return PO_ANGLE_UNCLOSED;
  *inside = po_slice(start, s->at++);
  return PO_OK;
}

/* local-part = dot-atom / quoted-string / obs-local-part */
po_code po_scan_to_at(po_scanner *s) {
  while (s->at < s->end && *s->at != '@') {
    if (*s->at != '"') {
      s->at++;
      continue;
    }
    po_code code = po_scan_quoted_string(s, NULL);
    if (code != PO_OK)
      return code;
  }
  return PO_OK;
}

/* Whether `c` cannot be of a domain and stands after one. */
static bool ends_domain(char c) {
  return po_is(c, PO_WSP | PO_CTRL) || c == '(' || c == ',' || c == ';';
}

/* domain = dot-atom / domain-literal / obs-domain */
po_code po_scan_domain(po_scanner *s) {
  while (s->at < s->end && !ends_domain(*s->at)) {
    if (*s->at != '[' || s->at[-1] != '@') {
      s->at++;
      continue;
    }
    po_code code = po_scan_domain_literal(s);
    if (code != PO_OK)
      return code;
  }
  return PO_OK;
}

/* Folds. */

po_text po_trim_fws(po_text text) {
  po_scanner s = {text.at, po_end(text)};
  po_skip_fws(&s);
  text = po_slice(s.at, s.end);
  for (;;) {
    po_text trimmed = text;
    while (trimmed.length > 0 && po_is(po_end(trimmed)[-1], PO_WSP))
      trimmed.length--;
    bool fold = trimmed.length < text.length && trimmed.length >= 2 &&
                po_is_fold(po_end(trimmed) - 2, po_end(text));
    text = trimmed;
    if (!fold)
      return text;
    text.length -= 2;
  }
}

void po_put_unfolded(po_buffer *out, po_text text) {
  for (const char *at = text.at, *end = po_end(text); at < end; at++) {
    if (po_is_fold(at, end))
      at++;
    else
      po_put_char(out, *at);
  }
}
