#include "angle.h"

#include "plain.h"

#include <string.h>

/* Other types. */

bool po_is_dn(po_text text) {
  return text.length >= 3 &&
         po_same(po_slice(text.at, text.at + 3), po_constant("/o="));
}

/*
** What stands up to the >, even if a quote that is open holds it: in other
** types it may be no quote.  A < before it begins another address, so that what
** is not closed takes none with it and is looked at once.
*/
static po_code scan_typed(po_mailbox *m, po_text *inside) {
  po_scanner *s = &m->scanner, quoted = *s;
  const char *start = s->at;
  quoted.allowance.notes = NULL;
  if (po_scan_to_bracket(&quoted) == PO_OK && po_is_at(&quoted, '>'))
    s->at = quoted.at;
  while (s->at < s->end && *s->at != '<' && *s->at != '>')
    s->at++;
  if (!po_mailbox_is_at(m, '>'))
    return PO_ANGLE_UNCLOSED;
  *inside = po_slice(start, s->at++);
  return PO_OK;
}

/* Only a one-off writes what was read here: it carries the name, too.  A
** failure is at `start` if its place is not in what follows that. */
static po_code read_typed(po_mailbox *m, po_text word, const char *start,
                          po_text native) {
  po_reader *reader = m->reader;
  po_code code = po_read_type(reader, word);
  if (code == PO_OK)
    code = po_read_as_written(reader, native);
  if (code == PO_OK) {
    reader->out->notation = PO_ONEOFF;
    return po_mailbox_skip_cfws(m);
  }
  const char *where = reader->where;
  m->passed = m->scanner.at;
  m->scanner.at = po_inside(where, po_slice(start, m->passed)) ? where : start;
  return code;
}

/* TYPE:address, after the < */
static po_code read_proxy(po_mailbox *m, po_text word) {
  po_text inside;
  po_code code = scan_typed(m, &inside);
  return code == PO_OK ? read_typed(m, word, word.at,
                                    po_slice(po_end(word) + 1, po_end(inside)))
                       : code;
}

/* A name that is no address of SMTP's, after the <: X500's if that is asked
** for. */
static po_code read_dn(po_mailbox *m) {
  po_text wanted = m->reader->options->type, inside;
  bool former = wanted.at != NULL && po_dialect_of(wanted) == &po_x500;
  po_code code = scan_typed(m, &inside);
  return code == PO_OK
             ? read_typed(m, po_constant((former ? po_x500 : po_ex).name),
                          inside.at, inside)
             : code;
}

/* Angle brackets. */

/* More brackets than one, at `c`. */
po_code po_skip_doubled(po_mailbox *m, char c) {
  po_code code = PO_OK;
  while (code == PO_OK && po_mailbox_is_at(m, c) &&
         po_mailbox_allows(m, PO_SWITCH_BRACKETS)) {
    code = po_mailbox_use(m, PO_SWITCH_BRACKETS);
    m->scanner.at++;
    if (code == PO_OK)
      code = po_mailbox_skip_cfws(m);
  }
  return code;
}

/* Whether a > stands not too far away to be looked for at each comma. */
static bool is_closed_near(const po_scanner *s) {
  enum { NEAR = 1024 };
  size_t length = (size_t)(s->end - s->at);
  return memchr(s->at, '>', length < NEAR ? length : NEAR) != NULL;
}

/* ">" [CFWS], or what is forgiven in its place */
static po_code read_close(po_mailbox *m) {
  po_scanner *s = &m->scanner;
  if (po_mailbox_is_at(m, '>')) {
    s->at++;
    m->angle = false;
    po_code code = po_mailbox_skip_cfws(m);
    return code == PO_OK ? po_skip_doubled(m, '>') : code;
  }
  if (po_mailbox_is_at(m, ',') && m->listed &&
      po_mailbox_allows(m, PO_SWITCH_ANGLE_LISTS) &&
      (m->angle || is_closed_near(s))) {
    m->angle = true;
    return po_mailbox_use(m, PO_SWITCH_ANGLE_LISTS);
  }
  if (po_mailbox_is_over(m) && po_mailbox_allows(m, PO_SWITCH_BRACKETS))
    return po_mailbox_use(m, PO_SWITCH_BRACKETS);
  if (s->at == s->end)
    return PO_ANGLE_UNCLOSED;
  if (po_mailbox_is_at(m, ',') || po_mailbox_is_at(m, ';'))
    return PO_MAILBOX_SEVERAL;
  return po_scan_fail(s, PO_MAILBOX_TEXT_AFTER);
}

/* Where a URI ends. */
static const char *end_of_uri(const po_scanner *s) {
  const char *at = s->at;
  while (at < s->end && !po_is(*at, PO_WSP | PO_CTRL) && *at != '>' &&
         *at != ',' && *at != ';')
    at++;
  return at;
}

