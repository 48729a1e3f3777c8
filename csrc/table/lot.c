/* Who of several takes a text. */
#include "table/lot.h"

#include "table/digest.h"

/* Spreads what two texts that are much alike hash to (MurmurHash3's last
** step): FNV-1a alone leaves the high bits of such nearly the same. */
static uint64_t spread(uint64_t hash) {
  hash = (hash ^ (hash >> 33)) * UINT64_C(0xff51afd7ed558ccd);
  hash = (hash ^ (hash >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
  return hash ^ (hash >> 33);
}

enum { FRACTION = 26 }; /* bits of a logarithm after the point */

/* 2^26 times -log2(x / 2^64), for an x that is not 0: the whole part by
** counting zeros in front, then a bit of the fraction by each squaring. */
static uint64_t minus_log2(uint64_t x) {
  uint64_t whole = 1, fraction = 0;
  for (; (x >> 63) == 0; x <<= 1)
    whole++;
  uint64_t mantissa = x >> 32; /* 2^31 stands for 1 */
  for (int bit = 0; bit < FRACTION; bit++) {
    mantissa = mantissa * mantissa >> 31;
    uint64_t carry = mantissa >> 32;
    mantissa >>= carry;
    fraction = fraction << 1 | carry;
  }
  return (whole << FRACTION) - fraction;
}

uint64_t po_lot(po_text text, po_text name) {
  static const po_text border = {"", 1}; /* a zero byte, which no text has */
  uint64_t hash = po_digest(PO_NO_DIGEST, text);
  hash = spread(po_digest(po_digest(hash, border), name));
  return minus_log2(hash == 0 ? 1 : hash);
}
