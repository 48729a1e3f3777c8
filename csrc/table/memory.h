/*
** Memory that grows, of the user's allocator: so that it can be bounded, and
** refused by tests.
*/
#ifndef PO_MEMORY_H
#define PO_MEMORY_H

#include "text.h"

/* As lua_Alloc: frees `at` where `wanted` is 0, else returns it in its new
** size, or NULL where there is none. */
typedef void *po_resize(void *state, void *at, size_t size, size_t wanted);

typedef struct po_allocator {
  po_resize *resize;
  void *state;
} po_allocator;

/* Bytes one after the other; all zero is an empty one. */
typedef struct po_block {
  char *at;
  size_t length, capacity;
} po_block;

/* Room for `more` bytes, `most` in all; false, and nothing has changed, where
** there is none. */
bool po_block_reserve(po_block *block, const po_allocator *allocator,
                      size_t more, size_t most);

/* Appends to what has room. */
void po_block_put(po_block *block, const void *bytes, size_t length);

/* Gives back what is not used.  What cannot be made smaller stays. */
void po_block_trim(po_block *block, const po_allocator *allocator);

void po_block_free(po_block *block, const po_allocator *allocator);

#endif
