/*
** Characters of a local part that RFC 6531 allows and nobody should have.
*/
#ifndef PO_CHARACTERS_H
#define PO_CHARACTERS_H

#include "dialect.h"

/* Notes the first of each kind. */
void po_check_characters(po_text local, po_findings *found);

#endif
