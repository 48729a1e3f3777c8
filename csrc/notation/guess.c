/*
** Which notation a text is in, guessed only if it is certain: a one-off, if
** "[WORD:" stands in it and ] ends it; a proxy, if "WORD:" begins it; a path
** or a mailbox of SMTP; a distinguished name.
*/
#include "guess.h"

#include "angle.h"
#include "oneoff.h"
#include "proxy.h"
#include "scanner.h"

#include <string.h>

/* Whether `word` before a colon makes a proxy: if a type was asked for it may
** be a part of the native text. */
static bool is_proxy(po_text wanted, po_text word) {
  return word.at != NULL && (wanted.at == NULL || po_same(word, wanted) ||
                             po_dialect_of(word) != NULL);
}

/* Whether it reads as cc:Mail's "mailbox at postoffice". */
static bool has_ccmail_at(po_text text) {
  const char *at = po_find_ccmail_at(text);
  return at != NULL && at > text.at && at + 2 < po_end(text);
}

/* Whether it begins with a label of X.400, such as "c=" or "/G=". */
static bool is_labelled(po_text text) {
  size_t start = text.at[0] == '/' ? 1 : 0, i = start;
  while (i < text.length && po_is(text.at[i], PO_ALPHA | PO_DIGIT))
    i++;
  return i > start && i - start <= 4 && i < text.length && text.at[i] == '=';
}

/* White space, and line ends of whatever kind. */
static bool is_blank(po_text text) {
  size_t i = 0;
  while (i < text.length && (po_is(text.at[i], PO_WSP) || text.at[i] == '\r' ||
                             text.at[i] == '\n'))
    i++;
  return i == text.length;
}

static po_code read_as(po_reader *reader, const po_notation_rules *rules,
                       po_notation notation, po_text text) {
  po_begin(reader, notation);
  return rules->read(reader, text);
}

static po_code read_oneoff(po_reader *reader, po_text text, po_oneoff found) {
  po_begin(reader, PO_ONEOFF);
  return po_read_oneoff(reader, text, found);
}

/* Whether addresses follow, which would make the word before the colon the
** name of a group: ";" or ">" at the end, or several. */
static bool is_group(po_text text) {
  char last = po_end(po_trim_fws(text))[-1];
  return last == ';' || last == '>' ||
         (memchr(text.at, ',', text.length) != NULL &&
          memchr(text.at, '@', text.length) != NULL);
}

/* Whether a switch of the profile is on that no other notation asks for. */
static bool allows(const po_reader *reader, po_switch which) {
  po_allowance allowance = po_allow(reader->options, PO_PROFILE_OBSOLETE);
  return po_allows(&allowance, which);
}

static po_code read_dn(po_reader *reader, po_text text) {
  po_begin(reader, PO_NATIVE);
  po_code code = po_read_type(reader, po_constant(po_ex.name));
  return code == PO_OK ? po_read_as_written(reader, text) : code;
}

/* Whether it was written as native text is: nothing was left out of it. */
static bool is_native(const po_address *address, po_text text) {
  size_t quotes =
      address->native.length > 0 && *address->native.at == '"' ? 2 : 0;
  return address->native.length == text.length &&
         address->field[PO_LOCALPART].length + quotes + 1 +
                 address->field[PO_DOMAIN].length ==
             text.length;
}

/* A mailbox; an addr-spec alone is native text as well. */
static po_code read_mailbox(po_reader *reader, po_text text) {
  po_code code = read_as(reader, &po_header_rules, PO_HEADER, text);
  if (code == PO_OK && reader->out->dialect == &po_smtp &&
      is_native(reader->out, po_trim_fws(text)))
    reader->out->notation = PO_NATIVE;
  return code;
}

/* A path, or a mailbox if it is none. With a source route it is the path that
** it looks like, unless a profile is asked for. */
static po_code read_angle(po_reader *reader, po_text text) {
  po_text trimmed = po_trim_fws(text);
  po_code code = read_as(reader, &po_path_rules, PO_PATH, trimmed);
  bool routed = trimmed.at[1] == '@' && reader->options->allowed == 0;
  return code == PO_OK || routed ? code : read_mailbox(reader, text);
}

