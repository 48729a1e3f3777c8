/*
** SMTP in a domain-defined attribute of X400.  Exchange writes the address as
** it is, dda:SMTP=user@domain (Q255024); RFC 2156 4.3.1 encodes it in
** PrintableString, DDA:RFC-822=user(a)domain, and fills RFC822C1 to RFC822C3
** with what 128 characters do not hold.  The first DDA of the shell says which.
*/
#include "encapsulation.h"

#include "dialect/x400/fields.h"

#include <string.h>

enum { VALUE_LENGTH = 128, DDA_FIELDS = 2 };

static const char rfc_822[] = "RFC-822";
static const char *const continuations[] = {"RFC822C1", "RFC822C2", "RFC822C3"};

static int type_field(int dda) { return DDA1_TYPE + DDA_FIELDS * dda; }
static int value_field(int dda) { return type_field(dda) + 1; }

/* RFC 2156 3.3.3: what has a letter of its own; the rest has a number. */
static const struct {
  char c, letter;
} letters[] = {{'@', 'a'}, {'%', 'p'}, {'!', 'b'}, {'"', 'q'},
               {'_', 'u'}, {'(', 'l'}, {')', 'r'}};
enum { LETTERS = sizeof letters / sizeof *letters };

/* Of PrintableString, what stands for itself; in a value that goes on in
** another attribute a blank does not, since at the seam it would be lost. */
static const char whole[] = " '+,-./:=?", divided[] = "'+,-./:=?";

static void put_number(po_buffer *out, char c) {
  po_put_char(out, (char)('0' + c / 100));
  po_put_char(out, (char)('0' + c / 10 % 10));
  po_put_char(out, (char)('0' + c % 10));
}

static void put_encoded_char(po_buffer *out, char c) {
  int l = 0;
  while (l < LETTERS && letters[l].c != c)
    l++;
  po_put_char(out, '(');
  if (l < LETTERS)
    po_put_char(out, letters[l].letter);
  else
    put_number(out, c);
  po_put_char(out, ')');
}

static void put_encoded(po_buffer *out, po_text text, const char *printable) {
  for (size_t i = 0; i < text.length; i++) {
    char c = text.at[i];
    if (po_is(c, PO_ALPHA | PO_DIGIT) ||
        (c != '\0' && strchr(printable, c) != NULL))
      po_put_char(out, c);
    else
      put_encoded_char(out, c);
  }
}

/* Fills the first DDA and, as far as it needs them, the continuations. */
static po_code fill(po_address *out, po_text value, bool may_continue) {
  for (int dda = 0; dda < DDAS; dda++) {
    size_t length = value.length < VALUE_LENGTH ? value.length : VALUE_LENGTH;
    if (dda > 0 && out->field[type_field(dda)].at != NULL)
      return PO_ENCAPSULATION_LENGTH;
    if (dda > 0)
      out->field[type_field(dda)] = po_constant(continuations[dda - 1]);
    out->field[value_field(dda)] = po_slice(value.at, value.at + length);
    value = po_slice(value.at + length, po_end(value));
    if (value.length == 0)
      return PO_OK;
    if (!may_continue)
      return PO_ENCAPSULATION_LENGTH;
  }
  return PO_ENCAPSULATION_LENGTH;
}

static po_code close(const po_address *inner, po_text native, po_buffer *room,
                     po_address *out) {
  if (inner->dialect != &po_smtp || po_find_high(native) != NULL)
    return PO_ENCAPSULATION_TYPE;
  if (out->field[DDA1_TYPE].at == NULL)
    out->field[DDA1_TYPE] = po_constant(rfc_822);
  if (!po_same(out->field[DDA1_TYPE], po_constant(rfc_822)))
    return fill(out, native, false);
  size_t start = room->length;
  put_encoded(room, native, whole);
  if (room->length - start > VALUE_LENGTH) {
    room->length = start;
    put_encoded(room, native, divided);
  }
  return fill(out, po_put_since(room, start), true);
}

