#include "mailbox_state.h"

bool po_mailbox_begin(po_mailbox *m, po_reader *reader, po_scanner scanner) {
  m->reader = reader;
  m->scanner = scanner;
  m->listed = m->angle = false;
  m->passed = NULL;
  return po_gather(&m->gathered, reader->scratch,
                   (size_t)(scanner.end - scanner.at));
}

po_checkpoint po_mailbox_remember(const po_mailbox *m) {
  const po_findings *notes = m->scanner.allowance.notes;
  return (po_checkpoint){m->scanner.at, m->gathered.words.length,
                         m->gathered.comments.length,
                         notes == NULL ? 0 : notes->count};
}

void po_mailbox_go_back(po_mailbox *m, po_checkpoint to) {
  m->scanner.at = to.at;
  m->gathered.words.length = to.words;
  m->gathered.comments.length = to.comments;
  if (m->scanner.allowance.notes != NULL)
    m->scanner.allowance.notes->count = to.notes;
}

po_code po_mailbox_addr_spec(po_mailbox *m) {
  po_code code = po_read_smtp(m->reader);
  if (code == PO_OK)
    code = po_scan_addr_spec(&m->scanner, &m->gathered, m->reader->out);
  return code;
}
