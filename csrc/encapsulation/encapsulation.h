/*
** What the ways to carry one address inside another share.  Each way is a
** file with two functions.  `close` finds the carrier's fields in `out`, and
** adds those that carry `native`; `open` takes them out of `carrier` again.
*/
#ifndef PO_ENCAPSULATION_H
#define PO_ENCAPSULATION_H

#include "dialect/dialect.h"

typedef struct po_capsule {
  const po_dialect *dialect; /* of the carrier */
  po_code (*close)(const po_address *inner, po_text native, po_buffer *room,
                   po_address *out);
  po_code (*open)(po_address *carrier, po_scratch *scratch, po_address *inner,
                  const char **where);
  bool ascii; /* it carries no other: domains as A-labels */
  int field;  /* of the carrier that carries; PO_NO_FIELD: more than one */
} po_capsule;

enum { PO_GATEWAYS = 8 };

extern const po_capsule po_imcea, po_x400_dda, po_gateways[PO_GATEWAYS];

static inline po_code po_parse_inner_smtp(po_address *inner, po_text native,
                                          po_scratch *scratch,
                                          const char **where) {
  inner->dialect = &po_smtp;
  inner->type = po_constant(po_smtp.name);
  return po_parse_native(native, scratch, inner, where);
}

/* What was put into `room` from `start` on. */
static inline po_text po_put_since(const po_buffer *room, size_t start) {
  po_text text = {room->at + start, room->length - start};
  return text;
}

#endif
