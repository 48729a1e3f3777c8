/*
** Bytes are counted in the allocator, instructions in a count hook and by
** what the library charges, time by a timer that both look at.
*/
#include "meter.h"

#include <string.h>

#include "position.h"

void sbx_meter_init(sbx_meter *meter, size_t cap) {
  meter->cap = cap;
  meter->collect_at = cap / 2;
  meter->instructions = INT64_MAX;
}

void sbx_meter_start(sbx_state *state, int64_t instructions, sbx_timer *timer) {
  sbx_meter *meter = &state->meter;
  meter->killed = PO_OK;
  meter->instructions = instructions;
  meter->unread = 0;
  meter->allocations = 0;
  meter->timer = timer;
  state->by_wall = false;
}

void sbx_meter_stop(sbx_state *state) {
  sbx_meter *meter = &state->meter;
  meter->running = NULL;
  meter->killed = PO_OK;
  meter->instructions = INT64_MAX;
  meter->timer = NULL;
}

static bool late(sbx_state *state) {
  sbx_meter *meter = &state->meter;
  meter->unread = 0;
  meter->allocations = 0;
  if (meter->timer == NULL || !sbx_timer_late(meter->timer))
    return false;
  state->by_wall = meter->timer->by_wall;
  return true;
}

/* ---- Instructions and time ----------------------------------------------- */

int sbx_abort(lua_State *L, po_code why) {
  sbx_state *state = sbx_of(L);
  if (state->meter.killed == PO_OK)
    state->meter.killed = why;
  /* here, since LuaJIT has unwound the frames when the error arrives */
  sbx_position(L, state->position, sizeof state->position);
  lua_pushnil(L); /* nobody reads it; and it needs no memory */
  return lua_error(L);
}

static void check(lua_State *L, sbx_state *state) {
  const sbx_meter *meter = &state->meter;
  if (meter->killed != PO_OK)
    sbx_abort(L, meter->killed);
  if (meter->instructions < 0)
    sbx_abort(L, PO_POLICY_BUDGET);
  if (meter->unread >= SBX_INTERVAL || meter->big > 0)
    if (late(state))
      sbx_abort(L, PO_POLICY_DEADLINE);
}

static void spend(sbx_meter *meter, size_t work) {
  int64_t cost = work > INT32_MAX ? INT32_MAX : (int64_t)work;
  meter->instructions -= cost;
  meter->unread += cost;
}

void sbx_charge(lua_State *L, size_t work) {
  sbx_state *state = sbx_of(L);
  spend(&state->meter, work);
  check(L, state);
}

void sbx_check_clock(lua_State *L) {
  if (late(sbx_of(L)))
    sbx_abort(L, PO_POLICY_DEADLINE);
}

bool sbx_charge_crossing(sbx_state *state) {
  spend(&state->meter, state->bytes.weight / SBX_CROSSING_BYTES);
  return state->meter.instructions >= 0;
}

/* The instructions until the next look at the meters. */
static int wanted_interval(const sbx_meter *meter) {
  if (meter->killed != PO_OK || meter->used > meter->collect_at)
    return 1;
  size_t blocks = meter->big / SBX_BIG_BLOCK;
  if (blocks <= 1)
    return SBX_INTERVAL;
  return blocks < SBX_INTERVAL ? SBX_INTERVAL / (int)blocks : 1;
}

static void hook(lua_State *L, lua_Debug *event);

static void set_interval(lua_State *L, sbx_meter *meter, int interval) {
  meter->interval = interval;
  lua_sethook(L, hook, LUA_MASKCOUNT, interval);
}

/*
** Lua 5.1 and LuaJIT never collect because memory is short, and the others
** collect again and again when it stays so; therefore we do it before.
*/
static void hook(lua_State *L, lua_Debug *event) {
  sbx_state *state = sbx_of(L);
  sbx_meter *meter = &state->meter;
  (void)event;
  spend(meter, (size_t)meter->interval);
  check(L, state);
  if (meter->used > meter->collect_at) {
    sbx_collect(L, state);
  }
  int wanted = wanted_interval(meter);
  if (wanted != meter->interval)
    set_interval(L, meter, wanted);
}

