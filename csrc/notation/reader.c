#include "reader.h"

#include "addr_spec.h"
#include "plain.h"

/* Field by field, which costs less than clearing the struct does. */
void po_begin(po_reader *reader, po_notation notation) {
  static const po_text absent;
  po_address *out = reader->out;
  out->dialect = NULL;
  out->type = out->display_name = out->display_raw = absent;
  out->comment = out->route = out->native = out->folded = absent;
  out->secondary = out->plain = out->valid = false;
  out->notation = notation;
  out->origin = NULL;
  reader->scratch->used = 0;
  if (reader->options->notes != NULL)
    reader->options->notes->count = 0;
}

po_text po_type_word(po_text text) {
  static const po_text none;
  size_t length = 0;
  while (length < text.length && po_is(text.at[length], PO_WORD))
    length++;
  if (length == 0 || length == text.length || text.at[length] != ':')
    return none;
  return po_slice(text.at, text.at + length);
}

/* Types. */

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

bool po_is_scheme(po_text word) {
  static const char *const schemes[] = {"mailto", "http", "https", "ftp",
                                        "tel"};
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
    if (po_same(word, po_constant(schemes[i])))
      return true;
  return false;
}

/* The word that is no type is left for who names the nearest that is one. */
static po_code fail_unknown(po_reader *reader, po_text word) {
  reader->out->type = word;
  return po_reader_fail(
      reader, po_is_scheme(word) ? PO_ADDRESS_URI : PO_TYPE_UNKNOWN, word.at);
}

/* Whether `word` is the type that was asked for. */
static bool is_wanted(po_text wanted, po_text word, const po_dialect *dialect) {
  return po_same(word, wanted) ||
         (dialect != NULL && dialect == po_dialect_of(wanted));
}

po_code po_read_type(po_reader *reader, po_text word) {
  po_text wanted = reader->options->type;
  const po_dialect *dialect = po_dialect_of(word);
  bool unknown = reader->options->unknown;
  if (wanted.at != NULL && !unknown && po_dialect_of(wanted) == NULL)
    return fail_unknown(reader, wanted);
  if (wanted.at != NULL && !is_wanted(wanted, word, dialect))
    return po_reader_fail(reader, PO_TYPE_MISMATCH, word.at);
  if (dialect != NULL)
    return set_dialect(reader, dialect, po_constant(dialect->name));
  if (!unknown)
    return fail_unknown(reader, word);
  if (!po_is_word(word))
    return po_reader_fail(reader, PO_TYPE_INVALID, word.at);
  return set_opaque(reader, word);
}

po_code po_read_smtp(po_reader *reader) {
  static const po_text smtp = {"SMTP", 4};
  if (reader->options->type.at == NULL)
    return set_dialect(reader, &po_smtp, smtp);
  return po_read_type(reader, smtp);
}

/* Native text. */

po_code po_read_native(po_reader *reader, po_text native, const char *origin) {
  po_address *out = reader->out;
  bool as_written = native.at == origin;
  if (out->dialect == &po_smtp && as_written &&
      po_read_plain_spec(po_trim(native), out)) {
    if (out->route.length > 0) /* which po_check looks at, too */
      out->valid = false;
    return PO_OK;
  }
  po_code code = po_parse_native(native, reader->scratch, out, &reader->where);
  out->origin = as_written ? out->native.at : origin;
  if (code == PO_ADDRESS_EMPTY)
    reader->where = out->origin;
  return code;
}

/* By a profile that allows more than the wire does. */
static po_code read_by_profile(po_reader *reader, po_text native) {
  po_scanner s = {native.at, po_end(native),
                  po_allow(reader->options, PO_PROFILE_SMTP), NULL};
  po_gathered gathered;
  if (!po_gather(&gathered, reader->scratch, native.length))
    return PO_SCRATCH_FULL;
  po_code code = po_skip_cfws(&s, &gathered.comments);
  if (code == PO_OK)
    code = po_scan_addr_spec(&s, &gathered, reader->out);
  if (code == PO_OK && s.at < s.end)
    code = PO_MAILBOX_TEXT_AFTER;
  if (gathered.comments.length > 0)
    reader->out->comment = po_gathered_from(&gathered.comments, 0);
  return code == PO_OK ? PO_OK : po_reader_fail(reader, code, s.at);
}

po_code po_read_as_written(po_reader *reader, po_text native) {
  if (reader->out->dialect == &po_smtp &&
      (reader->options->allowed & ~PO_NO_SWITCH) != 0)
    return read_by_profile(reader, native);
  const char *control =
      reader->out->dialect->controls ? po_find_control(native) : NULL;
  if (control != NULL)
    return po_reader_fail(reader, PO_CONTROL_CHARACTER, control);
  return po_read_native(reader, native, native.at);
}
