#include "encapsulation.h"

/* The way to carry in a dialect; NULL: there is none. */
static const po_capsule *capsule_of(const po_dialect *dialect) {
  if (dialect == po_imcea.dialect)
    return &po_imcea;
  if (dialect == po_x400_dda.dialect)
    return &po_x400_dda;
  for (int i = 0; i < PO_GATEWAYS; i++)
    if (dialect == po_gateways[i].dialect)
      return &po_gateways[i];
  return NULL;
}

bool po_can_carry(const po_dialect *carrier) {
  return capsule_of(carrier) != NULL;
}

int po_carrying_field(const po_dialect *carrier) {
  const po_capsule *capsule = capsule_of(carrier);
  return capsule == NULL ? PO_NO_FIELD : capsule->field;
}

/* Names stand outside of the carrier, whatever is in it. */
static void copy_names(const po_address *from, po_address *to) {
  to->display_name = from->display_name;
  to->comment = from->comment;
  to->secondary = from->secondary;
}

/* Whether native text of SMTP says all: <> and <Postmaster> are paths alone,
** and some of what RFC 5322 has can be read in headers alone. */
static po_code check_native(const po_address *inner, po_text native,
                            const po_buffer *room) {
  const char *where;
  po_address back;
  po_scratch rest = {room->at + room->length, room->size - room->length, 0};
  if (inner->dialect != &po_smtp || inner->plain)
    return PO_OK;
  if (native.length == 0)
    return PO_ADDRESS_EMPTY;
  return po_parse_inner_smtp(&back, native, &rest, &where);
}

/* Makes A-labels of U-labels, where nothing but ASCII can be carried. */
static po_code make_ascii(po_address *inner, po_scratch *scratch) {
  const char *where;
  po_text domain = inner->field[PO_DOMAIN];
  if (inner->dialect != &po_smtp || po_find_high(domain) == NULL)
    return PO_OK;
  return po_convert_domain(inner, PO_DOMAIN_ASCII, scratch, &where);
}

static po_code carry(const po_capsule *capsule, const po_address *inner,
                     const po_address *carrier, po_scratch *scratch,
                     po_address *out) {
  po_buffer room = {scratch->at + scratch->used,
                    scratch->length - scratch->used, 0};
  inner->dialect->format(inner, &room);
  if (room.length > room.size)
    return PO_SCRATCH_FULL;
  po_text native = po_put_since(&room, 0);
  po_code code = check_native(inner, native, &room);
  if (code != PO_OK)
    return code;
  *out = *carrier;
  out->type = po_constant(carrier->dialect->name);
  copy_names(inner, out);
  code = capsule->close(inner, native, &room, out);
  return code == PO_OK && room.length > room.size ? PO_SCRATCH_FULL : code;
}

po_code po_encapsulate(const po_address *inner, const po_address *carrier,
                       po_scratch *scratch, po_address *out) {
  const po_capsule *capsule = capsule_of(carrier->dialect);
  po_address carried = *inner;
  if (capsule == NULL)
    return PO_ENCAPSULATION_TYPE;
  po_code code = capsule->ascii ? make_ascii(&carried, scratch) : PO_OK;
  return code == PO_OK ? carry(capsule, &carried, carrier, scratch, out) : code;
}

po_code po_decapsulate(const po_address *outer, po_scratch *scratch,
                       po_address *inner, po_address *carrier,
                       const char **where) {
  static const po_address none;
  const po_capsule *capsule = capsule_of(outer->dialect);
  *inner = none;
  *carrier = *outer;
  *where = NULL;
  copy_names(&none, carrier);
  copy_names(outer, inner);
  return capsule == NULL ? PO_NOT_ENCAPSULATED
                         : capsule->open(carrier, scratch, inner, where);
}
