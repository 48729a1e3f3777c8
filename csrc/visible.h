/*
** Texts in one line that a terminal shows as they are.  Each function appends
** to `out`, which counts on when it is full; a byte becomes four at most, or as
** many as it says.
*/
#ifndef PO_VISIBLE_H
#define PO_VISIBLE_H

#include "text.h"

/* Whether a terminal acts on a character beyond ASCII, or does not show it. */
bool po_is_hidden(uint32_t point);

/* Control characters of ASCII as \t, \n, \r or \x1b; all else as it is. */
void po_put_single_line(po_buffer *out, po_text text);

/* Also, as \xe2\x80\x8b, what is hidden, and bytes that are no UTF-8. */
void po_put_visible(po_buffer *out, po_text text);

/* A field of a row, which is not absent: visible, a backslash doubled; "-",
** which stands for none, as \x2d. */
void po_put_field(po_buffer *out, po_text text);

/* A string of JSON (RFC 8259 7), in its quotes, which is UTF-8 whatever the
** text is: a byte that is none becomes U+FFFD, and what is hidden is escaped,
** too.  A byte becomes six at most. */
void po_put_json(po_buffer *out, po_text text);

#endif
