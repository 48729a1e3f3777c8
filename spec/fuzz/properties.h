/*
** What the targets share: the promises of postoffice.h, held against one
** address.  What can be written is read back as it was, field by field; the
** preferred spelling is a spelling, and its own; a key is every spelling's;
** and an address comes out of an encapsulation as it went in.
*/
#ifndef PO_PROPERTIES_H
#define PO_PROPERTIES_H

#include "dialect/dialect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROPERTY(condition)                                                    \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);  \
      abort();                                                                 \
    }                                                                          \
  } while (0)

static inline po_text text_of(const char *string) {
  po_text text = {string, strlen(string)};
  return text;
}

static inline po_scratch scratch_of(size_t length) {
  char *memory = (char *)malloc(length);
  PROPERTY(memory != NULL);
  return (po_scratch){memory, length, 0};
}

static inline bool same_text(po_text a, po_text b) {
  return (a.at == NULL) == (b.at == NULL) && a.length == b.length &&
         (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

static inline bool same_written(po_buffer a, po_buffer b) {
  return same_text((po_text){a.at, a.length}, (po_text){b.at, b.length});
}

/* What the type holds; a name, a comment or a route not every notation has. */
static inline bool same_fields(const po_address *a, const po_address *b) {
  if (a->dialect != b->dialect || !same_text(a->type, b->type))
    return false;
  for (int i = 0; a->dialect->fields[i] != NULL; i++)
    if (!same_text(a->field[i], b->field[i]))
      return false;
  return true;
}

/* What a header has besides: absent and empty are the same there. */
static inline bool same_name(po_text a, po_text b) {
  return a.length == 0 ? b.length == 0 : same_text(a, b);
}

static inline bool same_names(const po_address *a, const po_address *b) {
  return same_name(a->display_name, b->display_name) &&
         same_name(a->comment, b->comment) && same_name(a->route, b->route);
}

/* Writing. */

typedef po_code po_writer(const po_address *, po_notation, po_buffer *,
                          po_scratch *);

/* The address as `write` writes it, to be freed; `at` is NULL if refused. */
static inline po_buffer written(po_writer *write, const po_address *address,
                                po_notation notation) {
  for (size_t room = 64;;) {
    po_scratch scratch =
        scratch_of(PO_SCRATCH_FOR(address->type.length + room));
    po_buffer out = {(char *)malloc(room), room, 0};
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

static inline po_code put_key(const po_address *address, po_notation notation,
                              po_buffer *out, po_scratch *scratch) {
  (void)notation;
  (void)scratch;
  return po_key(address, out);
}

static inline bool same_key(const po_address *a, const po_address *b) {
  po_buffer left = written(put_key, a, PO_NATIVE);
  po_buffer right = written(put_key, b, PO_NATIVE);
  bool same = same_written(left, right);
  free(left.at);
  free(right.at);
  return same;
}

/* Reads what was written, as that type and notation; the result is the
** scratch to free. */
static inline char *read_back(const po_address *address, po_notation notation,
                              po_buffer text, po_address *out) {
  po_parse_options options = {
      .type = address->type, .notation = notation, .unknown = true};
  size_t length = address->type.length + text.length, position;
  po_scratch scratch = scratch_of(PO_SCRATCH_FOR(length));
  po_text input = {text.at, text.length};
  PROPERTY(po_parse(input, &options, &scratch, out, &position) == PO_OK);
  return scratch.at;
}

/* One notation. */

static inline void hold_preferred(const po_address *address,
                                  po_notation notation) {
  po_buffer text = written(po_normalize, address, notation);
  po_address back;
  char *scratch = read_back(address, notation, text, &back);
  PROPERTY(same_key(address, &back));
  po_buffer again = written(po_normalize, &back, notation);
  PROPERTY(same_written(text, again));
  free(again.at);
  free(scratch);
  free(text.at);
}

/* Whether the notation could carry the address. */
static inline bool hold_notation(const po_address *address,
                                 po_notation notation) {
  po_buffer text = written(po_format, address, notation);
  if (text.at == NULL)
    return false;
  po_address back;
  char *scratch = read_back(address, notation, text, &back);
  PROPERTY(same_fields(address, &back));
  PROPERTY(notation != PO_HEADER || same_names(address, &back));
  PROPERTY(same_key(address, &back));
  hold_preferred(address, notation);
  free(scratch);
  free(text.at);
  return true;
}

/* Encapsulation. */

static inline void set_field(po_address *address, const char *name,
                             const char *value) {
  int i = 0;
  while (strcmp(address->dialect->fields[i], name) != 0)
    i++;
  address->field[i] = text_of(value);
}

static inline po_address shell_of(const char *type) {
  po_address shell = {0};
  shell.type = text_of(type);
  shell.dialect = po_dialect_of(shell.type);
  return shell;
}

/* Every way to carry an address; the result is how many there are. */
enum { SHELLS = 6 };
static inline void all_shells(po_address shells[SHELLS]) {
  static const char *const types[] = {"RFC-822", "SMTP", "MS", "MSXCHNGE"};
  shells[0] = shell_of("SMTP");
  set_field(&shells[0], "domain", "gw.example");
  shells[1] = shell_of("CCMAIL");
  set_field(&shells[1], "postoffice", "internet");
  for (int i = 2; i < SHELLS; i++) {
    shells[i] = shell_of("X400");
    set_field(&shells[i], "c", "us");
    set_field(&shells[i], "a", " ");
    set_field(&shells[i], "p", "Org");
    set_field(&shells[i], "dda1_type", types[i - 2]);
    set_field(&shells[i], "syntax", "exchange");
  }
}

static inline size_t length_of(const po_address *address) {
  size_t length = 0;
  for (int i = 0; address->dialect->fields[i] != NULL; i++)
    length += address->field[i].length;
  return length;
}

static inline void hold_opened(const po_address *outer, const po_address *inner,
                               const po_address *shell) {
  po_scratch scratch = scratch_of(PO_SCRATCH_FOR(length_of(outer)));
  bool smtp = strcmp(inner->dialect->name, "SMTP") == 0; /* has a domain */
  po_text domain = smtp ? inner->field[PO_DOMAIN] : (po_text){NULL, 0};
  po_scratch room = scratch_of(PO_DOMAIN_FOR(domain.length));
  po_address carried = *inner, back, left;
  const char *where;
  if (strcmp(shell->dialect->name, "X400") == 0 && po_find_high(domain) != NULL)
    PROPERTY(po_convert_domain(&carried, PO_DOMAIN_ASCII, &room, &where) ==
             PO_OK);
  PROPERTY(po_decapsulate(outer, &scratch, &back, &left, &where) == PO_OK);
  PROPERTY(same_fields(&carried, &back));
  PROPERTY(same_text(inner->display_name, back.display_name));
  PROPERTY(same_fields(shell, &left));
  free(scratch.at);
  free(room.at);
}

/* `inner` carried in `shell`, in scratch to be freed; NULL if it cannot be, and
** the `code` says why. */
static inline char *closed(const po_address *inner, const po_address *shell,
                           po_address *outer, po_code *code) {
  po_buffer native = written(po_format, inner, PO_ONEOFF);
  size_t length = inner->type.length + native.length;
  po_scratch scratch = scratch_of(PO_ENCAPSULATION_FOR(length));
  *code = po_encapsulate(inner, shell, &scratch, outer);
  free(native.at);
  if (*code == PO_OK)
    return scratch.at;
  free(scratch.at);
  return NULL;
}

/* Closed and opened, as it is in memory and as it is written. */
static inline void hold_shell(const po_address *inner,
                              const po_address *shell) {
  po_address outer, back;
  po_code code;
  char *scratch = closed(inner, shell, &outer, &code);
  if (scratch == NULL)
    return;
  hold_opened(&outer, inner, shell);
  po_buffer text = written(po_format, &outer, PO_ONEOFF);
  PROPERTY(text.at != NULL);
  char *more = read_back(&outer, PO_ONEOFF, text, &back);
  hold_opened(&back, inner, shell);
  free(more);
  free(text.at);
  free(scratch);
}

/* The canonical address is equal, and its own. */
static inline void hold_canonical(const po_address *address) {
  po_scratch scratch = scratch_of(PO_CANONICAL_FOR(length_of(address)));
  po_scratch more = scratch_of(PO_CANONICAL_FOR(length_of(address)));
  po_address canonical, again;
  po_code code = po_canonical(address, &scratch, &canonical);
  PROPERTY(code != PO_SCRATCH_FULL);
  if (code == PO_OK) {
    PROPERTY(same_key(address, &canonical));
    PROPERTY(po_canonical(&canonical, &more, &again) == PO_OK);
    PROPERTY(same_fields(&canonical, &again));
  }
  free(more.at);
  free(scratch.at);
}

/* Everything; whether a one-off can carry the address. */

static inline bool hold(po_text text, const po_address *address) {
  const char *where = NULL;
  if (po_check(address, &where) != PO_OK)
    PROPERTY(po_position(text, address, where) <= text.length);
  bool carried[PO_NOTATION_COUNT];
  for (int notation = PO_PROXY; notation < PO_NOTATION_COUNT; notation++)
    carried[notation] = hold_notation(address, (po_notation)notation);
  hold_canonical(address);
  if (!carried[PO_ONEOFF])
    return false;
  po_address shells[SHELLS];
  all_shells(shells);
  for (int i = 0; i < SHELLS; i++)
    hold_shell(address, &shells[i]);
  return true;
}

#endif
