/*
** The header notation: one mailbox of RFC 5322 3.4, with UTF-8 (RFC 6532).
**
**   mailbox   = name-addr / addr-spec
**   name-addr = [display-name] angle-addr
**
** What stands first is a display name or an address: the < or the @ after it
** tells.  Comments are joined by a space; a phrase may hold dots (4.1).
** Exchange and archives of its mail write a distinguished name or TYPE:address
** in the angle brackets, too.
*/
#include "header.h"

#include "path.h"
#include "scanner.h"

#include <string.h>

/* A mailbox while it is read: `words` holds the display name, and after it an
** addr-spec that had folds. */
typedef struct mailbox {
  po_reader *reader;
  po_scanner scanner;
  po_buffer words, comments;
} mailbox;

static po_code fail(mailbox *m, po_code code, const char *at) {
  return po_reader_fail(m->reader, code, at);
}

static po_text written(const po_buffer *buffer, size_t start) {
  return po_slice(buffer->at + start, buffer->at + buffer->length);
}

/* What the scanner said, with its place. */
static po_code scanned(mailbox *m, po_code code) {
  return code == PO_OK ? PO_OK : fail(m, code, m->scanner.at);
}

static po_code skip_cfws(mailbox *m) {
  return scanned(m, po_skip_cfws(&m->scanner, &m->comments));
}

/* Why the mailbox cannot end where the scanner stands. */
static po_code check_end(mailbox *m) {
  const char *at = m->scanner.at;
  if (at == m->scanner.end)
    return PO_OK;
  if (*at == ',' || *at == ';')
    return fail(m, PO_MAILBOX_SEVERAL, at);
  return fail(
      m, po_is(*at, PO_CTRL) ? PO_CONTROL_CHARACTER : PO_MAILBOX_TEXT_AFTER,
      at);
}

/* Why no mailbox goes on, after words, with what is under the scanner. */
static po_code fail_after_words(mailbox *m) {
  const char *at = m->scanner.at;
  if (*at == ':')
    return fail(m, PO_MAILBOX_GROUP, at);
  if (*at == '[')
    return fail(m, PO_MAILBOX_BRACKET, at);
  return fail(
      m, po_is(*at, PO_CTRL) ? PO_CONTROL_CHARACTER : PO_MAILBOX_CHARACTER, at);
}

/* addr-spec = local-part "@" domain, from `start` to after the domain that
** begins under the scanner */
static po_code read_addr_spec(mailbox *m, const char *start) {
  po_code code = scanned(m, po_scan_domain(&m->scanner));
  if (code == PO_OK)
    code = po_read_smtp(m->reader);
  if (code != PO_OK)
    return code;
  po_text native = po_slice(start, m->scanner.at);
  if (native.length == 0 || memchr(start, '\r', native.length) == NULL)
    return po_read_native(m->reader, native, start);
  size_t before = m->words.length;
  po_put_unfolded(&m->words, native);
  return po_read_native(m->reader, written(&m->words, before), start);
}

/* Angle brackets. */

bool po_is_dn(po_text text) {
  return text.length >= 3 &&
         po_same(po_slice(text.at, text.at + 3), po_constant("/o="));
}

bool po_is_typed(po_text text) {
  text = po_trim(text);
  return po_is_dn(text) || po_type_word(text).at != NULL;
}

/* Only a one-off writes what was read here: it carries the name, too. */
static po_code read_typed(mailbox *m, po_text word, po_text native) {
  po_code code = po_read_type(m->reader, word);
  if (code != PO_OK)
    return code;
  if (m->reader->out->dialect != &po_smtp)
    m->reader->out->notation = PO_ONEOFF;
  return po_read_as_written(m->reader, native);
}

/* A name that is no address of SMTP's: X500's if that is asked for. */
static po_code read_dn(mailbox *m, po_text dn) {
  po_text wanted = m->reader->options->type;
  bool former = wanted.at != NULL && po_dialect_of(wanted) == &po_x500;
  return read_typed(m, po_constant((former ? po_x500 : po_ex).name), dn);
}

