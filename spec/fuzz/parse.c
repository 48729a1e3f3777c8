/*
** Reads any bytes as an address, in the notation and of the type that the
** first byte names, by a profile that it names, too, and holds what was read to
** what was promised.
*/
#include "properties.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const types[] = {NULL, "SMTP", "CCMAIL", "EX", "PROFS"};
  if (size == 0)
    return 0;
  enum { TYPES = sizeof types / sizeof *types };
  const po_switches profiles[] = {0, po_profile_switches(PO_PROFILE_OBSOLETE),
                                  po_profile_switches(PO_PROFILE_LENIENT),
                                  po_profile_switches(PO_PROFILE_HEADER)};
  const char *type = types[(data[0] >> 4) % TYPES];
  po_parse_options options = {
      .type = {type, type == NULL ? 0 : strlen(type)},
      .notation = (po_notation)((data[0] & 7) % PO_NOTATION_COUNT),
      .unknown = (data[0] & 8) != 0,
      .allowed = profiles[(data[0] >> 4) / TYPES]};
  po_text text = {(const char *)data + 1, size - 1};
  po_scratch scratch = scratch_of(PO_SCRATCH_FOR(text.length));
  po_address address;
  size_t position = 0;
  po_code code = po_parse(text, &options, &scratch, &address, &position);
  PROPERTY(code != PO_SCRATCH_FULL);
  if (code == PO_OK)
    hold(text, &address);
  else
    PROPERTY(position <= text.length);
  free(scratch.at);
  return 0;
}
