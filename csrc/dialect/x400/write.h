#ifndef PO_X400_WRITE_H
#define PO_X400_WRITE_H

#include "fields.h"

/* Writes the attributes that are there, in the address's own syntax. */
void po_x400_format(const po_address *address, po_buffer *out);

/* The same without superfluous white space and empty attributes. */
po_code po_x400_normalize(const po_address *address, po_buffer *out);

/* Writes the normalized address in Exchange's syntax and in lower case: equal
** for all spellings of one mailbox. */
po_code po_x400_fold(const po_address *address, po_buffer *out);

/* Puts into `out` the attributes that this compares: those that say something,
** without superfluous white space, the DDAs side by side. */
po_code po_x400_canonical(const po_address *address, po_buffer *room,
                          po_address *out);

#endif
