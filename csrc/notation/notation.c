/*
** po_parse and po_format: which notation it is, and the promise that what
** was written can be read back.
*/
#include "notation.h"

#include "plain.h"

#include <string.h>

static po_code guess(po_reader *reader, po_text text);

static const po_notation_rules guess_rules = {"guess", guess, NULL,  false,
                                              false,   false, false, false};

static const po_notation_rules *const notations[PO_NOTATION_COUNT] = {
    &guess_rules,     &po_proxy_rules,  &po_native_rules,
    &po_oneoff_rules, &po_header_rules, &po_path_rules,
};

const char *po_notation_name(po_notation notation) {
  return notations[notation]->name;
}

/* Types and native text. */

/* Clears all but the fields, which the dialect that is set will clear. */
static void clear(po_address *address, po_notation notation) {
  memset(address, 0, offsetof(po_address, field));
  address->notation = notation;
}

static po_code set_dialect(po_reader *reader, const po_dialect *dialect,
                           po_text type) {
  static const po_text absent;
  reader->out->dialect = dialect;
  reader->out->type = type;
  for (int f = 0; dialect->fields[f] != NULL; f++)
    reader->out->field[f] = absent;
  return PO_OK;
}

/* The word in upper case, in scratch unless it is so already. */
static po_code set_opaque(po_reader *reader, po_text word) {
  char *upper = po_take(reader->scratch, word.length);
  if (upper == NULL)
    return PO_SCRATCH_FULL;
  for (size_t i = 0; i < word.length; i++)
    upper[i] = po_upper(word.at[i]);
  po_text type = {upper, word.length};
  return set_dialect(reader, &po_opaque, type);
}

/* The word that is no type is left for who names the nearest that is one. */
static po_code fail_unknown(po_reader *reader, po_text word) {
  reader->out->type = word;
  return po_reader_fail(reader, PO_TYPE_UNKNOWN, word.at);
}

po_code po_read_type(po_reader *reader, po_text word) {
  po_text wanted = reader->options->type;
  const po_dialect *dialect = po_dialect_of(word);
  bool unknown = reader->options->unknown;
  if (wanted.at != NULL && !unknown && po_dialect_of(wanted) == NULL)
    return fail_unknown(reader, wanted);
  if (wanted.at != NULL && !po_same(word, wanted) &&
      (dialect == NULL || dialect != po_dialect_of(wanted)))
    return po_reader_fail(reader, PO_TYPE_MISMATCH, word.at);
  if (dialect != NULL)
    return set_dialect(reader, dialect, po_constant(dialect->name));
  if (!unknown)
    return fail_unknown(reader, word);
  if (!po_is_word(word))
    return po_reader_fail(reader, PO_TYPE_INVALID, word.at);
  return set_opaque(reader, word);
}

po_code po_read_native(po_reader *reader, po_text native, const char *origin) {
  po_address *out = reader->out;
  bool as_written = native.at == origin;
  if (out->dialect == &po_smtp && as_written &&
      po_read_plain_spec(po_trim(native), out))
    return PO_OK;
  po_code code = po_parse_native(native, reader->scratch, out, &reader->where);
  out->origin = as_written ? out->native.at : origin;
  if (code == PO_ADDRESS_EMPTY)
    reader->where = out->origin;
  return code;
}

po_code po_read_plain(po_reader *reader, po_text native) {
  const char *control =
      reader->out->dialect->controls ? po_find_control(native) : NULL;
  if (control != NULL)
    return po_reader_fail(reader, PO_CONTROL_CHARACTER, control);
  return po_read_native(reader, native, native.at);
}

po_text po_type_word(po_text text) {
  po_text none = {NULL, 0};
  for (size_t i = 0; i < text.length; i++) {
    if (text.at[i] == ':')
      return i == 0 ? none : po_slice(text.at, text.at + i);
    if (!po_is(text.at[i], PO_WORD))
      return none;
  }
  return none;
}

/* The native notation. */

static po_code native_read(po_reader *reader, po_text text) {
  static const char smtp[] = "SMTP";
  po_text type = reader->options->type;
  po_code code =
      po_read_type(reader, type.at != NULL ? type : po_constant(smtp));
  if (code != PO_OK)
    return code;
  return po_read_plain(reader, text);
}

static void native_write(const po_address *address, po_text native,
                         po_buffer *out) {
  (void)address;
  po_put(out, native);
}

const po_notation_rules po_native_rules = {
    "native", native_read, native_write, false, false, false, false, false};

/* Guessing only what is certain. */

