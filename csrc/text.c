#include "text.h"

#include <string.h>

/*
** One look-up a byte.  Own tables, since isalpha and its like ask the
** locale.
*/
#define C PO_CTRL
#define B (PO_CTRL | PO_WSP) /* tab */
#define S PO_WSP             /* space */
#define T PO_ATEXT
#define W (PO_ATEXT | PO_WORD)
#define D (PO_ATEXT | PO_WORD | PO_DIGIT | PO_HEX)
#define X (PO_ATEXT | PO_WORD | PO_ALPHA | PO_HEX)
#define A (PO_ATEXT | PO_WORD | PO_ALPHA)
#define H PO_HIGH

const unsigned char po_class[256] = {
    C,       C, C, C, C, C, C, C, C, B, C, C, C, C, C, C, /* 00 */
    C,       C, C, C, C, C, C, C, C, C, C, C, C, C, C, C, /* 10 */
    S,       T, 0, T, T, T, W, T, 0, 0, T, T, 0, W,       /* 20: to - */
    PO_WORD, T,                                           /* . / */
    D,       D, D, D, D, D, D, D, D, D, 0, 0, 0, T, 0, T, /* 30 */
    0,       X, X, X, X, X, X, A, A, A, A, A, A, A, A, A, /* 40 */
    A,       A, A, A, A, A, A, A, A, A, A, 0, 0, 0, T, W, /* 50 */
    T,       X, X, X, X, X, X, A, A, A, A, A, A, A, A, A, /* 60 */
    A,       A, A, A, A, A, A, A, A, A, A, T, T, T, T, C, /* 70 */
    H,       H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* 80 */
    H,       H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* 90 */
    H,       H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* a0 */
    H,       H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* b0 */
    H,       H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* c0 */
    H,       H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* d0 */
    H,       H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* e0 */
    H,       H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* f0 */
};

po_text po_constant(const char *string) {
  po_text text = {string, strlen(string)};
  return text;
}

bool po_same(po_text a, po_text b) {
  if (a.length != b.length)
    return false;
  for (size_t i = 0; i < a.length; i++)
    if (po_lower(a.at[i]) != po_lower(b.at[i]))
      return false;
  return true;
}

bool po_identical(po_text a, po_text b) {
  if ((a.at == NULL) != (b.at == NULL) || a.length != b.length)
    return false;
  return a.at == NULL || a.length == 0 || memcmp(a.at, b.at, a.length) == 0;
}

bool po_is_word(po_text text) {
  for (size_t i = 0; i < text.length; i++)
    if (!po_is(text.at[i], PO_WORD))
      return false;
  return text.length > 0;
}

po_text po_trim(po_text text) {
  while (text.length > 0 && po_is(text.at[0], PO_WSP)) {
    text.at++;
    text.length--;
  }
  while (text.length > 0 && po_is(text.at[text.length - 1], PO_WSP))
    text.length--;
  return text;
}

/* Whether `at` is the second byte that may follow `lead` (RFC 3629 4). */
static bool utf8_second(unsigned char lead, unsigned char second) {
  switch (lead) {
  case 0xe0:
    return second >= 0xa0 && second <= 0xbf;
  case 0xed:
    return second >= 0x80 && second <= 0x9f;
  case 0xf0:
    return second >= 0x90 && second <= 0xbf;
  case 0xf4:
    return second >= 0x80 && second <= 0x8f;
  default:
    return second >= 0x80 && second <= 0xbf;
  }
}

size_t po_utf8_length(const char *at, const char *end) {
  unsigned char lead = (unsigned char)at[0];
  size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || (size_t)(end - at) < length)
    return 0;
  if (!utf8_second(lead, (unsigned char)at[1]))
    return 0;
  for (size_t i = 2; i < length; i++)
    if (((unsigned char)at[i] & 0xc0) != 0x80)
      return 0;
  return length;
}

const char *po_skip_atext(const char *at, const char *end, bool *bad) {
  for (;;) {
    while (at < end && po_is(*at, PO_ATEXT))
      at++;
    if (at == end || !po_is(*at, PO_HIGH))
      return at;
    size_t length = po_utf8_length(at, end);
    if (length == 0) {
      *bad = true;
      return at;
    }
    at += length;
  }
}

uint32_t po_code_point(const char *at, size_t length) {
  uint32_t lead = (unsigned char)at[0];
  uint32_t point = length == 1 ? lead : lead & (0x7fu >> length);
  for (size_t i = 1; i < length; i++)
    point = point << 6 | ((unsigned char)at[i] & 0x3fu);
  return point;
}

