/*
**   mailbox   = name-addr / addr-spec
**   name-addr = [display-name] angle-addr
**
** What stands first is a display name or an address: the < or the @ after it
** tells.  Comments are joined by a space.  Exchange and archives of its mail
** write a distinguished name or TYPE:address in the angle brackets, too.
*/
#include "mailbox.h"

#include "plain.h"

#include <string.h>

static bool allows(const po_mailbox *m, po_switch which) {
  return po_allows(&m->scanner.allowance, which);
}

static bool is_at(const po_mailbox *m, char c) {
  return po_is_at(&m->scanner, c);
}

static po_code use(po_mailbox *m, po_switch which) {
  return po_scan_use(&m->scanner, which, m->scanner.at);
}

static po_code skip_cfws(po_mailbox *m) {
  return po_skip_cfws(&m->scanner, &m->gathered.comments);
}

/* Whether nothing of the mailbox can follow. */
static bool is_over(const po_mailbox *m) {
  return m->scanner.at == m->scanner.end || is_at(m, ',') || is_at(m, ';');
}

/* What could be read as a name and turned out to be none is forgotten. */
typedef struct checkpoint {
  const char *at;
  size_t words, comments;
  int notes;
} checkpoint;

static checkpoint remember(const po_mailbox *m) {
  const po_findings *notes = m->scanner.allowance.notes;
  return (checkpoint){m->scanner.at, m->gathered.words.length,
                      m->gathered.comments.length,
                      notes == NULL ? 0 : notes->count};
}

static void go_back(po_mailbox *m, checkpoint to) {
  m->scanner.at = to.at;
  m->gathered.words.length = to.words;
  m->gathered.comments.length = to.comments;
  if (m->scanner.allowance.notes != NULL)
    m->scanner.allowance.notes->count = to.notes;
}

/* addr-spec */
static po_code read_addr_spec(po_mailbox *m) {
  po_code code = po_read_smtp(m->reader);
  if (code == PO_OK)
    code = po_scan_addr_spec(&m->scanner, &m->gathered, m->reader->out);
  return code;
}

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
  if (!is_at(m, '>'))
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
    return skip_cfws(m);
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
static po_code skip_doubled(po_mailbox *m, char c) {
  po_code code = PO_OK;
  while (code == PO_OK && is_at(m, c) && allows(m, PO_SWITCH_BRACKETS)) {
    code = use(m, PO_SWITCH_BRACKETS);
    m->scanner.at++;
    if (code == PO_OK)
      code = skip_cfws(m);
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
  if (is_at(m, '>')) {
    s->at++;
    m->angle = false;
    po_code code = skip_cfws(m);
    return code == PO_OK ? skip_doubled(m, '>') : code;
  }
  if (is_at(m, ',') && m->listed && allows(m, PO_SWITCH_ANGLE_LISTS) &&
      (m->angle || is_closed_near(s))) {
    m->angle = true;
    return use(m, PO_SWITCH_ANGLE_LISTS);
  }
  if (is_over(m) && allows(m, PO_SWITCH_BRACKETS))
    return use(m, PO_SWITCH_BRACKETS);
  if (s->at == s->end)
    return PO_ANGLE_UNCLOSED;
  if (is_at(m, ',') || is_at(m, ';'))
    return PO_MAILBOX_SEVERAL;
  return po_is(*s->at, PO_CTRL) ? PO_CONTROL_CHARACTER : PO_MAILBOX_TEXT_AFTER;
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
    bool escape = *at == '%' && end - at > 2 && po_is(at[1], PO_HEX) &&
                  po_is(at[2], PO_HEX);
    po_put_char(words,
                escape ? (char)(po_hex_value(at[1]) * 16 + po_hex_value(at[2]))
                       : *at);
    at += escape ? 2 : 0;
  }
  return po_gathered_from(words, start);
}

