/*
** A mailbox while it is read, and what its parts need to read it: shared by
** mailbox.c and angle.c.
*/
#ifndef PO_MAILBOX_STATE_H
#define PO_MAILBOX_STATE_H

#include "addr_spec.h"
#include "reader.h"

typedef struct po_mailbox {
  po_reader *reader;
  po_scanner scanner; /* at the mailbox; afterwards behind it and its CFWS */
  po_gathered gathered;
  bool listed;        /* others may follow: a comma or the like ends it */
  bool angle;         /* it stands in angle brackets with others */
  const char *passed; /* up to here all is its, read or not; or NULL */
} po_mailbox;

/* Begins to read one at the scanner; false if there is no room for it. */
bool po_mailbox_begin(po_mailbox *m, po_reader *reader, po_scanner scanner);

static inline bool po_mailbox_allows(const po_mailbox *m, po_switch which) {
  return po_allows(&m->scanner.allowance, which);
}

/* po_use of what stands at the scanner. */
static inline po_code po_mailbox_use(po_mailbox *m, po_switch which) {
  return po_scan_use(&m->scanner, which, m->scanner.at);
}

static inline bool po_mailbox_is_at(const po_mailbox *m, char c) {
  return po_is_at(&m->scanner, c);
}

/* Whether nothing of the mailbox can follow. */
static inline bool po_mailbox_is_over(const po_mailbox *m) {
  return m->scanner.at == m->scanner.end || po_mailbox_is_at(m, ',') ||
         po_mailbox_is_at(m, ';');
}

static inline po_code po_mailbox_skip_cfws(po_mailbox *m) {
  return po_skip_cfws(&m->scanner, &m->gathered.comments);
}

/* What could be read as something and turned out to be none is forgotten. */
typedef struct po_checkpoint {
  const char *at;
  size_t words, comments;
  int notes;
} po_checkpoint;

/* Where the reading stands, and back to it. */
po_checkpoint po_mailbox_remember(const po_mailbox *m);
void po_mailbox_go_back(po_mailbox *m, po_checkpoint to);

/* Reads an addr-spec of SMTP. */
po_code po_mailbox_addr_spec(po_mailbox *m);

#endif
