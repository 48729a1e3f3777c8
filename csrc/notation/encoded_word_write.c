#include "notation/encoded_word.h"

/* RFC 2047 2: the octets of a word, and of a line that has one. */
enum { WORD_LIMIT = 75, LINE_LIMIT = 76 };

/* "=?utf-8?q?" and "?=" */
enum { FRAME = 12 };

typedef struct encoding {
  char letter;
  size_t (*cost)(po_text text); /* what a text takes of a word's capacity */
  size_t (*capacity)(size_t octets); /* of so many octets of encoded text */
  void (*put)(po_buffer *out, po_text text);
} encoding;

/* Q (RFC 2047 4.2). */

/* RFC 2047 5(3): what stands for itself in a phrase, but for "=" and "_" */
static bool is_literal(char c) {
  return po_is(c, PO_ALPHA | PO_DIGIT) || c == '!' || c == '*' || c == '+' ||
         c == '-' || c == '/';
}

static size_t q_cost(po_text text) {
  size_t cost = 0;
  for (size_t i = 0; i < text.length; i++)
    cost += is_literal(text.at[i]) || text.at[i] == ' ' ? 1 : 3;
  return cost;
}

static size_t q_capacity(size_t octets) { return octets; }

static void put_q(po_buffer *out, po_text text) {
  for (size_t i = 0; i < text.length; i++) {
    char c = text.at[i];
    if (is_literal(c)) {
      po_put_char(out, c);
    } else if (c == ' ') {
      po_put_char(out, '_');
    } else {
      po_put_char(out, '=');
      po_put_hex(out, c);
    }
  }
}

/* B (RFC 2047 4.1). */

static size_t base64_cost(po_text text) { return text.length; }

static size_t base64_capacity(size_t octets) { return octets / 4 * 3; }

/* One to three bytes as four digits. */
static void put_quantum(po_buffer *out, po_text bytes) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz0123456789+/";
  uint32_t bits = 0;
  for (size_t i = 0; i < 3; i++)
    bits = bits << 8 | (i < bytes.length ? (unsigned char)bytes.at[i] : 0);
  for (size_t i = 0; i < 4; i++)
    po_put_char(out,
                i > bytes.length ? '=' : digits[bits >> (18 - 6 * i) & 63]);
}

static void put_base64(po_buffer *out, po_text text) {
  for (size_t i = 0; i < text.length; i += 3) {
    size_t left = text.length - i;
    put_quantum(out, (po_text){text.at + i, left < 3 ? left : 3});
  }
}

static const encoding q = {'q', q_cost, q_capacity, put_q};
static const encoding base64 = {'b', base64_cost, base64_capacity, put_base64};

/* The one that takes less for the whole text; Q, which people can read, where
** it is the same. */
static const encoding *choose(po_text text) {
  return q_cost(text) > (text.length + 2) / 3 * 4 ? &base64 : &q;
}

/* Words. */

/* The character at `at`, or a byte that is not UTF-8. */
static po_text character(const char *at, const char *end) {
  size_t length = po_is(*at, PO_HIGH) ? po_utf8_length(at, end) : 1;
  return (po_text){at, length > 0 ? length : 1};
}

/* The first characters of a text, as many as a word of so many octets can
** have, one at least. */
static po_text take(po_text text, const encoding *by, size_t octets) {
  size_t left = by->capacity(octets > FRAME ? octets - FRAME : 0);
  const char *at = text.at, *end = po_end(text);
  while (at < end) {
    po_text next = character(at, end);
    size_t cost = by->cost(next);
    if (cost > left && at > text.at)
      break;
    left = cost > left ? 0 : left - cost;
    at = po_end(next);
  }
  return po_slice(text.at, at);
}

static void put_word(po_buffer *out, po_text text, const encoding *by) {
  po_put(out, po_constant("=?utf-8?"));
  po_put_char(out, by->letter);
  po_put_char(out, '?');
  by->put(out, text);
  po_put(out, po_constant("?="));
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* What divides words, at `column` of a line of `line` octets; returns the
** column after it. */
static size_t put_blank(po_buffer *out, size_t column, size_t line) {
  if (column < line && line - column > PO_ENCODED_WORD_LEAST) {
    po_put_char(out, ' ');
    return column + 1;
  }
  po_put(out, po_constant("\r\n "));
  return 1;
}

void po_put_encoded_words(po_buffer *out, po_text utf8, size_t *column,
                          size_t width) {
  const encoding *by = choose(utf8);
  const char *end = po_end(utf8);
  size_t line = width == SIZE_MAX ? width : least(width, LINE_LIMIT);
  while (utf8.length > 0) {
    size_t room = line > *column ? line - *column : 0, before = out->length;
    po_text text = take(utf8, by, least(room, WORD_LIMIT));
    put_word(out, text, by);
    *column += out->length - before;
    utf8 = po_slice(po_end(text), end);
    if (utf8.length > 0)
      *column = put_blank(out, *column, line);
  }
}
