/*
**   mailbox   = name-addr / addr-spec
**   name-addr = [display-name] angle-addr
**
** What stands first is a display name or an address: the < or the @ after it
** tells.  Comments are joined by a space.  Exchange and archives of its mail
** write a distinguished name or TYPE:address in the angle brackets, too.
*/
#include "mailbox.h"

#include "angle.h"
#include "plain.h"

#include <string.h>

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
static po_code read_phrase(po_mailbox *m, po_checkpoint start,
                           const po_phrase *phrase) {
  set_name(m, start.words);
  if (phrase->encoded)
    m->reader->out->display_raw = po_slice(start.at, phrase->end);
  return phrase->dot == NULL
             ? PO_OK
             : po_scan_use(&m->scanner, PO_SWITCH_DOTTED_NAMES, phrase->dot);
}

/* name-addr, whose name has been read */
static po_code read_named(po_mailbox *m, po_checkpoint start,
                          const po_phrase *phrase) {
  po_code code = read_phrase(m, start, phrase);
  return code == PO_OK ? po_read_angle(m) : code;
}

/* Name [user@domain] */
static po_code read_square(po_mailbox *m, po_checkpoint start,
                           const po_phrase *phrase) {
  if (!po_mailbox_allows(m, PO_SWITCH_SQUARE))
    return PO_MAILBOX_BRACKET;
  po_code code = po_mailbox_use(m, PO_SWITCH_SQUARE);
  if (code == PO_OK)
    code = read_phrase(m, start, phrase);
  if (code != PO_OK)
    return code;
  m->scanner.at++;
  code = po_mailbox_addr_spec(m);
  if (code != PO_OK)
    return code;
  if (!po_mailbox_is_at(m, ']'))
    return PO_MAILBOX_BRACKET;
  m->scanner.at++;
  return po_mailbox_skip_cfws(m);
}

/* An address whose name turns out to be an address, too. */
static po_code rename_to_address(po_mailbox *m, const char *start) {
  po_text name = po_slice(start, m->scanner.at);
  po_code code = po_mailbox_use(m, PO_SWITCH_ADDRESS_NAMES);
  if (code != PO_OK)
    return code;
  m->gathered.words.length = 0;
  po_put_collapsed(&m->gathered.words, name, po_put);
  set_name(m, 0);
  return po_read_angle(m);
}

/* Names and addresses. */

/* An addr-spec, whose domain may not be left out: an @ stands somewhere. */
static po_code read_whole_spec(po_mailbox *m) {
  po_code code = po_mailbox_addr_spec(m);
  return code == PO_OK && m->reader->out->field[PO_DOMAIN].at == NULL
             ? PO_DOMAIN_MISSING
             : code;
}

/* The words before the last are the name, the last begins the address, whose @
** was seen. */
static po_code read_bare_name(po_mailbox *m, po_checkpoint start,
                              const po_phrase *phrase) {
  po_scanner *s = &m->scanner;
  const char *end = s->end;
  po_phrase name;
  po_mailbox_go_back(m, start);
  s->end = phrase->last;
  po_code code =
      po_scan_phrase(s, &m->gathered.words, &m->gathered.comments, &name);
  s->end = end;
  if (code == PO_OK)
    code = po_scan_use(s, PO_SWITCH_BARE_NAMES, phrase->last);
  if (code == PO_OK)
    code = read_phrase(m, start, &name);
  return code == PO_OK ? read_whole_spec(m) : code;
}

/* A plain addr-spec that is the whole mailbox, but for comments after it; else
** nothing is read. */
static bool read_plain_bare(po_mailbox *m) {
  po_address *out = m->reader->out;
  po_checkpoint start = po_mailbox_remember(m);
  if (po_mailbox_is_at(m, '"') || po_read_smtp(m->reader) != PO_OK)
    return false;
  const char *end = po_read_plain_front(start.at, m->scanner.end, out);
  if (end == NULL)
    return false;
  m->scanner.at = end;
  if (po_mailbox_skip_cfws(m) == PO_OK && po_mailbox_is_over(m))
    return true;
  out->plain = out->valid = false;
  po_mailbox_go_back(m, start);
  return false;
}

