/*
** The header notation: one mailbox of RFC 5322 3.4, with UTF-8 (RFC 6532).
*/
#include "mailbox.h"
#include "notation.h"
#include "path.h"

#include <string.h>

/* Why the mailbox cannot end where the scanner stands. */
static po_code check_end(const po_mailbox *m) {
  const char *at = m->scanner.at;
  po_code code = PO_MAILBOX_TEXT_AFTER;
  if (at == m->scanner.end)
    return PO_OK;
  if (*at == ',' || *at == ';')
    code = PO_MAILBOX_SEVERAL;
  else if (po_is(*at, PO_CTRL))
    code = PO_CONTROL_CHARACTER;
  return po_reader_fail(m->reader, code, at);
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
  po_mailbox m = {.reader = reader,
                  .scanner = {text.at, po_end(text),
                              po_allow(reader->options, PO_PROFILE_OBSOLETE),
                              reader->options->charsets}};
  if (!po_gather(&m.gathered, reader->scratch, text.length))
    return PO_SCRATCH_FULL;
  po_code code = po_read_mailbox(&m);
  if (code == PO_OK)
    code = check_end(&m);
  if (code == PO_OK)
    note_white_space(&m, text);
  return code;
}

/* Writing. */

/*
** Whether the ? at `at` makes the front of an encoded word of what is written
** from `start` on.  A reader would decode it, some even in quotes, though RFC
** 2047 5 forbids it: a backslash before the ? keeps everybody from it.
*/
static bool is_encoded_word(const char *at, const char *start) {
  return *at == '?' && at > start && at[-1] == '=';
}

/* Whether a display name can stand without quotes: words and single spaces. */
static bool is_phrase(po_text name) {
  char last = ' ';
  for (const char *at = name.at, *end = po_end(name); at < end; at++) {
    if (*at == ' ' && last == ' ')
      return false;
    if (*at != ' ' && !po_is(*at, PO_ATEXT | PO_HIGH))
      return false;
    if (is_encoded_word(at, name.at))
      return false;
    last = *at;
  }
  return last != ' ';
}

static void put_escaped(po_buffer *out, po_text text, const char *specials) {
  for (const char *at = text.at; at < po_end(text); at++) {
    bool special = *at != '\0' && strchr(specials, *at) != NULL;
    if (special || is_encoded_word(at, text.at))
      po_put_char(out, '\\');
    po_put_char(out, *at);
  }
}

static void put_name(po_buffer *out, po_text name) {
  if (is_phrase(name)) {
    po_put(out, name);
    return;
  }
  po_put_char(out, '"');
  put_escaped(out, name, "\"\\");
  po_put_char(out, '"');
}

static void write(const po_address *address, po_text native, po_buffer *out) {
  if (address->display_name.length > 0) {
    put_name(out, address->display_name);
    po_put_char(out, ' ');
  }
  if (address->display_name.length > 0 || address->route.length > 0)
    po_put_path(out, address->route, native);
  else
    po_put(out, native);
  if (address->comment.length > 0) {
    po_put(out, po_constant(" ("));
    put_escaped(out, address->comment, "()\\");
    po_put_char(out, ')');
  }
}

const po_notation_rules po_header_rules = {.name = "header",
                                           .read = read,
                                           .write = write,
                                           .smtp_only = true,
                                           .carries_name = true,
                                           .carries_comment = true,
                                           .carries_route = true};
