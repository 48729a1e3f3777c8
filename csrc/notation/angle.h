/*
** What stands in angle brackets: angle-addr of RFC 5322 3.4 and 4.4, a
** distinguished name or TYPE:address, and what clients forgive of them.
*/
#ifndef PO_ANGLE_H
#define PO_ANGLE_H

#include "mailbox_state.h"

/* "<...>" and the CFWS after it; the scanner is at the <. */
po_code po_read_angle(po_mailbox *m);

/* The same after the <, or after a comma in the brackets. */
po_code po_read_inside(po_mailbox *m);

/* More brackets `c` than one, where they are forgiven. */
po_code po_skip_doubled(po_mailbox *m, char c);

/* The "mailto" of the URI at `at`, absent where none is read; and the URI. */
po_text po_find_mailto(const po_mailbox *m, const char *at);
po_code po_read_uri(po_mailbox *m, po_text word);

/* Whether it begins as the distinguished name of an Exchange mailbox. */
bool po_is_dn(po_text text);

#endif
