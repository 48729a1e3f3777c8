/*
** Bytes: their classes, comparison without a locale, and the two kinds of
** memory that callers lend us, scratch (decoded input) and buffer (output).
*/
#ifndef PO_TEXT_H
#define PO_TEXT_H

#include "postoffice.h"

enum {
  PO_ALPHA = 1,
  PO_DIGIT = 2,
  PO_HEX = 4,
  PO_ATEXT = 8, /* RFC 5322 3.2.3 */
  PO_WSP = 16,  /* space and tab */
  PO_CTRL = 32, /* C0 and DEL */
  PO_WORD = 64, /* an address type: letters, digits and . & _ - */
  PO_HIGH = 128 /* not ASCII: UTF-8 (RFC 6531) */
};

extern const unsigned char po_class[256];

static inline bool po_is(char c, int classes) {
  return (po_class[(unsigned char)c] & classes) != 0;
}

static inline char po_lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline char po_upper(char c) {
  return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static inline po_text po_slice(const char *from, const char *end) {
  po_text text = {from, (size_t)(end - from)};
  return text;
}

static inline const char *po_end(po_text text) {
  return text.length == 0 ? text.at : text.at + text.length;
}

static inline bool po_inside(const char *at, po_text text) {
  return at != NULL && text.at != NULL && at >= text.at && at <= po_end(text);
}

/* Leaves the offending byte and passes the code on. */
static inline po_code po_fail(po_code code, const char *at,
                              const char **where) {
  *where = at;
  return code;
}

/* A string of ours, which outlives everything. */
po_text po_constant(const char *string);

/* Equal but for the case of ASCII letters. */
bool po_same(po_text a, po_text b);

/* Equal byte for byte; an absent text equals no other. */
bool po_identical(po_text a, po_text b);

/* Whether it can be an address type: PO_WORD characters, one at least. */
bool po_is_word(po_text text);

/* Without the white space (WSP, RFC 5234) at both ends. */
po_text po_trim(po_text text);

/* The bytes of the well-formed UTF-8 sequence that begins at `at` with a
** byte over 0x7f (RFC 3629), 0 if it is not well-formed. */
size_t po_utf8_length(const char *at, const char *end);

/*
** After the atext and UTF-8 at `at`.
**
**   atext =/ UTF8-non-ascii                 (RFC 6531 3.3, RFC 6532 3.2)
**
** `*bad` is set, and the result its place, if UTF-8 is not well-formed.
*/
const char *po_skip_atext(const char *at, const char *end, bool *bad);

/* The number of the character whose well-formed sequence of so many bytes
** begins at `at`. */
uint32_t po_code_point(const char *at, size_t length);

/* The same of the character at `*at`, which is stepped past; of a byte that
** belongs to none, its value. */
uint32_t po_next_character(const char **at, const char *end);

/* The value of a hex digit, -1 for anything else. */
int po_hex_value(char c);

/* Whether two hex digits begin at `at`, and the byte that they stand for. */
bool po_read_hex(const char *at, const char *end, char *byte);

/* The first byte that no address may hold unescaped (CR, LF, NUL and the
** other controls but tab), or NULL. */
const char *po_find_control(po_text text);

/* The first byte that is not ASCII, or NULL. */
const char *po_find_high(po_text text);

/* Room for `length` bytes of scratch, NULL when it is full. */
char *po_take(po_scratch *scratch, size_t length);

/* Each appends to `out`, and counts on when it is full. */
void po_put(po_buffer *out, po_text text);
void po_put_char(po_buffer *out, char c);
void po_put_lower(po_buffer *out, po_text text);

/* By `put`, runs of white space as one space, none at the ends. */
void po_put_collapsed(po_buffer *out, po_text text,
                      void (*put)(po_buffer *, po_text));

/* The same by `po_put`: the text as it stands in `out`, absent if `text` is. */
po_text po_put_part(po_buffer *out, po_text text);

/* The UTF-8 of a character. */
void po_put_character(po_buffer *out, uint32_t point);

/* Two upper-case hex digits. */
void po_put_hex(po_buffer *out, char c);

#endif
