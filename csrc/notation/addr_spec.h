/*
** The addr-spec of RFC 5322 3.4.1 with what section 4.4 adds: what the wire has
** (dialect/smtp.c), and CFWS, words and literals that it has not.
*/
#ifndef PO_ADDR_SPEC_H
#define PO_ADDR_SPEC_H

#include "scanner.h"

/* Where what a text says is gathered: the decoded parts of an address, and its
** comments. */
typedef struct po_gathered {
  po_buffer words, comments;
} po_gathered;

/* Takes room for what a text of `length` bytes can say: four times as much. */
bool po_gather(po_gathered *gathered, po_scratch *scratch, size_t length);

/* What was gathered from `start` on. */
static inline po_text po_gathered_from(const po_buffer *buffer, size_t start) {
  return po_slice(buffer->at + start, buffer->at + buffer->length);
}

/*
** addr-spec = local-part "@" domain; leaves the scanner after it and the CFWS
** that follows.  Sets the fields of `out`, whose type is SMTP, and its native
** text, which is as it was written.
*/
po_code po_scan_addr_spec(po_scanner *s, po_gathered *gathered,
                          po_address *out);

/* obs-route, with its colon: `at` is the @ or a comma. */
po_code po_scan_route(po_scanner *s, po_gathered *gathered, po_text *route);

#endif
