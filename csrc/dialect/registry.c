#include "dialect.h"

const po_dialect *const po_dialects[] = {
    &po_smtp,  &po_ccmail,    &po_ex,  &po_x500, &po_ms,
    &po_pcm,   &po_msmail,    &po_msa, &po_x400, &po_notes,
    &po_gwise, &po_groupwise, &po_fax, &po_uucp, NULL,
};

/* Other words for a type, as people write them in one-offs. */
static const struct {
  const char *word;
  const po_dialect *dialect;
} aliases[] = {
    {"X.400", &po_x400}, /* Q89410, RFC 1685 */
};

const po_dialect *po_dialect_of(po_text type) {
  for (const po_dialect *const *d = po_dialects; *d != NULL; d++)
    if (po_same(po_constant((*d)->name), type))
      return *d;
  for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
    if (po_same(po_constant(aliases[i].word), type))
      return aliases[i].dialect;
  return NULL;
}
