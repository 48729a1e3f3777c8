/*
** po_parse: the common case at once (plain.c), any other by its notation.
*/
#include "parse.h"

#include "plain.h"
#include "registry.h"

#include <string.h>

size_t po_position(po_text text, const po_address *address, const char *where) {
  if (po_inside(where, text))
    return (size_t)(where - text.at);
  const char *origin = address->origin;
  if (!po_inside(origin, text))
    return 0;
  const po_notation_rules *rules = po_notations[address->notation];
  if (rules->find_origin != NULL && po_inside(where, address->native))
    origin = rules->find_origin(origin, po_end(text),
                                (size_t)(where - address->native.at));
  return (size_t)(origin - text.at);
}

/* Whether the fast path knows the notation, and the type may be SMTP. */
static bool may_be_plain(const po_parse_options *options) {
  return (options->notation == PO_GUESS || options->notation == PO_NATIVE ||
          options->notation == PO_HEADER) &&
         po_may_be_smtp(options);
}

bool po_parse_at_once(po_text text, const po_parse_options *options,
                      po_address *out) {
  return may_be_plain(options) &&
         po_read_plain_text(text, options->notation, out);
}

po_code po_parse(po_text text, const po_parse_options *options,
                 po_scratch *scratch, po_address *out, size_t *position) {
  if (po_parse_at_once(text, options, out))
    return PO_OK;
  return po_parse_carefully(text, options, scratch, out, position);
}

po_code po_parse_carefully(po_text text, const po_parse_options *options,
                           po_scratch *scratch, po_address *out,
                           size_t *position) {
  po_reader reader = {options, scratch, out, NULL};
  po_begin(&reader, options->notation);
  po_code code = po_notations[options->notation]->read(&reader, text);
  if (code != PO_OK)
    *position = po_position(text, out, reader.where);
  return code;
}