/*
** "mailto:" addr-spec ["?" hfields] (RFC 6068 2): the first address alone, of
** which no byte stands in the input as it is.
*/
static po_code read_uri(po_mailbox *m, po_text word) {
  po_scanner *s = &m->scanner;
  po_code code = use(m, PO_SWITCH_MAILTO);
  const char *start = s->at = po_end(word) + 1, *end = end_of_uri(s);
  const char *query = memchr(start, '?', (size_t)(end - start));
  po_text uri = decode_uri(&m->gathered.words,
                           po_slice(start, query == NULL ? end : query));
  po_scanner outer = *s;
  s->at = uri.at;
  s->end = po_end(uri);
  if (code == PO_OK)
    code = read_addr_spec(m);
  if (code == PO_OK && s->at < s->end)
    code = PO_MAILBOX_TEXT_AFTER;
  *s = outer;
  if (code != PO_OK)
    return code;
  m->reader->out->origin = start;
  s->at = end;
  return skip_cfws(m);
}

/* The "mailto" of the URI at `at`, absent where none is read. */
static po_text find_mailto(const po_mailbox *m, const char *at) {
  static const po_text absent;
  if (!allows(m, PO_SWITCH_MAILTO))
    return absent;
  po_text word = po_type_word(po_slice(at, m->scanner.end));
  return po_same(word, po_constant("mailto")) ? word : absent;
}

/* [obs-route] addr-spec ">" [CFWS] */
static po_code read_routed_spec(po_mailbox *m) {
  po_code code = skip_cfws(m);
  if (code == PO_OK && (is_at(m, '@') || is_at(m, ',')))
    code = po_scan_route(&m->scanner, &m->gathered, &m->reader->out->route);
  if (code == PO_OK)
    code = skip_cfws(m);
  if (code == PO_OK && is_at(m, '>'))
    return PO_ADDRESS_EMPTY;
  if (code == PO_OK && m->scanner.at == m->scanner.end)
    return PO_ANGLE_UNCLOSED;
  if (code == PO_OK)
    code = read_addr_spec(m);
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
  checkpoint start = remember(m);
  m->scanner.allowance.allowed &= ~PO_SWITCH_BIT(PO_SWITCH_NO_DOMAIN);
  po_code code = read_routed_spec(m);
  m->scanner.allowance.allowed = allowed;
  if (code == PO_OK)
    return PO_OK;
  go_back(m, start);
  return allows(m, PO_SWITCH_TYPED) ? read_dn(m) : PO_ADDRESS_DN;
}

static po_code read_inside(po_mailbox *m) {
  po_scanner *s = &m->scanner;
  if (read_plain_inside(m))
    return read_close(m);
  po_code code = skip_cfws(m);
  if (code == PO_OK)
    code = skip_doubled(m, '<');
  if (code != PO_OK)
    return code;
  po_text rest = po_slice(s->at, s->end), word = po_type_word(rest);
  po_text uri = find_mailto(m, s->at);
  if (uri.at != NULL) {
    code = read_uri(m, uri);
    return code == PO_OK ? read_close(m) : code;
  }
  if (word.at != NULL && allows(m, PO_SWITCH_TYPED)) {
    if (po_dialect_of(word) != &po_smtp)
      return read_proxy(m, word);
    s->at = po_end(word) + 1;
  }
  return po_is_dn(rest) ? read_dn_or_spec(m) : read_routed_spec(m);
}

/* angle-addr = [CFWS] "<" addr-spec ">" [CFWS] / obs-angle-addr */
static po_code read_angle(po_mailbox *m) {
  m->scanner.at++;
  return read_inside(m);
}

/* Names. */

/* The display name is what was gathered from `start` on. */
static void set_name(po_mailbox *m, size_t start) {
  po_text name = po_gathered_from(&m->gathered.words, start);
  if (name.length > 0)
    m->reader->out->display_name = name;
}

/* What stands beside a plain address may have what nobody may write. */
static void invalidate(po_mailbox *m) {
  po_address *out = m->reader->out;
  if (out->display_name.length > 0 || m->gathered.comments.length > 0)
    out->valid = false;
}

/* The words before the scanner make a display name. */
static po_code read_phrase(po_mailbox *m, checkpoint start,
                           const po_phrase *phrase) {
  set_name(m, start.words);
  if (phrase->encoded)
    m->reader->out->display_raw = po_slice(start.at, phrase->end);
  return phrase->dot == NULL
             ? PO_OK
             : po_scan_use(&m->scanner, PO_SWITCH_DOTTED_NAMES, phrase->dot);
}

