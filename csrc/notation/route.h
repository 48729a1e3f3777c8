#ifndef PO_ROUTE_H
#define PO_ROUTE_H

#include "reader.h"

/*
** Takes a source route and its colon off the front of `text`, which begins
** with an @ (RFC 5321 4.1.2, appendix C).
*/
po_code po_read_route(po_reader *reader, po_text *text);

/* "<native>", with the source route before it if there is one. */
void po_put_angle(po_buffer *out, po_text route, po_text native);

#endif