/* [obs-route] addr-spec [CFWS] */
static po_code read_routed_spec(mailbox *m) {
  po_scanner *s = &m->scanner;
  po_text rest = po_slice(s->at, s->end);
  po_code code = PO_OK;
  if (rest.length > 0 && *rest.at == '@')
    code = po_take_route(&rest, &m->reader->out->route, &m->reader->where);
  if (code != PO_OK)
    return code;
  s->at = rest.at;
  code = scanned(m, po_scan_to_at(s));
  if (code == PO_OK)
    code = read_addr_spec(m, rest.at);
  if (code == PO_OK)
    code = skip_cfws(m);
  return code == PO_OK ? check_end(m) : code;
}

static po_code read_inside(mailbox *m) {
  po_code code = skip_cfws(m);
  if (code != PO_OK)
    return code;
  po_text inside = po_slice(m->scanner.at, m->scanner.end);
  po_text word = po_type_word(inside);
  if (word.at != NULL)
    return read_typed(m, word, po_slice(po_end(word) + 1, po_end(inside)));
  code = read_routed_spec(m);
  return code != PO_OK && po_is_dn(inside) ? read_dn(m, inside) : code;
}

/* angle-addr = [CFWS] "<" [obs-route] addr-spec ">" [CFWS] */
static po_code read_angle(mailbox *m) {
  po_scanner outer;
  po_text inside;
  if (m->words.length > 0)
    m->reader->out->display_name = written(&m->words, 0);
  po_code code = scanned(m, po_scan_angle(&m->scanner, &inside));
  if (code != PO_OK)
    return code;
  outer = m->scanner;
  m->scanner.at = inside.at;
  m->scanner.end = po_end(inside);
  code = read_inside(m);
  m->scanner = outer;
  return code;
}

/* Mailboxes. */

static po_code read_words(mailbox *m) {
  return scanned(m, po_scan_phrase(&m->scanner, &m->words, &m->comments));
}

static po_code read_mailbox(mailbox *m) {
  po_scanner *s = &m->scanner;
  po_code code = skip_cfws(m);
  if (code != PO_OK)
    return code;
  const char *start = s->at;
  code = read_words(m);
  if (code != PO_OK)
    return code;
  if (s->at == s->end)
    return fail(m, start == s->end ? PO_ADDRESS_EMPTY : PO_DOMAIN_MISSING,
                s->end);
  if (*s->at == '<' && *start == '.') /* a phrase begins with a word */
    return fail(m, PO_MAILBOX_CHARACTER, start);
  if (*s->at == '<')
    return read_angle(m);
  if (*s->at != '@')
    return fail_after_words(m);
  m->words.length = 0;
  return read_addr_spec(m, start);
}

static po_code read(po_reader *reader, po_text text) {
  size_t length = text.length;
  char *words = po_take(reader->scratch, length);
  char *comments = po_take(reader->scratch, length);
  if (words == NULL || comments == NULL)
    return PO_SCRATCH_FULL;
  mailbox m = {reader,
               {text.at, po_end(text)},
               {words, length, 0},
               {comments, length, 0}};
  po_code code = read_mailbox(&m);
  if (code == PO_OK)
    code = skip_cfws(&m);
  if (code == PO_OK)
    code = check_end(&m);
  if (m.comments.length > 0)
    reader->out->comment = written(&m.comments, 0);
  return code;
}

/* An addr-spec is decoded if it has folds. */
static const char *find_origin(const char *origin, const char *end,
                               size_t index) {
  for (; index > 0 && origin < end; index--)
    origin += po_is_fold(origin, end) ? 3 : 1;
  return origin;
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
                                           .find_origin = find_origin,
                                           .smtp_only = true,
                                           .carries_name = true,
                                           .carries_comment = true,
                                           .carries_route = true};
