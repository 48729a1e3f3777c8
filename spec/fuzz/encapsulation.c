/*
** Opens any bytes: as an address that may carry another one, and as the
** attributes and local parts in which it would be carried.  What comes out is
** an address like any other, and closed again it comes out again.
*/
#include "properties.h"

/* What was opened can be closed again, unless it does not fit (what was written
** with less than 128 characters may take more in the preferred encoding). */
static void hold_closed(const po_address *inner, const po_address *shell) {
  po_address outer;
  po_code code;
  char *scratch = closed(inner, shell, &outer, &code);
  PROPERTY(code != PO_ENCAPSULATION_AMBIGUOUS);
  if (scratch != NULL)
    hold_opened(&outer, inner, shell);
  free(scratch);
}

static void open(const po_address *outer) {
  po_scratch scratch = scratch_of(PO_SCRATCH_FOR(length_of(outer)));
  po_address inner, shell;
  const char *where;
  if (po_decapsulate(outer, &scratch, &inner, &shell, &where) == PO_OK) {
    if (hold(inner.native, &inner))
      hold_closed(&inner, &shell);
  }
  free(scratch.at);
}

static void open_text(po_text text, const char *type) {
  po_parse_options options = {.type = text_of(type), .notation = PO_NATIVE};
  po_scratch scratch = scratch_of(PO_SCRATCH_FOR(text.length + strlen(type)));
  po_address outer;
  size_t position;
  if (po_parse(text, &options, &scratch, &outer, &position) == PO_OK)
    open(&outer);
  free(scratch.at);
}

static void open_localpart(po_text text) {
  po_address outer = shell_of("SMTP");
  set_field(&outer, "domain", "gw.example");
  outer.field[0] = text;
  open(&outer);
}

/* The text behind "dda:RFC-822=", in as many attributes as there are lines. */
static void open_attributes(po_text text) {
  static const char *const names[] = {"RFC-822", "RFC822C1", "RFC822C2",
                                      "RFC822C3"};
  po_address outer = shell_of("X400");
  int field = 0;
  while (strcmp(outer.dialect->fields[field], "dda1_type") != 0)
    field++;
  const char *at = text.at, *end = text.at + text.length;
  for (int i = 0; i < 4 && at != NULL; i++) {
    const char *stop = at == end ? NULL : memchr(at, '\n', (size_t)(end - at));
    outer.field[field++] = text_of(names[i]);
    outer.field[field++] =
        (po_text){at, (size_t)((stop == NULL ? end : stop) - at)};
    at = stop == NULL ? NULL : stop + 1;
  }
  open(&outer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  po_text text = {(const char *)data, size};
  open_text(text, "SMTP");
  open_text(text, "CCMAIL");
  open_text(text, "X400");
  open_localpart(text);
  if (size > 0)
    open_attributes(text);
  return 0;
}
