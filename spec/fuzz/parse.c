/*
** Reads any bytes as an address, in the notation that the first byte names,
** and holds what was read to the promises of postoffice.h: what can be
** written is read back as it was, field by field, and an address comes out of
** an encapsulation as it went in.
*/
#include "postoffice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROMISE(condition)                                                     \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);  \
      abort();                                                                 \
    }                                                                          \
  } while (0)

static po_scratch scratch_of(size_t length) {
  char *memory = (char *)malloc(length);
  PROMISE(memory != NULL);
  return (po_scratch){memory, length, 0};
}

static bool same_text(po_text a, po_text b) {
  return (a.at == NULL) == (b.at == NULL) && a.length == b.length &&
         (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

/* What the type holds; a name, a comment or a route not every notation has. */
static bool same_fields(const po_address *a, const po_address *b) {
  if (a->dialect != b->dialect || !same_text(a->type, b->type))
    return false;
  for (int i = 0; a->dialect->fields[i] != NULL; i++)
    if (!same_text(a->field[i], b->field[i]))
      return false;
  return true;
}

typedef po_code po_writer(const po_address *, po_notation, po_buffer *,
                          po_scratch *);

/* The address as `write` writes it, to be freed; its `at` is NULL if refused.
 */
static po_buffer written(po_writer *write, const po_address *address,
                         po_notation notation) {
  po_buffer out = {NULL, 0, 0};
  size_t room = 64;
  for (;;) {
    po_scratch scratch =
        scratch_of(PO_SCRATCH_FOR(address->type.length + room));
    out = (po_buffer){(char *)malloc(room), room, 0};
    po_code code = write(address, notation, &out, &scratch);
    free(scratch.at);
    if (out.length <= room && code == PO_OK)
      return out;
    free(out.at);
    if (out.length <= room)
      return (po_buffer){NULL, 0, 0};
    room = out.length;
  }
}

/* Writes in one notation and reads that back. */
static void round_trip(const po_address *address, po_notation notation) {
  po_buffer text = written(po_format, address, notation);
  if (text.at == NULL)
    return;
  po_parse_options options = {address->type, notation, true};
  po_scratch scratch =
      scratch_of(PO_SCRATCH_FOR(address->type.length + text.length));
  po_address again;
  size_t position;
  po_text input = {text.at, text.length};
  PROMISE(po_parse(input, &options, &scratch, &again, &position) == PO_OK);
  PROMISE(same_fields(address, &again));
  free(scratch.at);
  free(text.at);
}

static void through(const po_address *inner, const char *type) {
  po_buffer native = written(po_format, inner, PO_NATIVE);
  if (native.at == NULL)
    return;
  size_t length = inner->type.length + native.length;
  po_scratch scratch = scratch_of(PO_ENCAPSULATION_FOR(length));
  po_address outer;
  po_text word = {type, strlen(type)}, place = {"example.com", 11};
  if (po_encapsulate(inner, word, place, &scratch, &outer) == PO_OK) {
    po_scratch more = scratch_of(PO_SCRATCH_FOR(PO_ENCAPSULATION_FOR(length)));
    po_address back;
    po_text shell;
    const char *where;
    PROMISE(po_decapsulate(&outer, &more, &back, &shell, &where) == PO_OK);
    PROMISE(same_fields(inner, &back));
    PROMISE(same_text(shell, place));
    free(more.at);
  }
  free(scratch.at);
  free(native.at);
}

static void use(po_text text, const po_address *address) {
  const char *where = NULL;
  if (po_check(address, &where) != PO_OK)
    PROMISE(po_position(text, address, where) <= text.length);
  for (int notation = PO_PROXY; notation < PO_NOTATION_COUNT; notation++) {
    round_trip(address, (po_notation)notation);
    free(written(po_normalize, address, (po_notation)notation).at);
  }
  char key[64];
  po_buffer out = {key, sizeof key, 0};
  po_key(address, &out);
  through(address, "SMTP");
  through(address, "CCMAIL");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const types[] = {NULL, "SMTP", "CCMAIL", "EX", "PROFS"};
  if (size == 0)
    return 0;
  const char *type = types[(data[0] >> 4) % (sizeof types / sizeof *types)];
  po_parse_options options = {{type, type == NULL ? 0 : strlen(type)},
                              (po_notation)((data[0] & 7) % PO_NOTATION_COUNT),
                              (data[0] & 8) != 0};
  po_text text = {(const char *)data + 1, size - 1};
  po_scratch scratch = scratch_of(PO_SCRATCH_FOR(text.length));
  po_address address;
  size_t position = 0;
  if (po_parse(text, &options, &scratch, &address, &position) == PO_OK)
    use(text, &address);
  else
    PROMISE(position <= text.length);
  free(scratch.at);
  return 0;
}
