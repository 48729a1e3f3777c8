/* Tells texts apart, whatever their size. */
#include "table/digest.h"

uint64_t po_digest(po_text text) {
  uint64_t digest = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < text.length; i++)
    digest = (digest ^ (unsigned char)text.at[i]) * UINT64_C(0x100000001b3);
  return digest;
}