/* Text with its %HH decoded. */
static po_text decode_uri(po_buffer *words, po_text uri) {
  size_t start = words->length;
  for (const char *at = uri.at, *end = po_end(uri); at < end; at++) {
    char byte = *at;
    if (byte == '%' && po_read_hex(at + 1, end, &byte))
      at += 2;
    po_put_char(words, byte);
  }
  return po_gathered_from(words, start);
}

/*
** "mailto:" addr-spec ["?" hfields] (RFC 6068 2): the first address alone, of
** which no byte stands in the input as it is.
*/
po_code po_read_uri(po_mailbox *m, po_text word) {
  po_scanner *s = &m->scanner;
  po_code code = po_mailbox_use(m, PO_SWITCH_MAILTO);
  const char *start = s->at = po_end(word) + 1, *end = end_of_uri(s);
  const char *query = memchr(start, '?', (size_t)(end - start));
  po_text uri = decode_uri(&m->gathered.words,
                           po_slice(start, query == NULL ? end : query));
  po_scanner outer = *s;
  s->at = uri.at;
  s->end = po_end(uri);
  if (code == PO_OK)
    code = po_mailbox_addr_spec(m);
  if (code == PO_OK && s->at < s->end)
    code = PO_MAILBOX_TEXT_AFTER;
  *s = outer;
  if (code != PO_OK)
    return code;
  m->reader->out->origin = start;
  s->at = end;
  return po_mailbox_skip_cfws(m);
}

/* The "mailto" of the URI at `at`, absent where none is read. */
po_text po_find_mailto(const po_mailbox *m, const char *at) {
  static const po_text absent;
  if (!po_mailbox_allows(m, PO_SWITCH_MAILTO))
    return absent;
  po_text word = po_type_word(po_slice(at, m->scanner.end));
  return po_same(word, po_constant("mailto")) ? word : absent;
}

/* [obs-route] addr-spec ">" [CFWS] */
static po_code read_routed_spec(po_mailbox *m) {
  po_code code = po_mailbox_skip_cfws(m);
  if (code == PO_OK && (po_mailbox_is_at(m, '@') || po_mailbox_is_at(m, ',')))
    code = po_scan_route(&m->scanner, &m->gathered, &m->reader->out->route);
  if (code == PO_OK)
    code = po_mailbox_skip_cfws(m);
  if (code == PO_OK && po_mailbox_is_at(m, '>'))
    return PO_ADDRESS_EMPTY;
  if (code == PO_OK && m->scanner.at == m->scanner.end)
    return PO_ANGLE_UNCLOSED;
  if (code == PO_OK)
    code = po_mailbox_addr_spec(m);
  return code == PO_OK ? read_close(m) : code;
}

/* What stands after the <, a plain address at once. */
static bool read_plain_inside(po_mailbox *m) {
  enum { NEAR = 72 };
  po_scanner *s = &m->scanner;
  size_t length = (size_t)(s->end - s->at);
  const char *close = memchr(s->at, '>', length < NEAR ? length : NEAR);
  if (close == NULL || po_read_smtp(m->reader) != PO_OK ||
      !po_read_plain_spec(po_slice(s->at, close), m->reader->out))
    return false;
  s->at = close;
  return true;
}

/* What begins as a distinguished name: that, if no domain follows. */
static po_code read_dn_or_spec(po_mailbox *m) {
  po_switches allowed = m->scanner.allowance.allowed;
  po_checkpoint start = po_mailbox_remember(m);
  m->scanner.allowance.allowed &= ~PO_SWITCH_BIT(PO_SWITCH_NO_DOMAIN);
  po_code code = read_routed_spec(m);
  m->scanner.allowance.allowed = allowed;
  if (code == PO_OK)
    return PO_OK;
  po_mailbox_go_back(m, start);
  return po_mailbox_allows(m, PO_SWITCH_TYPED) ? read_dn(m) : PO_ADDRESS_DN;
}

po_code po_read_inside(po_mailbox *m) {
  po_scanner *s = &m->scanner;
  if (read_plain_inside(m))
    return read_close(m);
  po_code code = po_mailbox_skip_cfws(m);
  if (code == PO_OK)
    code = po_skip_doubled(m, '<');
  if (code != PO_OK)
    return code;
  po_text rest = po_slice(s->at, s->end), word = po_type_word(rest);
  po_text uri = po_find_mailto(m, s->at);
  if (uri.at != NULL) {
    code = po_read_uri(m, uri);
    return code == PO_OK ? read_close(m) : code;
  }
  if (word.at != NULL && po_mailbox_allows(m, PO_SWITCH_TYPED)) {
    if (po_dialect_of(word) != &po_smtp)
      return read_proxy(m, word);
    s->at = po_end(word) + 1;
  }
  return po_is_dn(rest) ? read_dn_or_spec(m) : read_routed_spec(m);
}

/* angle-addr = [CFWS] "<" addr-spec ">" [CFWS] / obs-angle-addr */
po_code po_read_angle(po_mailbox *m) {
  m->scanner.at++;
  return po_read_inside(m);
}