void sbx_arm(lua_State *L) {
  lua_sethook(L, hook, LUA_MASKCOUNT, SBX_INTERVAL);
}

void sbx_meter_watch(sbx_state *state, lua_State *L) {
  sbx_meter *meter = &state->meter;
  int wanted = wanted_interval(meter);
  meter->running = L;
  meter->interval = lua_gethookcount(L);
  if (wanted != meter->interval)
    set_interval(L, meter, wanted);
}

/* ---- Callbacks --------------------------------------------------------- */

void sbx_call_back(lua_State *L, int arguments, int results) {
  sbx_state *state = sbx_of(L);
  if (state->callbacks >= SBX_MAX_CALLBACKS)
    luaL_error(L, "gsub and sort functions are nested too deeply");
  state->callbacks++; /* an error ends the script: nothing to count back */
  lua_call(L, arguments, results);
  state->callbacks--;
}

/* ---- Bytes --------------------------------------------------------------- */

/* Whether `more` bytes fit; where no script runs, with our reserve. */
static bool fits(const sbx_meter *meter, size_t more) {
  size_t limit = meter->cap + (meter->running == NULL ? SBX_RESERVE : 0);
  return meter->used <= limit && more <= limit - meter->used;
}

static bool refused(sbx_state *state, size_t old, size_t size) {
  sbx_meter *meter = &state->meter;
  if (meter->killed != PO_OK)
    return true;
  if (++meter->allocations >= SBX_ALLOCATIONS && late(state)) {
    meter->killed = PO_POLICY_DEADLINE;
    return true;
  }
  if (fits(meter, size - old))
    return false;
  if (late(state)) /* or a full collection follows each refusal */
    meter->killed = PO_POLICY_DEADLINE;
  return true;
}

static size_t big_part(size_t size) { return size > SBX_BIG_BLOCK ? size : 0; }

/* Counts a block that became `size` bytes from `old`. */
static void count(sbx_meter *meter, size_t old, size_t size) {
  meter->used = meter->used - old + size;
  meter->big = meter->big - big_part(old) + big_part(size);
  if (size <= old || meter->running == NULL)
    return;
  spend(meter, (size - old) / SBX_BYTES_AN_INSTRUCTION);
  int wanted = wanted_interval(meter);
  if (wanted < meter->interval)
    set_interval(meter->running, meter, wanted);
}

/* Memory from the arena, for as long as it lasts; it is never given back. */
static void *from_arena(sbx_arena *arena, size_t size) {
  size_t aligned = (size + 15) & ~(size_t)15;
  if (!arena->open || aligned > SBX_ARENA - arena->used)
    return NULL;
  void *block = arena->at + arena->used;
  arena->used += aligned;
  return block;
}

static bool in_arena(const sbx_arena *arena, const void *block) {
  uintptr_t at = (uintptr_t)block, first = (uintptr_t)arena->at;
  return block != NULL && at >= first && at < first + SBX_ARENA;
}

/* Resizes a block; one in the arena stays there or moves out. */
static void *resize(sbx_state *state, void *block, size_t old, size_t size) {
  bool fresh = block == NULL;
  if (!fresh && !in_arena(&state->arena, block))
    return state->lua_allocate(state->lua_data, block, old, size);
  if (size == 0)
    return NULL;
  void *result = from_arena(&state->arena, size);
  if (result == NULL)
    result = state->lua_allocate(state->lua_data, NULL, fresh ? old : 0, size);
  if (result != NULL && !fresh)
    memcpy(result, block, old < size ? old : size);
  return result;
}

void *sbx_allocate(void *data, void *block, size_t old, size_t size) {
  sbx_state *state = data;
  sbx_meter *meter = &state->meter;
  size_t had = block == NULL ? 0 : old; /* else 5.2 passes a kind in `old` */
  if (size > had && refused(state, had, size))
    return NULL;
  void *result = resize(state, block, old, size);
  if (result == NULL && size > 0) {
    if (size > had)
      return NULL;
    result = block; /* Lua counts on shrinking */
  }
  count(meter, had, size);
  return result;
}
