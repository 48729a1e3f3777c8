/*
** A mailbox of RFC 5322 3.4, alone in its text or in a list.
*/
#ifndef PO_MAILBOX_H
#define PO_MAILBOX_H

#include "addr_spec.h"
#include "reader.h"

/* A mailbox while it is read. */
typedef struct po_mailbox {
  po_reader *reader;
  po_scanner scanner; /* at the mailbox; afterwards behind it and its CFWS */
  po_gathered gathered;
  bool listed;        /* others may follow: a comma or the like ends it */
  bool angle;         /* it stands in angle brackets with others */
  const char *passed; /* up to here all is its, read or not; or NULL */
} po_mailbox;

/*
** Reads one mailbox.  PO_MAILBOX_GROUP means that the scanner stands at the
** colon after the name of a group, which is then the display name.
*/
po_code po_read_mailbox(po_mailbox *m);

/* Whether it begins as the distinguished name of an Exchange mailbox. */
bool po_is_dn(po_text text);

#endif
