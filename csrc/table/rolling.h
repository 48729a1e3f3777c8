/*
** A rolling hash: each step takes one byte more, so that a single pass has the
** hashes of all ends of a text, or of all its beginnings.  Letters of ASCII
** hash alike in both cases.
*/
#ifndef PO_ROLLING_H
#define PO_ROLLING_H

#include "text.h"

#define PO_ROLLING_SEED UINT64_C(0x51ed270b7f4a7c15)
#define PO_ROLLING_PRIME UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t po_rolling_step(uint64_t hash, char c) {
  return (hash ^ (unsigned char)po_lower(c)) * PO_ROLLING_PRIME;
}

/* The hash of what was stepped over: what is looked up by. */
static inline uint64_t po_rolling_end(uint64_t hash) {
  hash = (hash ^ (hash >> 32)) * UINT64_C(0xd6e8feb86659fd93);
  return hash ^ (hash >> 32);
}

#endif
