/*
** The one-off notation of MAPI, Name [TYPE:address] (cc842281).  Only white
** space may follow the bracket.  A backslash quotes: \\ \, \[ \] \: and \x
** with two hex digits; before anything else it stands for itself, as in the
** documentation's own example.  Without a type it is MS Mail's (Q89410,
** Q116466), which is read only if a one-off was asked for.
*/
#include "oneoff.h"

#include <string.h>

/* The input bytes of the unit at `at` and the byte that it stands for. */
static size_t read_unit(const char *at, const char *end, char *byte) {
  *byte = *at;
  if (*at != '\\' || end - at < 2)
    return 1;
  if (po_lower(at[1]) == 'x' && po_read_hex(at + 2, end, byte))
    return 4;
  if (strchr("\\,[]:", at[1]) == NULL || at[1] == '\0')
    return 1;
  *byte = at[1];
  return 2;
}

/* After the unit at `at`. */
static const char *skip_unit(const char *at, const char *end) {
  char byte;
  return *at == '\\' ? at + read_unit(at, end, &byte) : at + 1;
}

static const char *find_origin(const char *origin, const char *end,
                               size_t index) {
  for (; index > 0 && origin < end; index--)
    origin = skip_unit(origin, end);
  return origin;
}

/* `text` without its escapes, which may stand for any byte but NUL; itself if
** it has none. */
static po_code decode(po_reader *reader, po_text text, po_text *out) {
  *out = text;
  if (text.length == 0 || memchr(text.at, '\\', text.length) == NULL)
    return PO_OK;
  char *to = po_take(reader->scratch, text.length);
  if (to == NULL)
    return PO_SCRATCH_FULL;
  out->at = to;
  for (const char *at = text.at; at < po_end(text); to++) {
    size_t length = read_unit(at, po_end(text), to);
    if (*to == '\0')
      return po_reader_fail(reader, PO_CONTROL_CHARACTER, at);
    at += length;
  }
  out->length = (size_t)(to - out->at);
  return PO_OK;
}

/* The first bracket that no backslash quotes, or NULL. */
static const char *find_bracket(const char *at, const char *end) {
  while (at < end && *at != '[')
    at = skip_unit(at, end);
  return at < end ? at : NULL;
}

/* The bracket that closes the one at `at`, or NULL; brackets may nest, as
** around the address literals that people do not quote. */
static const char *find_close(const char *at, const char *end) {
  size_t depth = 0;
  while (at < end) {
    if (*at == '[')
      depth++;
    if (*at == ']')
      depth--;
    if (depth == 0)
      return at;
    at = *at == '\\' ? skip_unit(at, end) : at + 1;
  }
  return NULL;
}

bool po_find_oneoff(po_text text, po_oneoff *found) {
  const char *end = po_end(text);
  const char *at = find_bracket(text.at, end);
  for (; at != NULL; at = find_bracket(at + 1, end)) {
    if (at > text.at && at[-1] == '@') /* an address literal */
      continue;
    found->open = at;
    found->word = po_type_word(po_slice(at + 1, end));
    if (found->word.at != NULL)
      return true;
  }
  return false;
}

static po_code read_name(po_reader *reader, po_text text) {
  po_text name = po_trim(text);
  if (name.length == 0)
    return PO_OK;
  const char *control = po_find_control(name);
  if (control != NULL)
    return po_reader_fail(reader, PO_CONTROL_CHARACTER, control);
  return decode(reader, name, &reader->out->display_name);
}

/* Native text, in which only escapes stand for control characters. */
static po_code read_native(po_reader *reader, po_text raw) {
  po_text native;
  if (raw.length == 0 || memchr(raw.at, '\\', raw.length) == NULL)
    return po_read_as_written(reader, raw);
  const char *control = po_find_control(raw);
  if (control != NULL)
    return po_reader_fail(reader, PO_CONTROL_CHARACTER, control);
  if (reader->out->dialect != &po_opaque)
    raw = po_trim(raw);
  po_code code = decode(reader, raw, &native);
  return code == PO_OK ? po_read_native(reader, native, raw.at) : code;
}

/* Nothing but white space may follow the bracket. */
static po_code check_rest(po_reader *reader, po_text rest) {
  rest = po_trim(rest);
  if (rest.length == 0)
    return PO_OK;
  bool several = *rest.at == ',' || *rest.at == ';';
  return po_reader_fail(
      reader, several ? PO_MAILBOX_SEVERAL : PO_ONEOFF_TEXT_AFTER, rest.at);
}

po_code po_read_oneoff(po_reader *reader, po_text text, po_oneoff found) {
  const char *end = po_end(text), *close = find_close(found.open, end);
  if (close == NULL)
    return po_reader_fail(reader, PO_ONEOFF_UNCLOSED, end);
  po_code code = check_rest(reader, po_slice(close + 1, end));
  if (code == PO_OK)
    code = read_name(reader, po_slice(text.at, found.open));
  if (code == PO_OK)
    code = po_read_type(reader, found.word.at == NULL ? po_constant(po_ms.name)
                                                      : found.word);
  if (code != PO_OK)
    return code;
  const char *start =
      found.word.at == NULL ? found.open + 1 : po_end(found.word) + 1;
  return read_native(reader, po_slice(start, close));
}

static po_code read(po_reader *reader, po_text text) {
  static const po_text none;
  po_oneoff found;
  if (!po_find_oneoff(text, &found)) {
    found.word = none;
    found.open = find_bracket(text.at, po_end(text));
  }
  if (found.open == NULL)
    return po_reader_fail(reader, PO_ONEOFF_MISSING, text.at);
  return po_read_oneoff(reader, text, found);
}

static void put_escaped(po_buffer *out, po_text text) {
  for (size_t i = 0; i < text.length; i++) {
    char c = text.at[i];
    if (po_is(c, PO_CTRL)) {
      po_put(out, po_constant("\\x"));
      po_put_hex(out, c);
      continue;
    }
    if (c == '\\' || c == '[' || c == ']')
      po_put_char(out, '\\');
    po_put_char(out, c);
  }
}

static void write(const po_address *address, po_text native, po_buffer *out) {
  if (address->display_name.length > 0) {
    put_escaped(out, address->display_name);
    po_put_char(out, ' ');
  }
  po_put_char(out, '[');
  po_put(out, address->type);
  po_put_char(out, ':');
  put_escaped(out, native);
  po_put_char(out, ']');
}

const po_notation_rules po_oneoff_rules = {.name = "oneoff",
                                           .read = read,
                                           .write = write,
                                           .find_origin = find_origin,
                                           .carries_name = true};
