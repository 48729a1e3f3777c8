#include "printable.h"

#include <string.h>

/* RFC 2156 3.4: these have a letter of their own, all others a number. */
static const struct {
  char c, letter;
} letters[] = {{'@', 'a'}, {'%', 'p'}, {'!', 'b'}, {'"', 'q'},
               {'_', 'u'}, {'(', 'l'}, {')', 'r'}};
enum { LETTERS = sizeof letters / sizeof *letters };

enum { LETTER_CODE = 3, NUMBER_CODE = 5, ASCII = 128 };

bool po_is_printable(char c) {
  return po_is(c, PO_ALPHA | PO_DIGIT) ||
         (c != '\0' && strchr(" '()+,-./:=?", c) != NULL);
}

/* The character of a letter in either case, or -1. */
static int character_of(char letter) {
  for (int l = 0; l < LETTERS; l++)
    if (letters[l].letter == po_lower(letter))
      return letters[l].c;
  return -1;
}

/* The ASCII character of three digits, or -1. */
static int character_numbered(const char *digits) {
  int value = 0;
  for (int i = 0; i < 3; i++) {
    if (!po_is(digits[i], PO_DIGIT))
      return -1;
    value = value * 10 + (digits[i] - '0');
  }
  return value < ASCII ? value : -1;
}

size_t po_printable_code(const char *at, const char *end, char *c) {
  int found = -1;
  size_t length = 0;
  if (*at == '(' && end - at >= LETTER_CODE && at[LETTER_CODE - 1] == ')') {
    length = LETTER_CODE;
    found = character_of(at[1]);
  } else if (*at == '(' && end - at >= NUMBER_CODE &&
             at[NUMBER_CODE - 1] == ')') {
    length = NUMBER_CODE;
    found = character_numbered(at + 1);
  }
  if (found < 0)
    return 0;
  *c = (char)found;
  return length;
}

static void put_code(po_buffer *out, char c) {
  int l = 0;
  while (l < LETTERS && letters[l].c != c)
    l++;
  po_put_char(out, '(');
  if (l < LETTERS) {
    po_put_char(out, letters[l].letter);
  } else {
    po_put_char(out, (char)('0' + c / 100));
    po_put_char(out, (char)('0' + c / 10 % 10));
    po_put_char(out, (char)('0' + c % 10));
  }
  po_put_char(out, ')');
}

/* Whether X.400 drops the space at `i`. */
static bool is_dropped(po_text text, size_t i) {
  return i == 0 || i + 1 == text.length || text.at[i + 1] == ' ';
}

static void encode(po_text text, bool cut, po_buffer *out) {
  for (size_t i = 0; i < text.length; i++) {
    char c = text.at[i];
    bool stays = po_is_printable(c) && c != '(' && c != ')';
    if (c == ' ')
      stays = !cut && !is_dropped(text, i);
    if (stays)
      po_put_char(out, c);
    else
      put_code(out, c);
  }
}

void po_encode_printable(po_text text, po_buffer *out) {
  encode(text, false, out);
}

void po_encode_printable_spaces(po_text text, po_buffer *out) {
  encode(text, true, out);
}

size_t po_decode_printable(char *text, size_t length) {
  const char *end = text + length;
  char *to = text;
  for (const char *at = text; at < end;) {
    char c = *at;
    size_t code = po_printable_code(at, end, &c);
    *to++ = c;
    at += code == 0 ? 1 : code;
  }
  return (size_t)(to - text);
}
