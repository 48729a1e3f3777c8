/*
** A mailbox of RFC 5322 3.4, alone in its text or in a list.
*/
#ifndef PO_MAILBOX_H
#define PO_MAILBOX_H

#include "mailbox_state.h"

/*
** Reads one mailbox.  PO_MAILBOX_GROUP means that the scanner stands at the
** colon after the name of a group, which is then the display name.
*/
po_code po_read_mailbox(po_mailbox *m);

#endif