/* What a word and a colon begin: a name may have them, too. */
static po_code read_proxy(po_reader *reader, po_text word, po_text text) {
  po_begin(reader, PO_PROXY);
  po_code code = po_read_proxy(reader, word, text);
  if (code == PO_TYPE_UNKNOWN && allows(reader, PO_SWITCH_COLON_NAMES))
    return read_mailbox(reader, text);
  return code == PO_TYPE_UNKNOWN && is_group(text)
             ? po_reader_fail(reader, PO_MAILBOX_GROUP, po_end(word))
             : code;
}

/* Whether a type was met, so that the text needs no guess any more. */
static bool has_type(const po_address *address) {
  return address->type.at != NULL && address->dialect != &po_smtp;
}

/* What a text that is no SMTP mailbox, for the reason `smtp`, may have been
** meant to be. */
static po_code guess_again(po_reader *reader, po_text text, po_code smtp) {
  po_oneoff found;
  if (po_find_oneoff(text, &found) && po_dialect_of(found.word) != NULL)
    return read_oneoff(reader, text, found);
  if (reader->options->type.at != NULL || has_type(reader->out))
    return smtp;
  if (po_is_dn(text))
    return read_dn(reader, text);
  if (has_ccmail_at(text))
    return po_reader_fail(reader,
                          memchr(text.at, '@', text.length) == NULL
                              ? PO_TYPE_MISSING
                              : PO_TYPE_AMBIGUOUS,
                          text.at);
  return is_labelled(text) ? po_reader_fail(reader, PO_TYPE_MISSING, text.at)
                           : smtp;
}

static po_code guess(po_reader *reader, po_text whole) {
  po_text wanted = reader->options->type, trimmed = po_trim_fws(whole);
  po_oneoff found;
  if (is_blank(trimmed))
    return po_reader_fail(reader, PO_ADDRESS_EMPTY, po_end(whole));
  po_text text = po_slice(trimmed.at, po_end(whole));
  char last = po_end(trimmed)[-1];
  if (last == ']' && po_find_oneoff(trimmed, &found))
    return read_oneoff(reader, trimmed, found);
  po_text word = po_type_word(text);
  if (is_proxy(wanted, word))
    return read_proxy(reader, word, text);
  if (wanted.at != NULL && po_dialect_of(wanted) != &po_smtp)
    return read_as(reader, &po_native_rules, PO_NATIVE, text);
  if (trimmed.at[0] == '<' && last == '>')
    return read_angle(reader, whole);
  po_code code = read_mailbox(reader, whole);
  return code == PO_OK ? code : guess_again(reader, trimmed, code);
}

/*
** A guess is mailed to, so what it says of an SMTP address is held to RFC 5321
** 4.1.2 and 4.1.3, though RFC 5322 would have more, where it was read as a
** header: empty hops in a route, controls in a local part, any domain literal.
*/
static po_code hold_to_wire(po_reader *reader) {
  const po_address *out = reader->out;
  po_text domain = out->field[PO_DOMAIN];
  const char *control = po_find_control(out->field[PO_LOCALPART]);
  if (control != NULL)
    return po_reader_fail(reader, PO_CONTROL_CHARACTER, control);
  po_code code = out->route.length == 0
                     ? PO_OK
                     : po_parse_route(out->route, &reader->where);
  if (code == PO_OK && domain.length > 0 && *domain.at == '[')
    code = po_parse_literal(domain, &reader->where);
  return code;
}

po_code po_guess(po_reader *reader, po_text whole) {
  const po_parse_options *options = reader->options;
  po_code code = guess(reader, whole);
  bool free = options->allowed != 0 || options->graded;
  return code == PO_OK && reader->out->dialect == &po_smtp && !free
             ? hold_to_wire(reader)
             : code;
}
