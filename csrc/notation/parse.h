#ifndef PO_PARSE_H
#define PO_PARSE_H

#include "postoffice.h"

/* po_parse without its fast path: the tests' oracle. */
po_code po_parse_carefully(po_text text, const po_parse_options *options,
                           po_scratch *scratch, po_address *out,
                           size_t *position);

#endif
