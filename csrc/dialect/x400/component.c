#include "component.h"

#include <string.h>

static bool is_one_of(char c, const char *set) {
  return c != '\0' && strchr(set, c) != NULL;
}

bool po_x400_is_slashed(const x400_scanner *s) { return *s->delimiters == '/'; }

static void skip_whitespace(x400_scanner *s) {
  while (s->at < s->end && po_is(*s->at, PO_WSP))
    s->at++;
}

/* The bytes of one character: two for one after a $, if slashes delimit, and
** for a doubled one of `doubled`. */
static size_t unit(const x400_scanner *s, const char *at, const char *end,
                   const char *doubled) {
  if (end - at < 2)
    return 1;
  if (*at == '$' && po_x400_is_slashed(s))
    return 2;
  return at[1] == *at && is_one_of(*at, doubled) ? 2 : 1;
}

/* Reads the text before the next delimiter, and moves past that. */
static po_code read_raw(x400_scanner *s, po_text *raw) {
  const char *start = s->at;
  size_t length;
  for (; s->at < s->end; s->at += length) {
    length = unit(s, s->at, s->end, s->delimiters);
    if (length == 2 && *s->at == '$')
      s->dollar = true;
    else if (length == 2)
      s->doubled = true;
    else if (is_one_of(*s->at, s->delimiters))
      break;
    else if (*s->at == '$' && po_x400_is_slashed(s))
      return po_fail(PO_X400_DOLLAR, s->at, s->where);
  }
  *raw = po_slice(start, s->at);
  s->delimited = s->at < s->end;
  if (s->delimited)
    s->at++;
  return PO_OK;
}

/* `raw` without its escapes: itself if it has none, else in scratch. */
static po_code unescape(x400_scanner *s, po_text raw, const char *doubled,
                        po_text *out) {
  const char *at = raw.at, *end = po_end(raw);
  *out = raw;
  while (at < end && unit(s, at, end, doubled) == 1)
    at++;
  if (at == end)
    return PO_OK;
  char *to = po_take(s->scratch, raw.length);
  if (to == NULL)
    return PO_SCRATCH_FULL;
  out->at = to;
  for (at = raw.at; at < end; at++) {
    at += unit(s, at, end, doubled) - 1;
    *to++ = *at;
  }
  out->length = (size_t)(to - out->at);
  return PO_OK;
}

/* dd-key = ( "DD" / "DDA" ) [ "1" / "2" / "3" / "4" ] ( "." / ":" ) */
size_t po_x400_dda_prefix(po_text text) {
  size_t i = 2;
  if (text.length < 3 || po_lower(text.at[0]) != 'd' ||
      po_lower(text.at[1]) != 'd')
    return 0;
  if (po_lower(text.at[i]) == 'a')
    i++;
  if (i < text.length && text.at[i] >= '1' && text.at[i] <= '4')
    i++;
  return i < text.length && is_one_of(text.at[i], ":.") ? i + 1 : 0;
}

/* The = after the label, or NULL.  One that belongs to a DDA's type is doubled
** (RFC 1685 F.3.2.3) or follows a $. */
static const char *find_equals(const x400_scanner *s, po_text raw) {
  const char *doubled = po_x400_dda_prefix(raw) > 0 ? "=" : "",
             *end = po_end(raw);
  for (const char *at = raw.at; at < end;) {
    size_t length = unit(s, at, end, doubled);
    if (length == 1 && *at == '=')
      return at;
    at += length;
  }
  return NULL;
}

po_code po_x400_next(x400_scanner *s, x400_component *c) {
  po_text raw;
  po_code code = read_raw(s, &raw);
  if (code != PO_OK)
    return code;
  const char *equals = find_equals(s, raw);
  if (equals == NULL || equals == raw.at)
    return po_fail(PO_X400_LABEL_MISSING, raw.at, s->where);
  po_text label = po_slice(raw.at, equals);
  po_text value = po_slice(equals + 1, po_end(raw));
  c->at = raw.at;
  skip_whitespace(s);
  code = unescape(s, label, po_x400_is_slashed(s) ? "/;=" : ";=", &c->label);
  if (code == PO_OK)
    code = unescape(s, value, s->delimiters, &c->value);
  if (code == PO_OK)
    c->value = po_trim(c->value);
  return code;
}

/* "X.400:" may stand before the attributes (RFC 1685 F.3.2.1). */
static void skip_prefix(x400_scanner *s) {
  po_text prefix = po_constant("X.400:"), rest = po_slice(s->at, s->end);
  if (rest.length <= prefix.length)
    return;
  rest.length = prefix.length;
  if (!po_same(prefix, rest))
    return;
  s->at += prefix.length;
  skip_whitespace(s);
}

void po_x400_begin(x400_scanner *s, po_text native) {
  s->at = native.at;
  s->end = po_end(native);
  s->delimiters = ";";
  skip_prefix(s);
  if (s->at == s->end || *s->at != '/')
    return;
  s->delimiters = "/;";
  s->at++;
  skip_whitespace(s);
}
