/*
** How display names and comments are written.
*/
#ifndef PO_NAME_H
#define PO_NAME_H

#include "text.h"

/* Whether a name can stand without quotes: words of atext and single spaces. */
bool po_is_phrase(po_text name);

/* A piece of a quoted name, or of a comment, with a backslash before what has
** to have one. */
void po_put_quoted(po_buffer *out, po_text piece);
void po_put_commented(po_buffer *out, po_text piece);

/* A whole name, in quotes only if it needs them, and a whole comment. */
void po_put_name(po_buffer *out, po_text name);
void po_put_comment(po_buffer *out, po_text comment);

#endif
