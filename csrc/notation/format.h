#ifndef PO_FORMAT_H
#define PO_FORMAT_H

#include "postoffice.h"

/* Whether two names are the same to a reader: absent or empty ones are. */
bool po_same_name(po_text a, po_text b);

/*
** Reads what was written of an address again: it has to be what was meant, and
** of RFC 5322's section 4 it has nothing but a source route, without which that
** would be lost.  Uses the scratch from its start.
*/
po_code po_verify(const po_address *address, po_notation notation,
                  po_text written, po_scratch *scratch);

#endif
