/*
** EX and X500: the distinguished name of an Exchange directory entry,
** today's and a former one (MS-OXOABK 2.2.1.1, Q258602).  Both are compared
** without case and name the same entries, so they share their keys.
*/
#include "dialect.h"

static const char *const fields[] = {"dn", NULL};

enum { DN, DN_OCTETS = 1123 /* MS-ADA3 2.169 */ };

static po_code parse(po_text native, po_scratch *scratch, po_address *out,
                     const char **where) {
  (void)scratch;
  const char *control = po_find_control(native);
  if (control != NULL)
    return po_fail(PO_CONTROL_CHARACTER, control, where);
  if (*native.at != '/')
    return po_fail(PO_DN_SLASH_MISSING, native.at, where);
  out->field[DN] = native;
  return PO_OK;
}

static void format(const po_address *address, po_buffer *out) {
  po_put(out, address->field[DN]);
}

static po_code check(const po_address *address, const char **where) {
  po_text dn = address->field[DN];
  if (dn.length > DN_OCTETS)
    return po_fail(PO_DN_LENGTH, dn.at + DN_OCTETS, where);
  return PO_OK;
}

static void fold(const po_address *address, po_buffer *out) {
  po_put_lower(out, address->field[DN]);
}

const po_dialect po_ex = {"EX",   "EX",  fields, parse,
                          format, check, fold,   format};
const po_dialect po_x500 = {"X500", "EX",  fields, parse,
                            format, check, fold,   format};