static bool is_smtp(po_text type) {
  return po_same(type, po_constant(po_smtp.name));
}

/* Reads afresh: what an attempt before left behind is gone. */
static po_code read_as(po_reader *reader, po_notation notation, po_text text) {
  clear(reader->out, notation);
  return notations[notation]->read(reader, text);
}

/* Whether "WORD:" at the front makes a proxy: where a type was asked for
** it may be a part of the native text. */
static bool is_proxy(const po_parse_options *options, po_text word) {
  return word.at != NULL &&
         (options->type.at == NULL || po_same(word, options->type) ||
          po_dialect_of(word) != NULL);
}

/* Whether it reads as cc:Mail's "mailbox at postoffice". */
static bool has_ccmail_at(po_text text) {
  const char *at = po_find_ccmail_at(text);
  return at != NULL && at > text.at && at + 2 < po_end(text);
}

static bool is_dn(po_text text) {
  return text.length >= 3 && text.at[0] == '/' && po_lower(text.at[1]) == 'o' &&
         text.at[2] == '=';
}

/* Whether it begins with a label of X.400, such as "c=" or "/G=". */
static bool is_labelled(po_text text) {
  size_t start = text.length > 0 && text.at[0] == '/', i = start;
  while (i < text.length && po_is(text.at[i], PO_ALPHA | PO_DIGIT))
    i++;
  return i > start && i - start <= 4 && i < text.length && text.at[i] == '=';
}

static po_code read_dn(po_reader *reader, po_text text) {
  clear(reader->out, PO_NATIVE);
  set_dialect(reader, &po_ex, po_constant(po_ex.name));
  return po_read_native(reader, text, text.at);
}

static bool has(po_text text, char c) {
  for (size_t i = 0; i < text.length; i++)
    if (text.at[i] == c)
      return true;
  return false;
}

/* What a text that is no SMTP mailbox may have been meant to be. */
static po_code guess_again(po_reader *reader, po_text text, po_code smtp) {
  const char *bracket = po_find_oneoff(text);
  if (bracket != NULL &&
      po_dialect_of(po_type_word(po_slice(bracket + 1, po_end(text)))) != NULL)
    return read_as(reader, PO_ONEOFF, text);
  if (reader->options->type.at != NULL)
    return smtp;
  if (is_dn(text))
    return read_dn(reader, text);
  if (has_ccmail_at(text))
    return po_reader_fail(
        reader, has(text, '@') ? PO_TYPE_AMBIGUOUS : PO_TYPE_MISSING, text.at);
  return is_labelled(text) ? po_reader_fail(reader, PO_TYPE_MISSING, text.at)
                           : smtp;
}

/* The common case, told in one pass: nothing but atext, dots and @. */
static bool is_plain(po_text text) {
  const char *end = po_end(text);
  for (const char *at = text.at; at < end; at++)
    if (!po_is(*at, PO_ATEXT | PO_WORD) && *at != '@')
      return false;
  return text.length > 0;
}

static bool read_plain_smtp(po_reader *reader, po_text text) {
  static const po_text smtp = {"SMTP", 4};
  clear(reader->out, PO_NATIVE);
  set_dialect(reader, &po_smtp, smtp);
  return po_read_native(reader, text, text.at) == PO_OK;
}

static bool may_be_smtp(const po_parse_options *options) {
  return options->type.at == NULL || is_smtp(options->type);
}

static po_code guess(po_reader *reader, po_text text) {
  const po_parse_options *options = reader->options;
  if (is_plain(text) && may_be_smtp(options) && read_plain_smtp(reader, text))
    return PO_OK;
  po_text trimmed = po_trim(text);
  text = po_slice(trimmed.at, po_end(text));
  if (trimmed.length == 0)
    return po_reader_fail(reader, PO_ADDRESS_EMPTY, text.at);
  if (po_end(trimmed)[-1] == ']' && po_find_oneoff(trimmed) != NULL)
    return read_as(reader, PO_ONEOFF, text);
  if (is_proxy(options, po_type_word(text)))
    return read_as(reader, PO_PROXY, text);
  if (options->type.at != NULL && !is_smtp(options->type))
    return read_as(reader, PO_NATIVE, text);
  if (trimmed.at[0] == '<' && po_end(trimmed)[-1] == '>')
    return read_as(reader, PO_PATH, trimmed);
  po_code code = read_as(reader, PO_HEADER, trimmed);
  return code == PO_OK ? code : guess_again(reader, trimmed, code);
}

/* The whole way in. */