/* An addr-spec, and what is forgiven around it. */
static po_code read_bare(po_mailbox *m, po_checkpoint start,
                         const po_phrase *phrase) {
  po_mailbox_go_back(m, start);
  if (read_plain_bare(m))
    return PO_OK;
  po_code code = read_whole_spec(m);
  if (code != PO_OK && phrase->last > start.at &&
      po_mailbox_allows(m, PO_SWITCH_BARE_NAMES))
    code = read_bare_name(m, start, phrase);
  if (code == PO_OK && po_mailbox_is_at(m, '<') &&
      po_mailbox_allows(m, PO_SWITCH_ADDRESS_NAMES))
    return rename_to_address(m, start.at);
  if (code == PO_OK && po_mailbox_is_at(m, '>'))
    return po_skip_doubled(m, '>');
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
  po_code code = po_mailbox_skip_cfws(m);
  if (code != PO_OK)
    return code;
  if (s->at > after && !po_mailbox_is_at(m, ':'))
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
  po_checkpoint start = po_mailbox_remember(m);
  po_phrase first = *phrase;
  for (int i = 0; i < PIECES && po_mailbox_is_at(m, separator); i++)
    if (read_more_words(m, phrase) != PO_OK)
      break;
  if (po_mailbox_is_at(m, '<') &&
      m->gathered.words.at[m->gathered.words.length - 1] != ' ') {
    m->passed = m->scanner.at;
    return po_use(&m->scanner.allowance, which, start.at) == PO_OK;
  }
  po_mailbox_go_back(m, start);
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
static po_code read_colon(po_mailbox *m, po_checkpoint start,
                          po_phrase *phrase) {
  if (po_mailbox_allows(m, PO_SWITCH_COLON_NAMES) &&
      !is_one_of_several(&m->scanner) &&
      joins_name(m, ':', PO_SWITCH_COLON_NAMES, phrase))
    return read_named(m, start, phrase);
  if (po_same(po_type_word(po_slice(start.at, m->scanner.end)),
              po_constant("mailto")))
    return PO_ADDRESS_URI;
  po_code code = read_phrase(m, start, phrase);
  return code == PO_OK ? PO_MAILBOX_GROUP : code;
}

/* One word that nothing follows may be a local part. */
static po_code read_lone(po_mailbox *m, po_checkpoint start,
                         const po_phrase *phrase) {
  if (phrase->last > start.at)
    return PO_DOMAIN_MISSING;
  po_mailbox_go_back(m, start);
  return po_mailbox_addr_spec(m);
}

/* By what follows the words that stand first. */
static po_code read_after_words(po_mailbox *m, po_checkpoint start,
                                po_phrase *phrase) {
  if (po_mailbox_is_at(m, '@'))
    return read_bare(m, start, phrase);
  if (*start.at == '.') { /* a phrase begins with a word */
    m->scanner.at = start.at;
    return PO_MAILBOX_CHARACTER;
  }
  if (po_mailbox_is_at(m, '<'))
    return read_named(m, start, phrase);
  if (po_mailbox_is_at(m, ':'))
    return read_colon(m, start, phrase);
  if (po_mailbox_is_at(m, '['))
    return read_square(m, start, phrase);
  if (po_mailbox_is_at(m, ',') && po_mailbox_allows(m, PO_SWITCH_COMMA_NAMES) &&
      joins_name(m, ',', PO_SWITCH_COMMA_NAMES, phrase))
    return read_named(m, start, phrase);
  bool over =
      m->listed ? po_mailbox_is_over(m) : m->scanner.at == m->scanner.end;
  return over ? read_lone(m, start, phrase)
              : po_scan_fail(&m->scanner, PO_MAILBOX_CHARACTER);
}

/* Whether what the scanner stands at is certainly no name: a dot-atom or a
** quoted string that an @ follows at once, and no encoded word. */
static bool is_at_localpart(const po_mailbox *m) {
  po_scanner ahead = {m->scanner.at, m->scanner.end, {0, NULL}, NULL};
  if (po_mailbox_is_at(m, '='))
    return false;
  if (!po_mailbox_is_at(m, '"'))
    return po_scan_dot_atom(&ahead, NULL) == PO_OK &&
           ahead.at > m->scanner.at && po_is_at(&ahead, '@');
  const char *at = ahead.at + 1, *end = ahead.end;
  while (at < end && *at != '"')
    at += *at == '\\' && end - at > 1 ? 2 : 1;
  return end - at > 1 && at[1] == '@';
}

static po_code read_words(po_mailbox *m) {
  po_phrase phrase = {.last = m->scanner.at};
  po_checkpoint start = po_mailbox_remember(m);
  if (is_at_localpart(m))
    return read_bare(m, start, &phrase);
  po_code code = po_scan_phrase(&m->scanner, &m->gathered.words,
                                &m->gathered.comments, &phrase);
  if (code != PO_OK)
    return code;
  po_text uri = po_find_mailto(m, start.at);
  if (uri.at != NULL)
    return po_read_uri(m, uri);
  if (m->scanner.at == start.at && m->scanner.at == m->scanner.end)
    return PO_ADDRESS_EMPTY;
  if (m->scanner.at == start.at && po_mailbox_is_at(m, '@'))
    return PO_LOCALPART_EMPTY;
  if (m->scanner.at == start.at)
    return po_mailbox_is_at(m, '[')
               ? PO_MAILBOX_BRACKET
               : po_scan_fail(&m->scanner, PO_MAILBOX_CHARACTER);
  return read_after_words(m, start, &phrase);
}

/* Whether a word begins here that is none of the address's: `kim@x..y` shall
** not be mail to kim@x. */
static bool is_word_apart(const po_mailbox *m) {
  char before = m->scanner.at[-1];
  return !po_mailbox_is_over(m) && !po_mailbox_is_at(m, '.') &&
         (po_is(before, PO_WSP) || before == ')' || before == '>');
}

/* The words after an address, which name it where that is forgiven. */
static po_code read_name_after(po_mailbox *m) {
  po_phrase phrase;
  if (m->angle || m->reader->out->display_name.length > 0 ||
      !po_mailbox_allows(m, PO_SWITCH_BARE_NAMES) || !is_word_apart(m))
    return PO_OK;
  po_checkpoint before = po_mailbox_remember(m);
  po_code code = po_scan_phrase(&m->scanner, &m->gathered.words,
                                &m->gathered.comments, &phrase);
  if (code != PO_OK)
    return code;
  bool divided = phrase.dot != NULL && before.at[-1] != '>';
  if (!po_mailbox_is_over(m) || divided) { /* `k@micro soft.com` is no name's */
    po_mailbox_go_back(m, before);
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
  if (out->display_name.length > 0 ||
      !po_mailbox_allows(m, PO_SWITCH_COMMENT_NAMES)) {
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
  po_code code = po_mailbox_skip_cfws(m);
  const char *start = m->scanner.at;
  if (code == PO_OK)
    code = m->angle                   ? po_read_inside(m)
           : po_mailbox_is_at(m, '<') ? po_read_angle(m)
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
