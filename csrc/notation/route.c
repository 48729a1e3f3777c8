/*
** Source routes, "@a.example,@b.example:": kept, and otherwise ignored (RFC
** 5321 appendix C).  A hop is a domain that SMTP could have, no more.
*/
#include "route.h"

#include <string.h>

/* The colon after a source route; those inside [IPv6:...] are skipped. */
static const char *find_colon(const char *at, const char *end) {
  bool literal = false;
  for (; at < end; at++) {
    if (*at == ':' && !literal)
      return at;
    if (*at == '[' && at[-1] == '@')
      literal = true;
    if (*at == ']')
      literal = false;
  }
  return NULL;
}

/* At-domain = "@" Domain; `hop` may be empty. */
static po_code check_hop(po_reader *reader, po_text hop) {
  if (hop.length == 0 || *hop.at != '@')
    return po_reader_fail(reader, PO_ROUTE_INVALID, hop.at);
  po_text domain = po_slice(hop.at + 1, po_end(hop));
  po_code code = po_parse_domain(domain, &reader->where);
  if (code == PO_OK || code == PO_UTF8_INVALID)
    return code;
  return po_reader_fail(reader, PO_ROUTE_INVALID, reader->where);
}

/* A-d-l = At-domain *("," At-domain) */
static po_code check_route(po_reader *reader, po_text route) {
  const char *at = route.at, *end = po_end(route);
  const char *control = po_find_control(route);
  if (control != NULL)
    return po_reader_fail(reader, PO_CONTROL_CHARACTER, control);
  for (;;) {
    const char *comma = memchr(at, ',', (size_t)(end - at));
    po_code code = check_hop(reader, po_slice(at, comma == NULL ? end : comma));
    if (code != PO_OK || comma == NULL)
      return code;
    at = comma + 1;
  }
}

po_code po_read_route(po_reader *reader, po_text *text) {
  const char *end = po_end(*text), *colon = find_colon(text->at, end);
  if (colon == NULL)
    return po_reader_fail(reader, PO_ROUTE_INVALID, end);
  reader->out->route = po_slice(text->at, colon);
  *text = po_slice(colon + 1, end);
  return check_route(reader, reader->out->route);
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
