#include "memory.h"

#include <string.h>

enum { SMALLEST = 1024 };

static bool resize(po_block *block, const po_allocator *allocator,
                   size_t wanted) {
  void *at =
      allocator->resize(allocator->state, block->at, block->capacity, wanted);
  if (at == NULL && wanted > 0)
    return false;
  block->at = (char *)at;
  block->capacity = wanted;
  return true;
}

/* Half as much again, so that appending is linear and little is left over. */
static size_t grown(size_t capacity, size_t needed, size_t most) {
  size_t wanted = capacity + capacity / 2;
  if (wanted < needed)
    wanted = needed;
  if (wanted < SMALLEST)
    wanted = SMALLEST;
  return wanted < most ? wanted : most;
}

bool po_block_reserve(po_block *block, const po_allocator *allocator,
                      size_t more, size_t most) {
  if (more <= block->capacity - block->length)
    return true;
  if (block->length > most || more > most - block->length)
    return false;
  size_t needed = block->length + more;
  return resize(block, allocator, grown(block->capacity, needed, most)) ||
         resize(block, allocator, needed);
}

void po_block_put(po_block *block, const void *bytes, size_t length) {
  if (length > 0)
    memcpy(block->at + block->length, bytes, length);
  block->length += length;
}

void po_block_trim(po_block *block, const po_allocator *allocator) {
  if (block->length < block->capacity)
    resize(block, allocator, block->length);
}

void po_block_free(po_block *block, const po_allocator *allocator) {
  if (block->at != NULL)
    resize(block, allocator, 0);
  block->length = 0;
}
