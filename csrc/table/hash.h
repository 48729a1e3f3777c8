/*
** The hash of a text, eight bytes at a time.  It is the same in every process
** of one byte order, so that what is looked up by it can be mapped from a file.
*/
#ifndef PO_HASH_H
#define PO_HASH_H

#include "text.h"

#include <string.h>

#define PO_HASH_SEED UINT64_C(0x51ed270b7f4a7c15)
#define PO_HASH_PRIME UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t po_hash_step(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * PO_HASH_PRIME;
  return hash ^ (hash >> 32);
}

static inline uint64_t po_hash(po_text text) {
  uint64_t hash = PO_HASH_SEED ^ text.length, word;
  size_t at = 0;
  for (; at + sizeof word <= text.length; at += sizeof word) {
    memcpy(&word, text.at + at, sizeof word);
    hash = po_hash_step(hash, word);
  }
  word = 0;
  if (at < text.length)
    memcpy(&word, text.at + at, text.length - at);
  hash = po_hash_step(hash, word) * UINT64_C(0xd6e8feb86659fd93);
  return hash ^ (hash >> 32);
}

#endif