/* The character that the encoded one at `at` stands for, and its length;
** 0 where nothing encoded stands there. */
static size_t decode_char(const char *at, const char *end, char *c) {
  if (*at != '(')
    return 0;
  if (end - at >= 3 && at[2] == ')')
    for (int l = 0; l < LETTERS; l++)
      if (letters[l].letter == po_lower(at[1])) {
        *c = letters[l].c;
        return 3;
      }
  if (end - at < 5 || at[4] != ')')
    return 0;
  int value = 0;
  for (int i = 1; i <= 3; i++) {
    if (!po_is(at[i], PO_DIGIT))
      return 0;
    value = value * 10 + (at[i] - '0');
  }
  *c = (char)value;
  return value > 0 && value < 128 ? 5 : 0;
}

/* Decodes in place; the result is the length that is left. */
static size_t decode(char *text, const char *end) {
  char *to = text;
  for (const char *at = text; at < end;) {
    char c = *at;
    size_t length = decode_char(at, end, &c);
    *to++ = c;
    at += length == 0 ? 1 : length;
  }
  return (size_t)(to - text);
}

static void append(char **to, po_text text) {
  if (text.length > 0)
    memcpy(*to, text.at, text.length);
  *to += text.length;
}

static bool has_type(const po_address *address, int dda, const char *type) {
  po_text found = address->field[type_field(dda)];
  return found.at != NULL && po_same(found, po_constant(type)) &&
         address->field[value_field(dda)].at != NULL;
}

static int find(const po_address *address, const char *type) {
  int dda = 0;
  while (dda < DDAS && !has_type(address, dda, type))
    dda++;
  return dda;
}

/* Takes a DDA out; the ones behind it move up. */
static po_text take(po_address *shell, int dda) {
  static const po_text absent;
  po_text value = shell->field[value_field(dda)];
  int from = type_field(dda + 1), last = type_field(DDAS);
  memmove(shell->field + type_field(dda), shell->field + from,
          (size_t)(last - from) * sizeof *shell->field);
  for (int f = last - DDA_FIELDS; f < last; f++)
    shell->field[f] = absent;
  return value;
}

/* The DDA's type goes first, without its value, and says how to close. */
static void leave_type(po_address *shell, po_text type) {
  static const po_text absent;
  memmove(shell->field + type_field(1), shell->field + type_field(0),
          (size_t)(DDA_FIELDS * (DDAS - 1)) * sizeof *shell->field);
  shell->field[DDA1_TYPE] = type;
  shell->field[DDA1_VALUE] = absent;
}

static po_code open_smtp(po_address *shell, int dda, po_scratch *scratch,
                         po_address *inner, const char **where) {
  po_text type = shell->field[type_field(dda)];
  po_text native = take(shell, dda);
  leave_type(shell, type);
  return po_parse_inner_smtp(inner, native, scratch, where);
}

/* An encoded character may go on in the next attribute. */
static po_code open_rfc_822(po_address *shell, int dda, po_scratch *scratch,
                            po_address *inner, const char **where) {
  po_text type = shell->field[type_field(dda)], native;
  size_t length = 0;
  for (int d = 0; d < DDAS; d++)
    length += shell->field[value_field(d)].length;
  char *start = po_take(scratch, length), *to = start;
  if (start == NULL)
    return PO_SCRATCH_FULL;
  append(&to, take(shell, dda));
  for (int c = 0; c < DDAS - 1; c++) {
    int next = find(shell, continuations[c]);
    if (next == DDAS)
      break;
    append(&to, take(shell, next));
  }
  native = po_slice(start, start + decode(start, to));
  leave_type(shell, type);
  return po_parse_inner_smtp(inner, native, scratch, where);
}

static po_code open(po_address *shell, po_scratch *scratch, po_address *inner,
                    const char **where) {
  int dda = find(shell, rfc_822);
  if (dda < DDAS)
    return open_rfc_822(shell, dda, scratch, inner, where);
  dda = find(shell, po_smtp.name);
  if (dda < DDAS)
    return open_smtp(shell, dda, scratch, inner, where);
  return PO_NOT_ENCAPSULATED;
}

const po_capsule po_x400_dda = {&po_x400, close, open};
