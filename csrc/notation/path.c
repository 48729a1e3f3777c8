/*
** The path notation of RFC 5321 4.1.2: <user@domain>, with a source route
** <@a,@b:user@domain> that is kept and otherwise ignored (appendix C), the
** null reverse-path <> and <Postmaster> in any case (4.1.1.3).
*/
#include "notation.h"

#include <string.h>

const char *po_skip_quoted(const char *at, const char *end) {
  for (at++; at < end && *at != '"'; at++)
    if (*at == '\\' && ++at == end)
      return NULL;
  return at < end ? at + 1 : NULL;
}

/* The > that closes the < at `at`, or NULL. */
static const char *find_close(const char *at, const char *end) {
  while (at < end && *at != '>') {
    at = *at == '"' ? po_skip_quoted(at, end) : at + 1;
    if (at == NULL)
      return NULL;
  }
  return at < end ? at : NULL;
}

/* "@a,@b" before the colon: domains without the rest of an address. */
static po_code check_route(po_reader *reader, po_text route) {
  const char *at = route.at, *end = po_end(route);
  while (at < end) {
    const char *comma = memchr(at, ',', (size_t)(end - at));
    const char *hop_end = comma == NULL ? end : comma;
    if (*at != '@' || hop_end - at < 2 || comma == end - 1)
      return po_reader_fail(reader, PO_ROUTE_INVALID, at);
    for (const char *c = at + 1; c < hop_end; c++)
      if (!po_is(*c, PO_ATEXT | PO_HIGH) && strchr(".[]:", *c) == NULL)
        return po_reader_fail(reader, PO_ROUTE_INVALID, c);
    at = comma == NULL ? end : comma + 1;
  }
  return PO_OK;
}

/* The colon behind a source route; those inside [IPv6:...] are skipped. */
static const char *find_colon(const char *at, const char *end) {
  bool literal = false;
  for (; at < end; at++) {
    if (*at == ':' && !literal)
      return at;
    literal = *at == '[' || (literal && *at != ']');
  }
  return NULL;
}

static po_code read_route(po_reader *reader, po_text *address) {
  const char *end = po_end(*address);
  const char *colon = find_colon(address->at, end);
  if (colon == NULL)
    return po_reader_fail(reader, PO_ROUTE_INVALID, end);
  reader->out->route = po_slice(address->at, colon);
  *address = po_slice(colon + 1, end);
  return check_route(reader, reader->out->route);
}

/* <> and <Postmaster>, which have no domain. */
static bool is_special(po_text address) {
  return address.length == 0 || po_same(address, po_constant("Postmaster"));
}

po_code po_read_angle(po_reader *reader, po_text text) {
  const char *end = po_end(text);
  const char *close = find_close(text.at, end);
  if (close == NULL)
    return po_reader_fail(reader, PO_ANGLE_UNCLOSED, end);
  if (close + 1 < end)
    return po_reader_fail(reader, PO_MAILBOX_TEXT_AFTER, close + 1);
  po_text address = po_trim(po_slice(text.at + 1, close));
  po_code code = po_read_type(reader, po_constant(po_smtp.name));
  if (code == PO_OK && address.length > 0 && *address.at == '@')
    code = read_route(reader, &address);
  if (code != PO_OK)
    return code;
  return po_read_native(reader, address, address.at);
}

static po_code read(po_reader *reader, po_text text) {
  text = po_trim(text);
  if (text.length == 0 || *text.at != '<')
    return po_reader_fail(reader, PO_PATH_ANGLE_MISSING, text.at);
  po_text inside = po_slice(text.at + 1, po_end(text));
  if (inside.length > 0 && po_end(inside)[-1] == '>')
    inside.length--;
  inside = po_trim(inside);
  if (po_end(text)[-1] != '>' || !is_special(inside))
    return po_read_angle(reader, text);
  po_code code = po_read_type(reader, po_constant(po_smtp.name));
  reader->out->field[PO_LOCALPART] = inside;
  reader->out->native = inside;
  reader->out->origin = inside.at;
  return code;
}

static void write(const po_address *address, po_text native, po_buffer *out) {
  po_put_char(out, '<');
  if (address->route.length > 0) {
    po_put(out, address->route);
    po_put_char(out, ':');
  }
  po_put(out, native);
  po_put_char(out, '>');
}

const po_notation_rules po_path_rules = {"path", read,  write, true,
                                         false,  false, true,  false};
