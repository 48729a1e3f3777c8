#ifndef PO_HEADER_H
#define PO_HEADER_H

#include "notation.h"

/* Whether it begins as the distinguished name of an Exchange mailbox. */
bool po_is_dn(po_text text);

/* Whether `text`, what stands in angle brackets, has its type before it, or
** is a distinguished name: what only a header mailbox has there. */
bool po_is_typed(po_text text);

#endif
