#include "dialect.h"

void po_report_once(po_findings *found, po_code code, const char *where) {
  for (int i = 0; i < found->count; i++)
    if (found->list[i].code == code)
      return;
  po_report(found, code, where);
}

po_code po_parse_native(po_text native, po_scratch *scratch, po_address *out,
                        const char **where) {
  const po_dialect *dialect = out->dialect;
  out->native = dialect->untrimmed ? native : po_trim(native);
  if (out->native.length == 0)
    return po_fail(PO_ADDRESS_EMPTY, out->native.at, where);
  const char *control = dialect->controls ? NULL : po_find_control(out->native);
  if (control != NULL)
    return po_fail(PO_CONTROL_CHARACTER, control, where);
  return dialect->parse(out->native, scratch, out, where);
}