/* name-addr, whose name has been read */
static po_code read_named(po_mailbox *m, checkpoint start,
                          const po_phrase *phrase) {
  po_code code = read_phrase(m, start, phrase);
  return code == PO_OK ? read_angle(m) : code;
}

/* Name [user@domain] */
static po_code read_square(po_mailbox *m, checkpoint start,
                           const po_phrase *phrase) {
  if (!allows(m, PO_SWITCH_SQUARE))
    return PO_MAILBOX_BRACKET;
  po_code code = use(m, PO_SWITCH_SQUARE);
  if (code == PO_OK)
    code = read_phrase(m, start, phrase);
  if (code != PO_OK)
    return code;
  m->scanner.at++;
  code = read_addr_spec(m);
  if (code != PO_OK)
    return code;
  if (!is_at(m, ']'))
    return PO_MAILBOX_BRACKET;
  m->scanner.at++;
  return skip_cfws(m);
}

/* An address whose name turns out to be an address, too. */
static po_code rename_to_address(po_mailbox *m, const char *start) {
  po_text name = po_slice(start, m->scanner.at);
  po_code code = use(m, PO_SWITCH_ADDRESS_NAMES);
  if (code != PO_OK)
    return code;
  m->gathered.words.length = 0;
  po_put_collapsed(&m->gathered.words, name, po_put);
  set_name(m, 0);
  return read_angle(m);
}

/* Names and addresses. */

/* The words before the last are the name, the last begins the address, whose @
** was seen. */
static po_code read_bare_name(po_mailbox *m, checkpoint start,
                              const po_phrase *phrase) {
  po_scanner *s = &m->scanner;
  const char *end = s->end;
  po_phrase name;
  go_back(m, start);
  s->end = phrase->last;
  po_code code =
      po_scan_phrase(s, &m->gathered.words, &m->gathered.comments, &name);
  s->end = end;
  if (code == PO_OK)
    code = po_scan_use(s, PO_SWITCH_BARE_NAMES, phrase->last);
  if (code == PO_OK)
    code = read_phrase(m, start, &name);
  if (code == PO_OK)
    code = read_addr_spec(m);
  return code == PO_OK && m->reader->out->field[PO_DOMAIN].at == NULL
             ? PO_DOMAIN_MISSING
             : code;
}

/* A plain addr-spec that is the whole mailbox, but for comments after it; else
** nothing is read. */
static bool read_plain_bare(po_mailbox *m) {
  po_address *out = m->reader->out;
  checkpoint start = remember(m);
  if (is_at(m, '"') || po_read_smtp(m->reader) != PO_OK)
    return false;
  const char *end = po_read_plain_front(start.at, m->scanner.end, out);
  if (end == NULL)
    return false;
  m->scanner.at = end;
  if (skip_cfws(m) == PO_OK && is_over(m))
    return true;
  out->plain = out->valid = false;
  go_back(m, start);
  return false;
}

/* An addr-spec, and what is forgiven around it. */
static po_code read_bare(po_mailbox *m, checkpoint start,
                         const po_phrase *phrase) {
  go_back(m, start);
  if (read_plain_bare(m))
    return PO_OK;
  po_code code = read_addr_spec(m);
  if (code != PO_OK && phrase->last > start.at &&
      allows(m, PO_SWITCH_BARE_NAMES))
    code = read_bare_name(m, start, phrase);
  if (code == PO_OK && is_at(m, '<') && allows(m, PO_SWITCH_ADDRESS_NAMES))
    return rename_to_address(m, start.at);
  if (code == PO_OK && is_at(m, '>'))
    return skip_doubled(m, '>');
  return code;
}

/* More words of a name, after a comma or a colon that belongs to it. */
static po_code read_more_words(po_mailbox *m, po_phrase *phrase) {
  po_scanner *s = &m->scanner;
  po_buffer *words = &m->gathered.words;
  po_phrase more;
  if (po_is(s->at[-1], PO_WSP) && *s->at == ':')
    po_put_char(words, ' ');
  po_put_char(words, *s->at++);
  const char *after = s->at;
  po_code code = skip_cfws(m);
  if (code != PO_OK)
    return code;
  if (s->at > after && !is_at(m, ':'))
    po_put_char(words, ' ');
  code = po_scan_phrase(s, words, &m->gathered.comments, &more);
  if (phrase->dot == NULL)
    phrase->dot = more.dot;
  phrase->end = more.end;
  phrase->encoded = phrase->encoded || more.encoded;
  return code;
}

