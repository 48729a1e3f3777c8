/*
** A dialect's target is this file and the names of its types: TYPES, a list
** of strings.  Any bytes are read as native text of each of them, plain and,
** since not all text can stand so, in a one-off.
*/
#include "properties.h"

static const char *const types[] = {TYPES};

/* Reads `text`, and holds what was read to what was promised; whatever has
** been read can be written. */
static void hold_text(po_text text, const char *type, po_notation notation) {
  po_parse_options options = {
      .type = text_of(type), .notation = notation, .unknown = true};
  po_scratch scratch = scratch_of(PO_SCRATCH_FOR(text.length + strlen(type)));
  po_address address;
  size_t position = 0;
  if (po_parse(text, &options, &scratch, &address, &position) == PO_OK) {
    PROPERTY(hold(text, &address));
  } else {
    PROPERTY(position <= text.length);
  }
  free(scratch.at);
}

/* "[TYPE:...]" with every byte but letters and digits escaped. */
static void hold_escaped(po_text text, const char *type) {
  size_t room = 4 * text.length + strlen(type) + 4, length;
  char *oneoff = (char *)malloc(room);
  PROPERTY(oneoff != NULL);
  length = (size_t)snprintf(oneoff, room, "[%s:", type);
  for (size_t i = 0; i < text.length; i++)
    length += (size_t)snprintf(oneoff + length, room - length, "\\x%02X",
                               (unsigned char)text.at[i]);
  oneoff[length++] = ']';
  hold_text((po_text){oneoff, length}, type, PO_ONEOFF);
  free(oneoff);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  po_text text = {(const char *)data, size};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    hold_text(text, types[i], PO_NATIVE);
    hold_escaped(text, types[i]);
  }
  return 0;
}
