/*
** What holds for an address of any type, and the texts of the codes.
*/
#include "text.h"

#include <string.h>

typedef struct code_text {
  const char *slug, *status, *message;
  bool note;
  po_grade grade;
} code_text;

static const code_text codes[PO_CODE_COUNT] = {
#define PO_CODE(name, slug, status, message)                                   \
  {slug, status, message, false, PO_GRADE_5322},
#define PO_NOTE(name, slug, message) {slug, "", message, true, PO_GRADE_5321},
#define PO_BEYOND(name, slug, status, grade, message)                          \
  {slug, status, message, false, PO_GRADE_##grade},
#define PO_USE(name, slug, grade, message)                                     \
  {slug, "5.1.3", message, true, PO_GRADE_##grade},
#include "codes.h"
#undef PO_USE
#undef PO_BEYOND
#undef PO_NOTE
#undef PO_CODE
};

const char *po_code_slug(po_code code) { return codes[code].slug; }

const char *po_code_status(po_code code) { return codes[code].status; }

const char *po_code_message(po_code code) { return codes[code].message; }

bool po_code_is_note(po_code code) { return codes[code].note; }

po_grade po_code_grade(po_code code) { return codes[code].grade; }

/* What the rules that a finding can name go by; NULL where nobody says. */
static const char *const sources[PO_CODE_COUNT] = {
#define PO_SOURCE(name, source) [PO_##name] = (source),
#include "sources.h"
#undef PO_SOURCE
};

const char *po_code_source(po_code code) { return sources[code]; }

void po_diagnose(const po_address *address, po_findings *found) {
  address->dialect->check(address, found);
}

po_code po_check(const po_address *address, const char **where) {
  po_findings found;
  *where = NULL;
  if (address->valid)
    return PO_OK;
  found.count = 0;
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

po_code po_canonical(const po_address *address, po_scratch *scratch,
                     po_address *out) {
  static const po_address none;
  const po_dialect *dialect = address->dialect;
  po_buffer room = {scratch->at, scratch->length, 0};
  *out = none;
  out->dialect = dialect;
  out->type = address->type;
  memcpy(out->field, address->field, sizeof out->field);
  po_code code = dialect->canonical == NULL
                     ? PO_OK
                     : dialect->canonical(address, &room, out);
  return code == PO_OK && room.length > room.size ? PO_SCRATCH_FULL : code;
}
