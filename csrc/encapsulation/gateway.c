/*
** SMTP in the address of a gateway, whose mailboxes are whole addresses:
**
**   user@domain at internet     CCMAIL, at its post office (Q184994)
**   user@domain@INTERNET        NOTES, at its domain (Q246434)
**   NETWORK/PO/user@domain      MS and PCM, at its post office
**   DOMAIN.PO.user@domain       GWISE, and GROUPWISE in that one's order
**   user@domain@server          MSMAIL and MSA, at its server
*/
#include "encapsulation.h"

/* The field of the mailbox. */
static int mailbox_of(const po_dialect *dialect) {
  const po_capsule *gateway = po_gateways;
  while (gateway->dialect != dialect)
    gateway++;
  return gateway->field;
}

static po_code close(const po_address *inner, po_text native, po_buffer *room,
                     po_address *out) {
  (void)room;
  if (inner->dialect != &po_smtp)
    return PO_ENCAPSULATION_TYPE;
  out->field[mailbox_of(out->dialect)] = native;
  return PO_OK;
}

/* Whether all is there that names the gateway. */
static bool has_place(const po_address *carrier) {
  const char *const *names = carrier->dialect->fields;
  for (int field = 0; names[field] != NULL; field++)
    if (carrier->field[field].at == NULL)
      return false;
  return true;
}

/* Only a mailbox that is an SMTP address and says so with an @. */
static po_code open(po_address *carrier, po_scratch *scratch, po_address *inner,
                    const char **where) {
  static const po_text absent;
  po_text *mailbox = carrier->field + mailbox_of(carrier->dialect);
  po_text text = *mailbox;
  if (!has_place(carrier))
    return PO_NOT_ENCAPSULATED;
  *mailbox = absent;
  po_code code = po_parse_inner_smtp(inner, text, scratch, where);
  return code == PO_OK || code == PO_SCRATCH_FULL ? code : PO_NOT_ENCAPSULATED;
}

const po_capsule po_gateways[PO_GATEWAYS] = {
    {&po_ccmail, close, open, false, PO_MAILBOX},
    {&po_notes, close, open, false, 0},
    {&po_ms, close, open, false, 2},
    {&po_pcm, close, open, false, 2},
    {&po_gwise, close, open, false, 2},
    {&po_groupwise, close, open, false, 2},
    {&po_msmail, close, open, false, 0},
    {&po_msa, close, open, false, 0},
};
