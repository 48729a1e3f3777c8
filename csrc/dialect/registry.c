#include "dialect.h"

const po_dialect *const po_dialects[] = {
    &po_smtp, &po_ccmail, &po_ex,  &po_x500, &po_ms,
    &po_pcm,  &po_msmail, &po_msa, NULL,
};

const po_dialect *po_dialect_of(po_text type) {
  for (const po_dialect *const *d = po_dialects; *d != NULL; d++)
    if (po_same(po_constant((*d)->name), type))
      return *d;
  return NULL;
}
