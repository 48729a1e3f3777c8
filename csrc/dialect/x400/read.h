#ifndef PO_X400_READ_H
#define PO_X400_READ_H

#include "fields.h"

/* Reads an O/R address in any of its syntaxes and leaves in `syntax` which it
** was; decoded values are in `scratch`. */
po_code po_x400_parse(po_text native, po_scratch *scratch, po_address *out,
                      const char **where);

#endif
