#include "notation/encoded_word.h"

#include "charset.h"

#include <assert.h>
#include <string.h>

typedef struct word {
  po_text charset; /* without the language */
  po_text text;
  bool base64;     /* B; else Q */
  const char *end; /* after the "?=" */
} word;

/* Syntax. */

/* token = 1*<Any CHAR except SPACE, CTLs, and especials>; a dot is one */
static const char *skip_token(const char *at, const char *end) {
  while (at < end && (*at == '.' || (po_is(*at, PO_ATEXT) && *at != '/' &&
                                     *at != '?' && *at != '=')))
    at++;
  return at;
}

static bool is_pair(const char *at, const char *end, char first, char second) {
  return end - at >= 2 && at[0] == first && at[1] == second;
}

/* The "?=" after the text that begins at `at`, after a "?", or NULL: another
** word may begin ("=?") before it. */
static const char *find_text_end(const char *at, const char *end) {
  for (;; at++) {
    while (at<end && * at> ' ' && *at <= '~' && *at != '?')
      at++;
    if (at == end || *at != '?')
      return NULL;
    if (is_pair(at, end, '?', '='))
      return at;
    if (at[-1] == '=')
      return NULL;
  }
}

/* charset ["*" language]: after the name, or NULL; a language may be empty. */
static const char *read_charset(const char *at, const char *end, word *out) {
  const char *stop = skip_token(at, end);
  const char *star = memchr(at, '*', (size_t)(stop - at));
  out->charset = po_slice(at, star == NULL ? stop : star);
  return out->charset.length > 0 ? stop : NULL;
}

/* "?" encoding "?": after it, or NULL. */
static const char *read_encoding(const char *at, const char *end, word *out) {
  if (end - at < 3 || at[0] != '?' || at[2] != '?')
    return NULL;
  out->base64 = po_lower(at[1]) == 'b';
  return out->base64 || po_lower(at[1]) == 'q' ? at + 3 : NULL;
}

/* Whether an encoded word begins at `at`, and which. */
static bool read_word(const char *at, const char *end, word *out) {
  if (!is_pair(at, end, '=', '?'))
    return false;
  at = read_charset(at + 2, end, out);
  if (at != NULL)
    at = read_encoding(at, end, out);
  const char *stop = at == NULL ? NULL : find_text_end(at, end);
  if (stop == NULL)
    return false;
  out->text = po_slice(at, stop);
  out->end = stop + 2;
  return true;
}

size_t po_encoded_word_length(const char *at, const char *end) {
  word found;
  return read_word(at, end, &found) ? (size_t)(found.end - at) : 0;
}

/* Encodings. */

/* The value of a base64 digit, -1 for anything else. */
static int base64_value(char c) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Writes the bytes of a B text (RFC 2047 4.1); after them, or NULL. */
static char *decode_base64(po_text text, char *to) {
  uint32_t bits = 0;
  int count = 0;
  while (text.length > 0 && text.at[text.length - 1] == '=')
    text.length--;
  if (text.length % 4 == 1)
    return NULL;
  for (size_t i = 0; i < text.length; i++) {
    int value = base64_value(text.at[i]);
    if (value < 0)
      return NULL;
    bits = bits << 6 | (uint32_t)value;
    count += 6;
    if (count < 8)
      continue;
    count -= 8;
    *to++ = (char)(bits >> count & 0xff);
  }
  return to;
}

/* Writes the bytes of a Q text (RFC 2047 4.2); after them, or NULL. */
static char *decode_q(po_text text, char *to) {
  const char *at = text.at, *end = po_end(text);
  for (; at < end; at++) {
    if (*at != '=') {
      *to++ = *at == '_' ? ' ' : *at;
      continue;
    }
    if (!po_read_hex(at + 1, end, to++))
      return NULL;
    at += 2;
  }
  return to;
}

/* No text has more bytes than this. */
static size_t bound_bytes(const word *w) {
  return w->base64 ? w->text.length / 4 * 3 + 2 : w->text.length;
}

/* Parts. */

/* Neighbours of one character set. */
typedef struct part {
  word first;
  po_text written;
  size_t bytes; /* never more, once decoded */
} part;

static const char *skip_blanks(const char *at, const char *end) {
  while (at < end && (po_is(*at, PO_WSP) || *at == '\r' || *at == '\n'))
    at++;
  return at;
}

/* The part that begins at `at`; false if no word does. */
static bool read_part(const char *at, const char *end, part *out) {
  if (!read_word(at, end, &out->first))
    return false;
  word w = out->first;
  out->bytes = 0;
  do {
    out->bytes += bound_bytes(&w);
    out->written = po_slice(at, w.end);
  } while (read_word(skip_blanks(w.end, end), end, &w) &&
           po_same(w.charset, out->first.charset));
  return true;
}

