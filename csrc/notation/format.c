/*
** po_format and po_normalize, and the promise that what was written can be
** read back.
*/
#include "format.h"

#include "registry.h"

bool po_same_name(po_text a, po_text b) {
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
  return a->dialect == b->dialect && same_fields(a, b) &&
         (!rules->carries_name ||
          po_same_name(a->display_name, b->display_name)) &&
         (!rules->carries_comment || po_same_name(a->comment, b->comment)) &&
         (!rules->carries_route || po_same_name(a->route, b->route)) &&
         (!rules->carries_secondary || a->secondary == b->secondary);
}

po_code po_verify(const po_address *address, po_notation notation,
                  po_text written, po_scratch *scratch) {
  po_parse_options options = {
      .type = address->type, .notation = notation, .unknown = true};
  if (notation == PO_HEADER)
    options.allowed = po_profile_switches(PO_PROFILE_HEADER) |
                      PO_SWITCH_BIT(PO_SWITCH_ROUTES) |
                      PO_SWITCH_BIT(PO_SWITCH_EMPTY_ITEMS);
  po_address back;
  size_t position;
  scratch->used = 0;
  po_code code = po_parse(written, &options, scratch, &back, &position);
  if (code != PO_OK)
    return code;
  return same_as_read(po_notations[notation], address, &back)
             ? PO_OK
             : PO_FORMAT_UNREADABLE;
}

/* Whether a notation of SMTP's alone can write it: the null path has a local
** part, which is empty. */
static po_code check_smtp(const po_address *address) {
  if (address->dialect != &po_smtp)
    return PO_NOTATION_TYPE;
  if (address->field[PO_LOCALPART].at != NULL)
    return PO_OK;
  return address->field[PO_DOMAIN].at == NULL ? PO_ADDRESS_EMPTY
                                              : PO_LOCALPART_EMPTY;
}

typedef po_code put_native(const po_address *address, po_buffer *out);

static po_code put_formatted(const po_address *address, po_buffer *out) {
  address->dialect->format(address, out);
  return PO_OK;
}

/* Native text by `put` into scratch, from there into the notation. */
static po_code write(const po_address *address, po_notation notation,
                     put_native *put, po_buffer *out, po_scratch *scratch) {
  const po_notation_rules *rules = po_notations[notation];
  po_code code = rules->smtp_only ? check_smtp(address) : PO_OK;
  if (code != PO_OK)
    return code;
  if (address->dialect == &po_opaque && !po_is_word(address->type))
    return PO_TYPE_INVALID;
  po_buffer native = {scratch->at, scratch->length, 0};
  code = put(address, &native);
  if (code != PO_OK)
    return code;
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
  po_code code = write(address, notation, put_formatted, out, scratch);
  if (code != PO_OK || out->length > out->size ||
      is_plainly_written(address, notation))
    return code;
  po_text written = {out->at, out->length};
  return po_verify(address, notation, written, scratch);
}

/* Whether a control was read as section 4 of RFC 5322 has it, which nobody may
** write: plain addresses that po_check has no error for have none anywhere. */
static po_code check_controls(const po_address *address, const po_buffer *out) {
  po_text written = {out->at, out->length};
  return address->valid || out->length > out->size ||
                 po_find_control(written) == NULL
             ? PO_OK
             : PO_CONTROL_CHARACTER;
}

po_code po_normalize(const po_address *address, po_notation notation,
                     po_buffer *out, po_scratch *scratch) {
  put_native *put = address->dialect->normalize;
  if (address->plain && notation == PO_NATIVE)
    return put(address, out);
  po_code code =
      write(address, notation, put == NULL ? put_formatted : put, out, scratch);
  return code == PO_OK ? check_controls(address, out) : code;
}