/* A name that goes on after `separator`, up to an angle bracket; else the
** scanner and the phrase are left as they were. */
static bool joins_name(po_mailbox *m, char separator, po_switch which,
                       po_phrase *phrase) {
  enum { PIECES = 4 };
  checkpoint start = remember(m);
  po_phrase first = *phrase;
  for (int i = 0; i < PIECES && is_at(m, separator); i++)
    if (read_more_words(m, phrase) != PO_OK)
      break;
  if (is_at(m, '<') &&
      m->gathered.words.at[m->gathered.words.length - 1] != ' ') {
    m->passed = m->scanner.at;
    return po_use(&m->scanner.allowance, which, start.at) == PO_OK;
  }
  go_back(m, start);
  *phrase = first;
  return false;
}

/* Whether a comma or a semicolon stands anywhere after the scanner. */
static bool is_one_of_several(const po_scanner *s) {
  for (const char *at = s->at; at < s->end; at++)
    if (*at == ',' || *at == ';')
      return true;
  return false;
}

/* A colon makes a group, unless nothing but one name-addr follows it. */
static po_code read_colon(po_mailbox *m, checkpoint start, po_phrase *phrase) {
  if (allows(m, PO_SWITCH_COLON_NAMES) && !is_one_of_several(&m->scanner) &&
      joins_name(m, ':', PO_SWITCH_COLON_NAMES, phrase))
    return read_named(m, start, phrase);
  if (po_same(po_type_word(po_slice(start.at, m->scanner.end)),
              po_constant("mailto")))
    return PO_ADDRESS_URI;
  po_code code = read_phrase(m, start, phrase);
  return code == PO_OK ? PO_MAILBOX_GROUP : code;
}

/* One word that nothing follows may be a local part. */
static po_code read_lone(po_mailbox *m, checkpoint start,
                         const po_phrase *phrase) {
  if (phrase->last > start.at)
    return PO_DOMAIN_MISSING;
  go_back(m, start);
  return read_addr_spec(m);
}

/* Why no mailbox begins or goes on with what is under the scanner. */
static po_code fail_at_character(const po_mailbox *m) {
  const po_scanner *s = &m->scanner;
  if (s->at < s->end && po_is(*s->at, PO_CTRL))
    return PO_CONTROL_CHARACTER;
  return PO_MAILBOX_CHARACTER;
}

/* By what follows the words that stand first. */
static po_code read_after_words(po_mailbox *m, checkpoint start,
                                po_phrase *phrase) {
  if (is_at(m, '@'))
    return read_bare(m, start, phrase);
  if (*start.at == '.') { /* a phrase begins with a word */
    m->scanner.at = start.at;
    return PO_MAILBOX_CHARACTER;
  }
  if (is_at(m, '<'))
    return read_named(m, start, phrase);
  if (is_at(m, ':'))
    return read_colon(m, start, phrase);
  if (is_at(m, '['))
    return read_square(m, start, phrase);
  if (is_at(m, ',') && allows(m, PO_SWITCH_COMMA_NAMES) &&
      joins_name(m, ',', PO_SWITCH_COMMA_NAMES, phrase))
    return read_named(m, start, phrase);
  bool over = m->listed ? is_over(m) : m->scanner.at == m->scanner.end;
  return over ? read_lone(m, start, phrase) : fail_at_character(m);
}

/* Whether what the scanner stands at is certainly no name: a dot-atom or a
** quoted string that an @ follows at once, and no encoded word. */
static bool is_at_localpart(const po_mailbox *m) {
  po_scanner ahead = {m->scanner.at, m->scanner.end, {0, NULL}, NULL};
  if (is_at(m, '='))
    return false;
  if (!is_at(m, '"'))
    return po_scan_dot_atom(&ahead, NULL) == PO_OK &&
           ahead.at > m->scanner.at && po_is_at(&ahead, '@');
  const char *at = ahead.at + 1, *end = ahead.end;
  while (at < end && *at != '"')
    at += *at == '\\' && end - at > 1 ? 2 : 1;
  return end - at > 1 && at[1] == '@';
}

