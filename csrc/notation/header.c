/*
** The header notation: one mailbox of RFC 5322 3.4, with UTF-8 (RFC 6532).
*/
#include "mailbox.h"
#include "name.h"
#include "notation.h"
#include "path.h"

/* Why the mailbox cannot end where the scanner stands. */
static po_code check_end(const po_mailbox *m) {
  const po_scanner *s = &m->scanner;
  if (s->at == s->end)
    return PO_OK;
  bool several = *s->at == ',' || *s->at == ';';
  po_code code =
      several ? PO_MAILBOX_SEVERAL : po_scan_fail(s, PO_MAILBOX_TEXT_AFTER);
  return po_reader_fail(m->reader, code, s->at);
}

/* White space around an addr-spec belongs to RFC 5322 alone. */
static void note_white_space(const po_mailbox *m, po_text text) {
  po_text native = m->reader->out->native;
  bool around = text.length > 0 && (po_is(*text.at, PO_WSP | PO_CTRL) ||
                                    po_is(po_end(text)[-1], PO_WSP));
  if (around && m->reader->out->display_name.at == NULL &&
      po_inside(native.at, text))
    po_note(&m->scanner.allowance, PO_WHITE_SPACE, text.at);
}

static po_code read(po_reader *reader, po_text text) {
  po_mailbox m;
  po_scanner s = {text.at, po_end(text),
                  po_allow(reader->options, PO_PROFILE_OBSOLETE),
                  reader->options->charsets};
  if (!po_mailbox_begin(&m, reader, s))
    return PO_SCRATCH_FULL;
  po_code code = po_read_mailbox(&m);
  if (code == PO_OK)
    code = check_end(&m);
  if (code == PO_OK)
    note_white_space(&m, text);
  return code;
}

/* Writing. */

static void write(const po_address *address, po_text native, po_buffer *out) {
  if (address->display_name.length > 0) {
    po_put_name(out, address->display_name);
    po_put_char(out, ' ');
  }
  if (address->display_name.length > 0 || address->route.length > 0)
    po_put_path(out, address->route, native);
  else
    po_put(out, native);
  if (address->comment.length > 0) {
    po_put_char(out, ' ');
    po_put_comment(out, address->comment);
  }
}

const po_notation_rules po_header_rules = {.name = "header",
                                           .read = read,
                                           .write = write,
                                           .smtp_only = true,
                                           .carries_name = true,
                                           .carries_comment = true,
                                           .carries_route = true};
