/*
** Source routes, "@a.example,@b.example:": kept, and otherwise ignored (RFC
** 5321 appendix C).
**
**   A-d-l     = At-domain *( "," At-domain )
**   At-domain = "@" Domain                                    (RFC 5321 4.1.2)
*/
#include "dialect.h"

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

/* At-domain; `hop` may be empty. */
static po_code check_hop(po_text hop, const char **where) {
  if (hop.length == 0 || *hop.at != '@')
    return po_fail(PO_ROUTE_INVALID, hop.at, where);
  po_code code = po_parse_domain(po_slice(hop.at + 1, po_end(hop)), where);
  return code == PO_OK || code == PO_UTF8_INVALID ? code : PO_ROUTE_INVALID;
}

po_code po_parse_route(po_text route, const char **where) {
  const char *at = route.at, *end = po_end(route);
  const char *control = po_find_control(route);
  if (control != NULL)
    return po_fail(PO_CONTROL_CHARACTER, control, where);
  for (;;) {
    const char *comma = memchr(at, ',', (size_t)(end - at));
    po_code code = check_hop(po_slice(at, comma == NULL ? end : comma), where);
    if (code != PO_OK || comma == NULL)
      return code;
    at = comma + 1;
  }
}

po_code po_take_route(po_text *text, po_text *route, const char **where) {
  const char *end = po_end(*text), *colon = find_colon(text->at, end);
  if (colon == NULL)
    return po_fail(PO_ROUTE_INVALID, end, where);
  *route = po_slice(text->at, colon);
  *text = po_slice(colon + 1, end);
  return po_parse_route(*route, where);
}
