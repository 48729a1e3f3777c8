/* The three meters: bytes, instructions, time. */
#ifndef POS_METER_H
#define POS_METER_H

#include "state.h"

enum {
  /* Instructions between two looks at the clock. */
  POS_INTERVAL = 100,
  /*
  ** One instruction can cost as much as a block is long (`..`, `==`, `<`,
  ** `next`, a number in a string).  The more bytes live in blocks above this
  ** size, the fewer instructions pass between two looks at the clock.
  */
  POS_BIG_BLOCK = 64 * 1024,
  /* Bytes of new memory that cost one instruction. */
  POS_BYTES_AN_INSTRUCTION = 256,
  /* Allocations between two looks at the clock: a compiler has no hook. */
  POS_ALLOCATIONS = 64,
  /* What lua_newstate needs: 12 KiB in LuaJIT, 5 KiB in the others. */
  POS_CRADLE = 16 * 1024
};

void pos_meter_init(pos_meter *meter, size_t cap);

/* A full collection has just ended: decides when the next one is due. */
void pos_meter_collected(pos_meter *meter);

/* The script state's allocator; `data` is the `pos_state`. */
void *pos_allocate(void *data, void *block, size_t old, size_t size);

#endif
