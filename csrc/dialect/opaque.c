/*
** A type without a dialect: its text is carried whole and compared without
** case, as MAPI compares the types it does not know (cc815908).
*/
#include "dialect.h"

#include <string.h>

static const char *const fields[] = {"value", NULL};

enum { VALUE };

/* Anything but NUL: a fax one-off holds carriage returns (cc842281). */
static po_code parse(po_text native, po_scratch *scratch, po_address *out,
                     const char **where) {
  (void)scratch;
  const char *nul = memchr(native.at, '\0', native.length);
  if (nul != NULL)
    return po_fail(PO_CONTROL_CHARACTER, nul, where);
  out->field[VALUE] = native;
  return PO_OK;
}

static void format(const po_address *address, po_buffer *out) {
  po_put(out, address->field[VALUE]);
}

static void check(const po_address *address, po_findings *found) {
  (void)address;
  (void)found;
}

static po_code fold(const po_address *address, po_buffer *out) {
  if (address->folded.at != NULL)
    po_put(out, address->folded);
  else
    po_put_lower(out, address->field[VALUE]);
  return PO_OK;
}

const po_dialect po_opaque = {
    .name = "",
    .fields = fields,
    .controls = true,
    .untrimmed = true,
    .parse = parse,
    .format = format,
    .check = check,
    .fold = fold,
};
