/*
** What holds for an address of any type, and the texts of the codes.
*/
#include "text.h"

typedef struct code_text {
  const char *slug, *status, *message;
} code_text;

static const code_text codes[PO_CODE_COUNT] = {
#define PO_CODE(name, slug, status, message) {slug, status, message},
#include "codes.h"
#undef PO_CODE
};

const char *po_code_slug(po_code code) { return codes[code].slug; }

const char *po_code_status(po_code code) { return codes[code].status; }

const char *po_code_message(po_code code) { return codes[code].message; }

po_code po_check(const po_address *address, const char **where) {
  *where = NULL;
  return address->dialect->check(address, where);
}

void po_key(const po_address *address, po_buffer *out) {
  if (address->dialect == &po_opaque)
    po_put(out, address->type);
  else
    po_put(out, po_constant(address->dialect->key));
  po_put_char(out, ':');
  address->dialect->fold(address, out);
}
