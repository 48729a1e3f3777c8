/* The three meters: bytes, instructions, time. */
#ifndef SBX_METER_H
#define SBX_METER_H

#include "state.h"

enum {
  /* Instructions between two looks at the clock. */
  SBX_INTERVAL = 100,
  /*
  ** One instruction can cost as much as a block is long (`..`, `==`, `<`,
  ** `next`, a number in a string).  The more bytes live in blocks above this
  ** size, the fewer instructions pass between two looks at the clock.
  */
  SBX_BIG_BLOCK = 64 * 1024,
  /* Bytes of new memory that cost one instruction. */
  SBX_BYTES_AN_INSTRUCTION = 256,
  /* Bytes that a simple loop handles for one instruction. */
  SBX_LOOP_BYTES = 16,
  /* Bytes of values that cross the border for one instruction. */
  SBX_CROSSING_BYTES = 32,
  /* Allocations between two looks at the clock: a compiler has no hook. */
  SBX_ALLOCATIONS = 64,
  /*
  ** What we have beyond the cap to tidy up after a script that has used all of
  ** it: with each collection Lua 5.2 gives up what the next call needs.
  */
  SBX_RESERVE = 4 * 1024,
  /* What lua_newstate needs: 12 KiB in LuaJIT, 5 KiB in the others. */
  SBX_ARENA = 16 * 1024
};

void sbx_meter_init(sbx_meter *meter, size_t cap);

/* Starts and stops the meters, on a timer that runs and what is left. */
void sbx_meter_start(sbx_state *state, int64_t instructions, sbx_timer *timer);
void sbx_meter_stop(sbx_state *state);

/* From now on `L` is the thread that runs. */
void sbx_meter_watch(sbx_state *state, lua_State *L);

/*
** Charges `work` (in instructions) for what a C function is about to do.
** Raises when a meter has run out.
*/
void sbx_charge(lua_State *L, size_t work);

/* Reads the clock at once, for work that no hook watches; raises likewise. */
void sbx_check_clock(lua_State *L);

/*
** Charges for the values in the state's bytes, before they are made on the
** other side.  False where the instructions do not suffice.
*/
bool sbx_charge_crossing(sbx_state *state);

/* Ends the script for good, which has no way to catch it.  Never returns. */
int sbx_abort(lua_State *L, po_code why);

/*
** lua_call for library functions.  The C stack is the host's, and LuaJIT has
** room for thousands of such calls inside each other; so they are counted.
*/
void sbx_call_back(lua_State *L, int arguments, int results);

/* Arms the meters' hook; threads made by `L` inherit it. */
void sbx_arm(lua_State *L);

/* The script state's allocator; `data` is the `sbx_state`. */
void *sbx_allocate(void *data, void *block, size_t old, size_t size);

#endif
