#ifndef PO_X400_CHECK_H
#define PO_X400_CHECK_H

#include "fields.h"

/*
** Holds values to their bounds and to PrintableString, and addresses in
** Exchange's syntax to what its own editor asks for (Exchange 5.5, xgsac003).
*/
void po_x400_check(const po_address *address, po_findings *found);

#endif
