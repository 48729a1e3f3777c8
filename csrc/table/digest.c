/* Tells texts apart, whatever their size. */
#include "table/digest.h"

uint64_t po_digest(uint64_t before, po_text text) {
  uint64_t digest = before;
  for (size_t i = 0; i < text.length; i++)
    digest = (digest ^ (unsigned char)text.at[i]) * UINT64_C(0x100000001b3);
  return digest;
}