uint32_t po_next_character(const char **at, const char *end) {
  const char *start = *at;
  size_t length = po_is(*start, PO_HIGH) ? po_utf8_length(start, end) : 1;
  if (length == 0)
    length = 1; /* which nobody has parsed */
  *at += length;
  return po_code_point(start, length);
}

int po_hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = po_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool po_read_hex(const char *at, const char *end, char *byte) {
  if (end - at < 2 || !po_is(at[0], PO_HEX) || !po_is(at[1], PO_HEX))
    return false;
  *byte = (char)(po_hex_value(at[0]) * 16 + po_hex_value(at[1]));
  return true;
}

const char *po_find_control(po_text text) {
  for (size_t i = 0; i < text.length; i++)
    if (po_is(text.at[i], PO_CTRL) && text.at[i] != '\t')
      return text.at + i;
  return NULL;
}

const char *po_find_high(po_text text) {
  for (size_t i = 0; i < text.length; i++)
    if (po_is(text.at[i], PO_HIGH))
      return text.at + i;
  return NULL;
}

char *po_take(po_scratch *scratch, size_t length) {
  if (scratch->length - scratch->used < length)
    return NULL;
  char *room = scratch->at + scratch->used;
  scratch->used += length;
  return room;
}

void po_put(po_buffer *out, po_text text) {
  if (text.length > 0 && out->length < out->size) {
    size_t room = out->size - out->length;
    memcpy(out->at + out->length, text.at,
           text.length < room ? text.length : room);
  }
  out->length += text.length;
}

void po_put_char(po_buffer *out, char c) {
  if (out->length < out->size)
    out->at[out->length] = c;
  out->length++;
}

/* Eight bytes with their ASCII capitals made small: in each byte the high bit
** of `from_a` and `past_z` tells on which side of the range it stands. */
static uint64_t lower_8(uint64_t bytes) {
  const uint64_t ones = 0x0101010101010101u;
  uint64_t low = bytes & 0x7f * ones;
  uint64_t from_a = low + (0x80 - 'A') * ones;
  uint64_t past_z = low + (0x7f - 'Z') * ones;
  uint64_t capital = (from_a ^ past_z) & ~bytes & 0x80 * ones;
  return bytes | capital >> 2;
}

static void copy_lower_8(char *to, const char *from) {
  uint64_t bytes;
  memcpy(&bytes, from, sizeof bytes);
  bytes = lower_8(bytes);
  memcpy(to, &bytes, sizeof bytes);
}

/* The last eight bytes overlap those before. */
static void copy_lower(char *to, const char *from, size_t length) {
  if (length < 8) {
    for (size_t i = 0; i < length; i++)
      to[i] = po_lower(from[i]);
    return;
  }
  for (size_t i = 0; i + 8 < length; i += 8)
    copy_lower_8(to + i, from + i);
  copy_lower_8(to + length - 8, from + length - 8);
}

void po_put_lower(po_buffer *out, po_text text) {
  if (out->length < out->size) {
    size_t room = out->size - out->length;
    copy_lower(out->at + out->length, text.at,
               text.length < room ? text.length : room);
  }
  out->length += text.length;
}

void po_put_collapsed(po_buffer *out, po_text text,
                      void (*put)(po_buffer *, po_text)) {
  text = po_trim(text);
  const char *at = text.at, *end = po_end(text);
  while (at < end) {
    const char *word = at;
    while (at < end && !po_is(*at, PO_WSP))
      at++;
    put(out, po_slice(word, at));
    while (at < end && po_is(*at, PO_WSP))
      at++;
    if (at < end)
      po_put_char(out, ' ');
  }
}

po_text po_put_part(po_buffer *out, po_text text) {
  size_t start = out->length;
  if (text.at == NULL || out->length > out->size)
    return text;
  po_put_collapsed(out, text, po_put);
  return (po_text){out->at + start, out->length - start};
}

void po_put_character(po_buffer *out, uint32_t point) {
  static const unsigned char leads[] = {0, 0xc0, 0xe0, 0xf0};
  char bytes[4];
  size_t length = point < 0x80      ? 1
                  : point < 0x800   ? 2
                  : point < 0x10000 ? 3
                                    : 4;
  for (size_t i = length; i-- > 1; point >>= 6)
    bytes[i] = (char)(0x80 | (point & 0x3f));
  bytes[0] = (char)(leads[length - 1] | point);
  po_put(out, po_slice(bytes, bytes + length));
}

void po_put_hex(po_buffer *out, char c) {
  static const char digits[] = "0123456789ABCDEF";
  po_put_char(out, digits[(unsigned char)c >> 4]);
  po_put_char(out, digits[(unsigned char)c & 15]);
}
