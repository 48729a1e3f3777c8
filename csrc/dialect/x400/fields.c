#include "fields.h"

const char *const po_x400_fields[] = {
#define ATTRIBUTE(field, name, f401, mixer, bound, kind) name,
#include "attributes.h"
#undef ATTRIBUTE
    "syntax",
    NULL,
};

_Static_assert((int)FIELDS <= (int)PO_MAX_FIELDS, "too many fields");

const char *const po_x400_syntaxes[] = {"exchange", "rfc1685", "rfc2156",
                                        "msmail"};

x400_syntax po_x400_syntax(const po_address *address) {
  for (int s = 0; s < SYNTAXES; s++)
    if (po_identical(address->field[SYNTAX], po_constant(po_x400_syntaxes[s])))
      return (x400_syntax)s;
  return EXCHANGE;
}
