/*
** The one-off notation of MAPI, Name [TYPE:address] (cc842281).  Only white
** space may follow the bracket.  A backslash quotes: \\ \, \[ \] \: and \x
** with two hex digits; before anything else it stands for itself, as in the
** documentation's own example.  Without a type it is MS Mail's (Q89410,
** Q116466), which is read only where a one-off was asked for.
*/
#include "notation.h"

#include <string.h>

/* The input bytes of the unit at `at` and the byte it stands for. */
static size_t unit(const char *at, const char *end, char *byte) {
  *byte = *at;
  if (*at != '\\' || end - at < 2)
    return 1;
  if (end - at >= 4 && po_lower(at[1]) == 'x' && po_is(at[2], PO_HEX) &&
      po_is(at[3], PO_HEX)) {
    *byte = (char)(po_hex_value(at[2]) * 16 + po_hex_value(at[3]));
    return 4;
  }
  if (strchr("\\,[]:", at[1]) == NULL || at[1] == '\0')
    return 1;
  *byte = at[1];
  return 2;
}

static size_t unit_length(const char *at, const char *end) {
  char byte;
  return unit(at, end, &byte);
}

const char *po_oneoff_origin(const char *origin, const char *end,
                             size_t index) {
  while (index-- > 0 && origin < end)
    origin += unit_length(origin, end);
  return origin;
}

/* `text` without its escapes; itself where it has none. */
static po_code decode(po_reader *reader, po_text text, po_text *out) {
  *out = text;
  if (text.length == 0 || memchr(text.at, '\\', text.length) == NULL)
    return PO_OK;
  char *to = po_take(reader->scratch, text.length);
  if (to == NULL)
    return PO_SCRATCH_FULL;
  out->at = to;
  for (const char *at = text.at; at < po_end(text); to++) {
    size_t length = unit(at, po_end(text), to);
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
    at += unit_length(at, end);
  return at < end ? at : NULL;
}

const char *po_find_oneoff(po_text text) {
  const char *end = po_end(text);
  const char *at = find_bracket(text.at, end);
  for (; at != NULL; at = find_bracket(at + 1, end))
    if ((at == text.at || at[-1] != '@') &&
        po_type_word(po_slice(at + 1, end)).at != NULL)
      return at;
  return NULL;
}

/* The bracket that closes the one at `at`, or NULL; brackets may nest, as
** around the address literals that people do not quote. */
static const char *find_close(const char *at, const char *end) {
  int depth = 0;
  for (; at < end; at += unit_length(at, end)) {
    depth += *at == '[';
    depth -= *at == ']';
    if (depth == 0)
      return at;
  }
  return NULL;
}

static po_code read_body(po_reader *reader, po_text body) {
  po_text word = po_type_word(body);
  const char *start = word.at == NULL ? body.at : po_end(word) + 1;
  po_code code =
      po_read_type(reader, word.at == NULL ? po_constant("MS") : word);
  if (code != PO_OK)
    return code;
  po_text raw = po_slice(start, po_end(body)), native;
  if (reader->out->dialect != &po_opaque)
    raw = po_trim(raw);
  code = decode(reader, raw, &native);
  if (code != PO_OK)
    return code;
  return po_read_native(reader, native, raw.at);
}

static po_code read(po_reader *reader, po_text text) {
  const char *control = po_find_control(text), *end = po_end(text);
  if (control != NULL)
    return po_reader_fail(reader, PO_CONTROL_CHARACTER, control);
  const char *open = po_find_oneoff(text);
  if (open == NULL)
    open = find_bracket(text.at, end);
  if (open == NULL)
    return po_reader_fail(reader, PO_ONEOFF_MISSING, text.at);
  const char *close = find_close(open, end);
  if (close == NULL)
    return po_reader_fail(reader, PO_ONEOFF_UNCLOSED, end);
  po_text rest = po_trim(po_slice(close + 1, end));
  if (rest.length > 0)
    return po_reader_fail(reader, PO_ONEOFF_TEXT_AFTER, rest.at);
  po_text name = po_trim(po_slice(text.at, open));
  if (name.length > 0) {
    po_code code = decode(reader, name, &reader->out->display_name);
    if (code != PO_OK)
      return code;
  }
  return read_body(reader, po_slice(open + 1, close));
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

const po_notation_rules po_oneoff_rules = {"oneoff", read,  write, false,
                                           true,     false, false, false};