size_t po_position(po_text text, const po_address *address, const char *where) {
  if (po_inside(where, text))
    return (size_t)(where - text.at);
  const char *origin = address->origin;
  if (!po_inside(origin, text))
    return 0;
  if (po_inside(where, address->native))
    origin = po_oneoff_origin(origin, po_end(text),
                              (size_t)(where - address->native.at));
  return (size_t)(origin - text.at);
}

static bool may_be_plain(const po_parse_options *options) {
  return may_be_smtp(options) &&
         (options->notation == PO_GUESS || options->notation == PO_NATIVE ||
          options->notation == PO_HEADER);
}

po_code po_parse(po_text text, const po_parse_options *options,
                 po_scratch *scratch, po_address *out, size_t *position) {
  if (may_be_plain(options) && po_read_plain_text(text, options->notation, out))
    return PO_OK;
  return po_parse_carefully(text, options, scratch, out, position);
}

po_code po_parse_carefully(po_text text, const po_parse_options *options,
                           po_scratch *scratch, po_address *out,
                           size_t *position) {
  /* cppcheck-suppress ctuuninitvar ; read_as clears what `out` points at */
  po_reader reader = {options, scratch, out, NULL};
  po_code code = read_as(&reader, options->notation, text);
  if (code != PO_OK)
    *position = po_position(text, out, reader.where);
  return code;
}

/* The whole way out. */

/* An absent name and an empty one are the same to a reader. */
static bool same_name(po_text a, po_text b) {
  return a.length == 0 ? b.length == 0 : po_identical(a, b);
}

/* What was left out may be read back as what that stands for. */
static bool same_fields(const po_address *a, const po_address *b) {
  for (int f = 0; a->dialect->fields[f] != NULL; f++)
    if (a->field[f].at != NULL && !po_identical(a->field[f], b->field[f]))
      return false;
  return true;
}

static bool same_as_read(const po_notation_rules *rules, const po_address *a,
                         const po_address *b) {
  return a->dialect == b->dialect && po_same(a->type, b->type) &&
         same_fields(a, b) &&
         (!rules->carries_name ||
          same_name(a->display_name, b->display_name)) &&
         (!rules->carries_comment || same_name(a->comment, b->comment)) &&
         (!rules->carries_route || same_name(a->route, b->route)) &&
         (!rules->carries_secondary || a->secondary == b->secondary);
}

/* Reads `out` again: what is written has to be what was meant. */
static po_code verify(const po_address *address, po_notation notation,
                      const po_buffer *out, po_scratch *scratch) {
  po_text text = {out->at, out->length};
  po_parse_options options = {address->type, notation, true};
  po_address back;
  size_t position;
  scratch->used = 0;
  po_code code = po_parse(text, &options, scratch, &back, &position);
  if (code != PO_OK)
    return code;
  return same_as_read(notations[notation], address, &back)
             ? PO_OK
             : PO_FORMAT_UNREADABLE;
}

typedef void put_native(const po_address *address, po_buffer *out);

/* Native text by `put` into scratch, from there into the notation. */
static po_code write(const po_address *address, po_notation notation,
                     put_native *put, po_buffer *out, po_scratch *scratch) {
  const po_notation_rules *rules = notations[notation];
  if (rules->smtp_only && address->dialect != &po_smtp)
    return PO_NOTATION_TYPE;
  if (!po_is_word(address->type))
    return PO_TYPE_INVALID;
  po_buffer native = {scratch->at, scratch->length, 0};
  put(address, &native);
  if (native.length > native.size) {
    out->length = native.length;
    return PO_OK;
  }
  po_text text = {native.at, native.length};
  rules->write(address, text, out);
  return PO_OK;
}

/* Whether what is written is what was parsed, word for word, so that reading
** it back can be left out. */
static bool is_plainly_written(const po_address *address,
                               po_notation notation) {
  return address->plain &&
         (notation == PO_PROXY || notation == PO_NATIVE ||
          (address->display_name.length == 0 && address->comment.length == 0 &&
           address->route.length == 0));
}

po_code po_format(const po_address *address, po_notation notation,
                  po_buffer *out, po_scratch *scratch) {
  po_code code =
      write(address, notation, address->dialect->format, out, scratch);
  if (code != PO_OK || out->length > out->size ||
      is_plainly_written(address, notation))
    return code;
  return verify(address, notation, out, scratch);
}

po_code po_normalize(const po_address *address, po_notation notation,
                     po_buffer *out, po_scratch *scratch) {
  return write(address, notation, address->dialect->normalize, out, scratch);
}
