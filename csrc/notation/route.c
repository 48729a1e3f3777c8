#include "route.h"

po_code po_read_route(po_reader *reader, po_text *text) {
  return po_take_route(text, &reader->out->route, &reader->where);
}

void po_put_angle(po_buffer *out, po_text route, po_text native) {
  po_put_char(out, '<');
  if (route.length > 0) {
    po_put(out, route);
    po_put_char(out, ':');
  }
  po_put(out, native);
  po_put_char(out, '>');
}
