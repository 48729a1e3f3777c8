#ifndef PO_PATH_H
#define PO_PATH_H

#include "notation.h"

/* Puts "<native>", with the source route before it if there is one. */
void po_put_path(po_buffer *out, po_text route, po_text native);

#endif
