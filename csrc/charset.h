/*
** Character sets that the core converts to UTF-8 itself: UTF-8, US-ASCII,
** ISO-8859-1, ISO-8859-15 and windows-1252.
*/
#ifndef PO_CHARSET_H
#define PO_CHARSET_H

#include "text.h"

typedef struct po_charset po_charset;

/*
** Whether `name` is the `known` one, which has letters in lower case and digits
** alone: their case, and what stands between them, does not count.  Mail has
** iso-8859-1, ISO8859-1 and iso_8859-1.
*/
bool po_is_charset(po_text name, const char *known);

/* The character set of a name or alias; NULL if it is none of these. */
const po_charset *po_charset_of(po_text name);

/*
** Appends `bytes` in UTF-8.  Returns false, and appends nothing, if they are
** malformed or have no character.  A byte below 0x80 becomes one byte, any
** other at most three.
*/
bool po_charset_put(const po_charset *charset, po_text bytes, po_buffer *out);

#endif
