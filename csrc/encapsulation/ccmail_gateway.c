/*
** SMTP in CCMAIL (Q184994): "user@domain at internet".  The whole address is
** the mailbox, the post office is the one that the gateway serves.
*/
#include "encapsulation.h"

static po_code close(const po_address *inner, po_text native, po_buffer *room,
                     po_address *out) {
  (void)room;
  if (inner->dialect != &po_smtp)
    return PO_ENCAPSULATION_TYPE;
  out->field[PO_MAILBOX] = native;
  return PO_OK;
}

/* Only a mailbox that is an SMTP address and says so with an @. */
static po_code open(po_address *carrier, po_scratch *scratch, po_address *inner,
                    const char **where) {
  static const po_text absent;
  po_text mailbox = carrier->field[PO_MAILBOX];
  if (carrier->field[PO_POSTOFFICE].at == NULL)
    return PO_NOT_ENCAPSULATED;
  carrier->field[PO_MAILBOX] = absent;
  po_code code = po_parse_inner_smtp(inner, mailbox, scratch, where);
  return code == PO_OK || code == PO_SCRATCH_FULL ? code : PO_NOT_ENCAPSULATED;
}

const po_capsule po_ccmail_gateway = {&po_ccmail, close, open, false};