/* The bytes that the words of a part stand for; after them, or NULL. */
static char *decode_words(const part *p, char *to) {
  const char *end = po_end(p->written);
  word w = p->first;
  do
    to = w.base64 ? decode_base64(w.text, to) : decode_q(w.text, to);
  while (to != NULL && read_word(skip_blanks(w.end, end), end, &w));
  return to;
}

/* The words as they are written; one space for what divides them. */
static void put_written(po_buffer *out, po_text written) {
  const char *at = written.at, *end = po_end(written);
  word w;
  while (read_word(at, end, &w)) {
    po_put(out, po_slice(at, w.end));
    at = skip_blanks(w.end, end);
    if (at > w.end)
      po_put_char(out, ' ');
  }
}

/* Conversion. */

/* Whether a name has UTF-7 in it: no hook is asked for what hides ASCII. */
static bool is_utf7(po_text charset) {
  static const char *const names[] = {"utf7",           "unicode11utf7",
                                      "unicode20utf7",  "csunicode11utf7",
                                      "xunicode20utf7", "utf7imap"};
  for (size_t n = 0; n < sizeof names / sizeof *names; n++)
    if (po_is_charset(charset, names[n]))
      return true;
  return false;
}

static po_code convert(po_text charset, po_text bytes, po_buffer *out,
                       const po_charsets *more) {
  const po_charset *known = po_charset_of(charset);
  if (known != NULL)
    return po_charset_put(known, bytes, out) ? PO_OK : PO_ENCODED_WORD_UNSAFE;
  if (more == NULL || is_utf7(charset))
    return PO_ENCODED_WORD_CHARSET;
  return more->put(more->state, charset, bytes, out);
}

/* C1, and what changes the direction of the text around it (UAX 9 2). */
static bool is_unsafe(uint32_t point) {
  static const struct {
    uint32_t first, last;
  } ranges[] = {{0x80, 0x9f},
                {0x61c, 0x61c},
                {0x200e, 0x200f},
                {0x202a, 0x202e},
                {0x2066, 0x2069}};
  for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
    if (point >= ranges[i].first && point <= ranges[i].last)
      return true;
  return false;
}

/* Whether a text is UTF-8 that may be shown. */
static bool is_safe(po_text text) {
  const char *at = text.at, *end = po_end(text);
  if (po_find_control(text) != NULL)
    return false;
  while (at < end) {
    if (!po_is(*at, PO_HIGH)) {
      at++;
      continue;
    }
    size_t length = po_utf8_length(at, end);
    if (length == 0 || is_unsafe(po_code_point(at, length)))
      return false;
    at += length;
  }
  return true;
}

/*
** Appends a part's text, or nothing.  The bytes are decoded into the last of
** the room, and converted into what is before them.  That is always enough.
** With b octets of base64 and q octets of Q, the bytes are 3/4 b + q at most,
** and 9/4 b + 2 q remain: a byte becomes three at most, and one that is not
** ASCII takes three octets of Q.
*/
static po_code put_part(po_buffer *out, const part *p,
                        const po_charsets *more) {
  po_buffer text = *out;
  text.size = out->length + PO_DECODED_FOR(p->written.length) - p->bytes;
  char *bytes = out->at + text.size;
  char *end = decode_words(p, bytes);
  if (end == NULL)
    return PO_ENCODED_WORD_UNSAFE;
  po_code code = convert(p->first.charset, po_slice(bytes, end), &text, more);
  if (code != PO_OK)
    return code;
  if (text.length > text.size ||
      !is_safe(po_slice(out->at + out->length, out->at + text.length)))
    return PO_ENCODED_WORD_UNSAFE;
  out->length = text.length;
  return PO_OK;
}

po_code po_put_decoded(po_buffer *out, po_text run, const po_charsets *more) {
  const char *at = run.at, *end = po_end(run);
  size_t start = out->length;
  po_code result = PO_OK, before = PO_OK;
  part p;
  assert(out->size - out->length >= PO_DECODED_FOR(run.length));
  while (read_part(at, end, &p)) {
    if (before != PO_OK)
      po_put_char(out, ' ');
    po_code code = put_part(out, &p, more);
    if (code != PO_OK && before == PO_OK && out->length > start)
      po_put_char(out, ' ');
    if (code != PO_OK)
      put_written(out, p.written);
    if (result == PO_OK)
      result = code;
    before = code;
    at = skip_blanks(po_end(p.written), end);
  }
  return result;
}
