#include "encapsulation.h"

static const po_capsule *const capsules[] = {&po_imcea, &po_ccmail_gateway,
                                             &po_x400_dda, NULL};

static const po_capsule *capsule_of(const po_dialect *dialect) {
  const po_capsule *const *c = capsules;
  while (*c != NULL && (*c)->dialect != dialect)
    c++;
  return *c;
}

bool po_can_carry(const po_dialect *carrier) {
  return capsule_of(carrier) != NULL;
}

/* Names stand outside of the carrier, whatever is in it. */
static void copy_names(const po_address *from, po_address *to) {
  to->display_name = from->display_name;
  to->comment = from->comment;
  to->secondary = from->secondary;
}

/* Whether the native text says all: <> and <Postmaster> are paths alone. */
static po_code check_native(const po_address *inner) {
  if (inner->dialect != &po_smtp || inner->field[PO_DOMAIN].at != NULL)
    return PO_OK;
  return inner->field[PO_LOCALPART].length == 0 ? PO_ADDRESS_EMPTY
                                                : PO_DOMAIN_MISSING;
}

po_code po_encapsulate(const po_address *inner, const po_address *carrier,
                       po_scratch *scratch, po_address *out) {
  const po_capsule *capsule = capsule_of(carrier->dialect);
  po_buffer room = {scratch->at, scratch->length, 0};
  if (capsule == NULL)
    return PO_ENCAPSULATION_TYPE;
  po_code code = check_native(inner);
  if (code != PO_OK)
    return code;
  inner->dialect->format(inner, &room);
  if (room.length > room.size)
    return PO_SCRATCH_FULL;
  *out = *carrier;
  out->type = po_constant(carrier->dialect->name);
  copy_names(inner, out);
  code = capsule->close(inner, po_put_since(&room, 0), &room, out);
  return code == PO_OK && room.length > room.size ? PO_SCRATCH_FULL : code;
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
