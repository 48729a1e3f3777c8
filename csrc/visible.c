#include "visible.h"

#include <string.h>

/* Characters beyond ASCII that a terminal acts on or does not show: C1
** controls, format characters (Cf), line and paragraph separators. */
static const struct {
  uint32_t first, last;
} hidden[] = {
    {0x80, 0x9f},       {0xad, 0xad},       {0x600, 0x605},
    {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},
    {0x890, 0x891},     {0x8e2, 0x8e2},     {0x180e, 0x180e},
    {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},
    {0xfeff, 0xfeff},   {0xfff9, 0xfffb},   {0x110bd, 0x110bd},
    {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0001, 0xe0001}, {0xe0020, 0xe007f},
};

bool po_is_hidden(uint32_t point) {
  for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
    if (point <= hidden[i].last)
      return point >= hidden[i].first;
  return false;
}

static void put_digits(po_buffer *out, unsigned char byte) {
  static const char digits[] = "0123456789abcdef";
  po_put_char(out, digits[byte >> 4]);
  po_put_char(out, digits[byte & 15]);
}

static void put_hexadecimal(po_buffer *out, char c) {
  po_put(out, po_constant("\\x"));
  put_digits(out, (unsigned char)c);
}

static void put_control(po_buffer *out, char c) {
  const char *escape = c == '\t'   ? "\\t"
                       : c == '\n' ? "\\n"
                       : c == '\r' ? "\\r"
                                   : NULL;
  if (escape == NULL)
    put_hexadecimal(out, c);
  else
    po_put(out, po_constant(escape));
}

/* Appends the bytes in front of the first of `classes` and returns its place,
** the end if there is none. */
static const char *put_until(po_buffer *out, const char *at, const char *end,
                             int classes) {
  const char *start = at;
  while (at < end && !po_is(*at, classes))
    at++;
  po_put(out, po_slice(start, at));
  return at;
}

void po_put_single_line(po_buffer *out, po_text text) {
  const char *end = po_end(text);
  const char *at = put_until(out, text.at, end, PO_CTRL);
  while (at < end) {
    put_control(out, *at);
    at = put_until(out, at + 1, end, PO_CTRL);
  }
}

/* Appends the character at `at`, which is not ASCII, and returns its end. */
static const char *put_high(po_buffer *out, const char *at, const char *end) {
  size_t length = po_utf8_length(at, end);
  if (length == 0) {
    put_hexadecimal(out, *at);
    return at + 1;
  }
  if (!po_is_hidden(po_code_point(at, length))) {
    po_put(out, po_slice(at, at + length));
    return at + length;
  }
  for (size_t i = 0; i < length; i++)
    put_hexadecimal(out, at[i]);
  return at + length;
}

void po_put_visible(po_buffer *out, po_text text) {
  const char *end = po_end(text);
  const char *at = put_until(out, text.at, end, PO_CTRL | PO_HIGH);
  while (at < end) {
    if (po_is(*at, PO_HIGH))
      at = put_high(out, at, end);
    else
      put_control(out, *at++);
    at = put_until(out, at, end, PO_CTRL | PO_HIGH);
  }
}

void po_put_field(po_buffer *out, po_text text) {
  if (text.length == 1 && *text.at == '-') {
    put_hexadecimal(out, '-');
    return;
  }
  const char *at = text.at, *end = po_end(text);
  for (;;) {
    const char *stroke = memchr(at, '\\', (size_t)(end - at));
    po_put_visible(out, po_slice(at, stroke == NULL ? end : stroke));
    if (stroke == NULL)
      return;
    po_put(out, po_constant("\\\\"));
    at = stroke + 1;
  }
}

/* A code unit of UTF-16. */
static void put_unit(po_buffer *out, uint32_t unit) {
  po_put(out, po_constant("\\u"));
  put_digits(out, (unsigned char)(unit >> 8));
  put_digits(out, (unsigned char)unit);
}

static void put_escaped(po_buffer *out, uint32_t point) {
  if (point >= 0x10000) {
    put_unit(out, 0xd800 + ((point - 0x10000) >> 10));
    point = 0xdc00 + ((point - 0x10000) & 0x3ff);
  }
  put_unit(out, point);
}

/* A character of ASCII that no string of JSON holds as it is, or should. */
static void put_json_control(po_buffer *out, char c) {
  static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";
  const char *at = letters;
  while (*at != '\0' && *at != c)
    at += 2;
  if (*at == '\0' || c == '\0') {
    put_escaped(out, (unsigned char)c);
  } else {
    po_put_char(out, '\\');
    po_put_char(out, at[1]);
  }
}

/* Appends the character at `at`, which is not ASCII, and returns its end. */
static const char *put_json_high(po_buffer *out, const char *at,
                                 const char *end) {
  size_t length = po_utf8_length(at, end);
  if (length == 0) {
    po_put_character(out, 0xfffd);
    return at + 1;
  }
  uint32_t point = po_code_point(at, length);
  if (po_is_hidden(point))
    put_escaped(out, point);
  else
    po_put(out, po_slice(at, at + length));
  return at + length;
}

/* Whether a byte stands for itself in a string of JSON.  Most are of atext. */
static inline bool is_of_json(char c) {
  return po_is(c, PO_ATEXT) ||
         (!po_is(c, PO_CTRL | PO_HIGH) && c != '"' && c != '\\');
}

/* Appends what stands for itself and returns the place of what does not. */
static const char *put_json_plain(po_buffer *out, const char *at,
                                  const char *end) {
  const char *start = at;
  while (at < end && is_of_json(*at))
    at++;
  po_put(out, po_slice(start, at));
  return at;
}

void po_put_json(po_buffer *out, po_text text) {
  const char *end = po_end(text);
  po_put_char(out, '"');
  const char *at = put_json_plain(out, text.at, end);
  while (at < end) {
    if (po_is(*at, PO_HIGH))
      at = put_json_high(out, at, end);
    else
      put_json_control(out, *at++);
    at = put_json_plain(out, at, end);
  }
  po_put_char(out, '"');
}
