/*
** IMCEA in SMTP (MS-OXCMAIL 2.1.3.1.8, 2.2.3.1.2): "IMCEA", the type, a
** hyphen and the address, in which / is written _ and any octet but letters,
** digits, - and = as + and two hex digits.  Read in any letter case, written
** in upper case.  One pass: +5F is an underscore and no slash.
*/
#include "encapsulation.h"

#include <string.h>

static const char imcea[] = "IMCEA";
enum { IMCEA_LENGTH = 5 };

static void put_encoded(po_buffer *out, po_text text) {
  for (size_t i = 0; i < text.length; i++) {
    char c = text.at[i];
    if (c == '/') {
      po_put_char(out, '_');
    } else if (po_is(c, PO_ALPHA | PO_DIGIT) || c == '-' || c == '=') {
      po_put_char(out, c);
    } else {
      po_put_char(out, '+');
      po_put_hex(out, c);
    }
  }
}

/* A hyphen of the type itself would end it. */
static void put_encoded_type(po_buffer *out, po_text type) {
  for (size_t i = 0; i < type.length; i++) {
    po_text c = {type.at + i, 1};
    if (*c.at == '-')
      po_put(out, po_constant("+2D"));
    else
      put_encoded(out, c);
  }
}

static po_code close(const po_address *inner, po_text native, po_buffer *room,
                     po_address *out) {
  size_t start = room->length;
  po_put(room, po_constant(imcea));
  put_encoded_type(room, inner->type);
  po_put_char(room, '-');
  put_encoded(room, native);
  out->field[PO_LOCALPART] = po_put_since(room, start);
  return PO_OK;
}

/* The encoded text as it was before. */
static po_code decode(po_text text, po_scratch *scratch, po_text *out,
                      const char **where) {
  char *to = po_take(scratch, text.length);
  if (to == NULL)
    return PO_SCRATCH_FULL;
  out->at = to;
  for (const char *at = text.at, *end = po_end(text); at < end; at++) {
    if (*at == '_') {
      *to++ = '/';
    } else if (po_is(*at, PO_ALPHA | PO_DIGIT) || *at == '-' || *at == '=') {
      *to++ = *at;
    } else if (*at != '+') {
      return po_fail(PO_IMCEA_CHARACTER, at, where);
    } else {
      if (!po_read_hex(at + 1, end, to++))
        return po_fail(PO_IMCEA_ESCAPE, at, where);
      at += 2;
    }
  }
  out->length = (size_t)(to - out->at);
  return PO_OK;
}

/* The inner type: a dialect's, or an unknown word in upper case. */
static po_code set_type(po_address *inner, po_text type, char *letters,
                        const char *at, const char **where) {
  for (size_t i = 0; i < type.length; i++)
    letters[i] = po_upper(letters[i]);
  if (po_same(type, po_constant("INVALID")))
    return po_fail(PO_IMCEA_INVALID, at, where);
  if (!po_is_word(type))
    return po_fail(PO_TYPE_INVALID, at, where);
  inner->dialect = po_dialect_of(type);
  inner->type = type;
  if (inner->dialect == NULL)
    inner->dialect = &po_opaque;
  else
    inner->type = po_constant(inner->dialect->name);
  return PO_OK;
}

/* The hyphen behind IMCEA and a type, or NULL. */
static const char *find_hyphen(po_text local) {
  if (local.length <= IMCEA_LENGTH ||
      !po_same(po_slice(local.at, local.at + IMCEA_LENGTH), po_constant(imcea)))
    return NULL;
  const char *start = local.at + IMCEA_LENGTH;
  const char *hyphen = memchr(start, '-', (size_t)(po_end(local) - start));
  return hyphen == start ? NULL : hyphen;
}

static po_code open(po_address *carrier, po_scratch *scratch, po_address *inner,
                    const char **where) {
  static const po_text absent;
  po_text local = carrier->field[PO_LOCALPART], type, native;
  const char *hyphen = find_hyphen(local);
  if (hyphen == NULL)
    return PO_NOT_ENCAPSULATED;
  const char *start = local.at + IMCEA_LENGTH;
  char *letters = scratch->at + scratch->used;
  po_code code = decode(po_slice(start, hyphen), scratch, &type, where);
  if (code == PO_OK)
    code = set_type(inner, type, letters, start, where);
  if (code == PO_OK)
    code = decode(po_slice(hyphen + 1, po_end(local)), scratch, &native, where);
  carrier->field[PO_LOCALPART] = absent;
  return code == PO_OK ? po_parse_native(native, scratch, inner, where) : code;
}

const po_capsule po_imcea = {&po_smtp, close, open, false, PO_LOCALPART};
