/*
** The path notation of RFC 5321 4.1.2: <user@domain>, with a source route
** <@a,@b:user@domain>, the null reverse-path <> and <Postmaster> in any case
** (4.1.1.3).
*/
#include "path.h"

#include "scanner.h"

/* <> and <Postmaster>, which have no domain. */
static bool is_special(po_text address) {
  return address.length == 0 || po_same(address, po_constant("Postmaster"));
}

static po_code read_special(po_reader *reader, po_text inside) {
  reader->out->field[PO_LOCALPART] = inside;
  reader->out->native = inside;
  reader->out->origin = inside.at;
  return PO_OK;
}

/* No white space stands inside the brackets. */
static po_code read_mailbox(po_reader *reader, po_text text) {
  const char *end = po_end(text);
  if (text.length > 0 && po_is(*text.at, PO_WSP))
    return po_reader_fail(reader, PO_LOCALPART_CHARACTER, text.at);
  if (text.length > 0 && po_is(end[-1], PO_WSP))
    return po_reader_fail(reader, PO_DOMAIN_CHARACTER, end - 1);
  return po_read_native(reader, text, text.at);
}

/* Path = "<" [ A-d-l ":" ] Mailbox ">" */
static po_code read(po_reader *reader, po_text text) {
  po_text inside;
  text = po_trim(text);
  po_scanner s = {text.at, po_end(text), {PO_NO_SWITCH, NULL}, NULL};
  if (text.length == 0 || *text.at != '<')
    return po_reader_fail(reader, PO_PATH_ANGLE_MISSING, text.at);
  po_code code = po_scan_angle(&s, &inside);
  if (code != PO_OK)
    return po_reader_fail(reader, code, s.at);
  if (s.at < s.end)
    return po_reader_fail(
        reader, *s.at == ',' ? PO_MAILBOX_SEVERAL : PO_MAILBOX_TEXT_AFTER,
        s.at);
  code = po_read_smtp(reader);
  if (code != PO_OK)
    return code;
  if (is_special(inside))
    return read_special(reader, inside);
  if (*inside.at == '@')
    code = po_take_route(&inside, &reader->out->route, &reader->where);
  return code == PO_OK ? read_mailbox(reader, inside) : code;
}

void po_put_path(po_buffer *out, po_text route, po_text native) {
  po_put_char(out, '<');
  if (route.length > 0) {
    po_put(out, route);
    po_put_char(out, ':');
  }
  po_put(out, native);
  po_put_char(out, '>');
}

static void write(const po_address *address, po_text native, po_buffer *out) {
  po_put_path(out, address->route, native);
}

const po_notation_rules po_path_rules = {.name = "path",
                                         .read = read,
                                         .write = write,
                                         .smtp_only = true,
                                         .carries_route = true};
