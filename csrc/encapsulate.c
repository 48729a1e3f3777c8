/*
** Addresses carried whole inside others.
**
** IMCEA in SMTP (MS-OXCMAIL 2.1.3.1.8, 2.2.3.1.2): "IMCEA", the type, a
** hyphen and the address, in which / is written _ and any octet but letters,
** digits, - and = as + and two hex digits.  Read in any letter case, written
** in upper case.  One pass: +5F is an underscore and no slash.
**
** SMTP in CCMAIL (Q184994): the whole address is the mailbox, the post
** office is the one that the gateway serves.
*/
#include "dialect/dialect.h"

#include <string.h>

static const char imcea[] = "IMCEA";
enum { IMCEA_LENGTH = 5 };

/* What stands outside the shell stays there. */
static void copy_names(const po_address *from, po_address *to) {
  to->display_name = from->display_name;
  to->comment = from->comment;
  to->secondary = from->secondary;
}

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

static po_code to_smtp(const po_address *inner, po_text native, po_buffer *out,
                       po_address *outer) {
  char *start = out->at + out->length;
  po_put(out, po_constant(imcea));
  put_encoded_type(out, inner->type);
  po_put_char(out, '-');
  put_encoded(out, native);
  outer->dialect = &po_smtp;
  outer->field[PO_LOCALPART] = po_slice(start, out->at + out->length);
  return PO_OK;
}

static po_code to_ccmail(const po_address *inner, po_text native,
                         po_buffer *out, po_address *outer) {
  (void)out;
  if (inner->dialect != &po_smtp)
    return PO_ENCAPSULATION_TYPE;
  outer->dialect = &po_ccmail;
  outer->field[PO_MAILBOX] = native;
  return PO_OK;
}

po_code po_encapsulate(const po_address *inner, po_text type, po_text place,
                       po_scratch *scratch, po_address *out) {
  static const po_address none;
  const po_dialect *dialect = po_dialect_of(type);
  po_buffer room = {scratch->at, scratch->length, 0};
  inner->dialect->format(inner, &room);
  if (room.length > room.size)
    return PO_SCRATCH_FULL;
  po_text native = {room.at, room.length};
  *out = none;
  copy_names(inner, out);
  po_code code = PO_ENCAPSULATION_TYPE;
  if (dialect == &po_smtp)
    code = to_smtp(inner, native, &room, out);
  else if (dialect == &po_ccmail)
    code = to_ccmail(inner, native, &room, out);
  if (code != PO_OK)
    return code;
  if (room.length > room.size)
    return PO_SCRATCH_FULL;
  out->type = po_constant(out->dialect->name);
  out->field[1] = place; /* domain or post office */
  return PO_OK;
}

/* The encoded text as it was before; a NULL place in `where` is success. */
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
      if (end - at < 3 || !po_is(at[1], PO_HEX) || !po_is(at[2], PO_HEX))
        return po_fail(PO_IMCEA_ESCAPE, at, where);
      *to++ = (char)(po_hex_value(at[1]) * 16 + po_hex_value(at[2]));
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

static po_code parse_inner(po_address *inner, po_text native,
                           po_scratch *scratch, const char **where) {
  inner->native = inner->dialect == &po_opaque ? native : po_trim(native);
  if (inner->native.length == 0)
    return po_fail(PO_ADDRESS_EMPTY, NULL, where);
  return inner->dialect->parse(inner->native, scratch, inner, where);
}

static po_code from_smtp(const po_address *outer, po_scratch *scratch,
                         po_address *inner, const char **where) {
  po_text local = outer->field[PO_LOCALPART];
  if (local.length <= IMCEA_LENGTH ||
      !po_same(po_slice(local.at, local.at + IMCEA_LENGTH), po_constant(imcea)))
    return PO_NOT_ENCAPSULATED;
  const char *start = local.at + IMCEA_LENGTH;
  const char *hyphen = memchr(start, '-', (size_t)(po_end(local) - start));
  if (hyphen == NULL || hyphen == start)
    return PO_NOT_ENCAPSULATED;
  po_text type, native;
  char *letters = scratch->at + scratch->used;
  po_code code = decode(po_slice(start, hyphen), scratch, &type, where);
  if (code == PO_OK)
    code = set_type(inner, type, letters, start, where);
  if (code == PO_OK)
    code = decode(po_slice(hyphen + 1, po_end(local)), scratch, &native, where);
  return code == PO_OK ? parse_inner(inner, native, scratch, where) : code;
}

/* Only a mailbox that is an SMTP address and says so with an @. */
static po_code from_ccmail(const po_address *outer, po_scratch *scratch,
                           po_address *inner, const char **where) {
  po_text mailbox = outer->field[PO_MAILBOX];
  inner->dialect = &po_smtp;
  inner->type = po_constant(po_smtp.name);
  if (outer->field[PO_POSTOFFICE].at == NULL || mailbox.length == 0 ||
      memchr(mailbox.at, '@', mailbox.length) == NULL)
    return PO_NOT_ENCAPSULATED;
  return parse_inner(inner, mailbox, scratch, where) == PO_OK
             ? PO_OK
             : PO_NOT_ENCAPSULATED;
}

po_code po_decapsulate(const po_address *outer, po_scratch *scratch,
                       po_address *inner, po_text *place, const char **where) {
  static const po_address none;
  *inner = none;
  *where = NULL;
  copy_names(outer, inner);
  if (outer->dialect != &po_smtp && outer->dialect != &po_ccmail)
    return PO_NOT_ENCAPSULATED;
  *place = outer->field[1]; /* domain or post office */
  return outer->dialect == &po_smtp ? from_smtp(outer, scratch, inner, where)
                                    : from_ccmail(outer, scratch, inner, where);
}
