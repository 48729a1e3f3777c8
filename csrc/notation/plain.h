/*
** The common case, read at once: see plain.c.
*/
#ifndef PO_PLAIN_H
#define PO_PLAIN_H

#include "text.h"

/* The native text of an SMTP address: its fields, `plain` and `valid`. */
bool po_read_plain_spec(po_text native, po_address *out);

/*
** The same of an addr-spec at the front of a text, up to what no plain one has:
** where that is, or NULL, which says nothing.
*/
const char *po_read_plain_front(const char *at, const char *end,
                                po_address *out);

/*
** Reads "user@domain", "\"user\"@domain", "Name <user@domain>" and
** "\"Name\" <user@domain>" where nothing needs care, and leaves in `out` what
** the careful parser would.  `notation` is PO_GUESS, PO_NATIVE (without names)
** or PO_HEADER.
** False: `out` is untouched, and the careful parser has to tell.
*/
bool po_read_plain_text(po_text text, po_notation notation, po_address *out);

/* A mailbox of a list, up to its comma or the `end`: where that is, or NULL. */
const char *po_read_plain_item(const char *at, const char *end,
                               po_address *out);

#endif
