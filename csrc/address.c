/*
** What holds for an address of any type, and the texts of the codes.
*/
#include "text.h"

typedef struct code_text {
  const char *slug, *status, *message;
  bool note;
} code_text;

static const code_text codes[PO_CODE_COUNT] = {
#define PO_CODE(name, slug, status, message) {slug, status, message, false},
#define PO_NOTE(name, slug, message) {slug, "", message, true},
#include "codes.h"
#undef PO_NOTE
#undef PO_CODE
};

const char *po_code_slug(po_code code) { return codes[code].slug; }

const char *po_code_status(po_code code) { return codes[code].status; }

const char *po_code_message(po_code code) { return codes[code].message; }

bool po_code_is_note(po_code code) { return codes[code].note; }

void po_diagnose(const po_address *address, po_findings *found) {
  found->count = 0;
  address->dialect->check(address, found);
}

po_code po_check(const po_address *address, const char **where) {
  po_findings found;
  *where = NULL;
  if (address->valid)
    return PO_OK;
  po_diagnose(address, &found);
  for (int i = 0; i < found.count; i++) {
    if (po_code_is_note(found.list[i].code))
      continue;
    *where = found.list[i].where;
    return found.list[i].code;
  }
  return PO_OK;
}

po_code po_key(const po_address *address, po_buffer *out) {
  const char *key = address->dialect->key;
  po_put(out, key == NULL ? address->type : po_constant(key));
  po_put_char(out, ':');
  return address->dialect->fold(address, out);
}
