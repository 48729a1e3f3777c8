/*
** The native notation: the address as its own mail system writes it, without
** its type.  Unless a type was asked for it is SMTP.
*/
#include "notation.h"

static po_code read(po_reader *reader, po_text text) {
  po_text type = reader->options->type;
  po_code code =
      type.at != NULL ? po_read_type(reader, type) : po_read_smtp(reader);
  return code == PO_OK ? po_read_as_written(reader, text) : code;
}

static void write(const po_address *address, po_text native, po_buffer *out) {
  (void)address;
  po_put(out, native);
}

const po_notation_rules po_native_rules = {
    .name = "native", .read = read, .write = write};