static po_code read_words(po_mailbox *m) {
  po_phrase phrase = {.last = m->scanner.at};
  checkpoint start = remember(m);
  if (is_at_localpart(m))
    return read_bare(m, start, &phrase);
  po_code code = po_scan_phrase(&m->scanner, &m->gathered.words,
                                &m->gathered.comments, &phrase);
  if (code != PO_OK)
    return code;
  po_text uri = find_mailto(m, start.at);
  if (uri.at != NULL)
    return read_uri(m, uri);
  if (m->scanner.at == start.at && m->scanner.at == m->scanner.end)
    return PO_ADDRESS_EMPTY;
  if (m->scanner.at == start.at && is_at(m, '@'))
    return PO_LOCALPART_EMPTY;
  if (m->scanner.at == start.at)
    return is_at(m, '[') ? PO_MAILBOX_BRACKET : fail_at_character(m);
  return read_after_words(m, start, &phrase);
}

/* Whether a word begins here that is none of the address's: `kim@x..y` shall
** not be mail to kim@x. */
static bool is_word_apart(const po_mailbox *m) {
  char before = m->scanner.at[-1];
  return !is_over(m) && !is_at(m, '.') &&
         (po_is(before, PO_WSP) || before == ')' || before == '>');
}

/* The words after an address, which name it where that is forgiven. */
static po_code read_name_after(po_mailbox *m) {
  po_phrase phrase;
  if (m->angle || m->reader->out->display_name.length > 0 ||
      !allows(m, PO_SWITCH_BARE_NAMES) || !is_word_apart(m))
    return PO_OK;
  checkpoint before = remember(m);
  po_code code = po_scan_phrase(&m->scanner, &m->gathered.words,
                                &m->gathered.comments, &phrase);
  if (code != PO_OK)
    return code;
  bool divided = phrase.dot != NULL && before.at[-1] != '>';
  if (!is_over(m) || divided) { /* `k@micro soft.com` is no name's */
    go_back(m, before);
    return PO_OK;
  }
  code = read_phrase(m, before, &phrase);
  return code == PO_OK
             ? po_use(&m->scanner.allowance, PO_SWITCH_BARE_NAMES, before.at)
             : code;
}

/* What the comments say is the comment, or the name where there is none. */
static void set_comment(po_mailbox *m) {
  po_address *out = m->reader->out;
  if (m->gathered.comments.length == 0)
    return;
  po_text comment = po_gathered_from(&m->gathered.comments, 0);
  if (out->display_name.length > 0 || !allows(m, PO_SWITCH_COMMENT_NAMES)) {
    out->comment = comment;
    return;
  }
  size_t start = m->gathered.words.length;
  po_scanner s = {comment.at, po_end(comment), m->scanner.allowance,
                  m->scanner.charsets};
  if (po_put_decoded_words(&s, &m->gathered.words))
    out->display_raw = comment;
  set_name(m, start);
}

/* Whether a type but SMTP was met: its own error says more. */
static bool has_other_type(const po_mailbox *m) {
  const po_dialect *dialect = m->reader->out->dialect;
  return dialect != NULL && dialect != &po_smtp;
}

po_code po_read_mailbox(po_mailbox *m) {
  po_code code = skip_cfws(m);
  const char *start = m->scanner.at;
  if (code == PO_OK)
    code = m->angle        ? read_inside(m)
           : is_at(m, '<') ? read_angle(m)
                           : read_words(m);
  if (code == PO_OK)
    code = read_name_after(m);
  invalidate(m);
  if (code == PO_OK || code == PO_MAILBOX_GROUP)
    set_comment(m);
  if (code == PO_OK)
    return PO_OK;
  return po_is_dn(po_slice(start, m->scanner.end)) && !has_other_type(m)
             ? po_reader_fail(m->reader, PO_ADDRESS_DN, start)
             : po_reader_fail(m->reader, code, m->scanner.at);
}
