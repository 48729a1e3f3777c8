/* The life of an isolated state. */
#include "state.h"

#include <stdio.h>
#include <string.h>

#include "library.h"
#include "meter.h"

/* LuaJIT's own switch; absent, and then NULL, on every other Lua. */
#if LUA_VERSION_NUM == 501 && defined(__GNUC__)
__attribute__((weak)) int luaJIT_setmode(lua_State *L, int index, int mode);
enum { LUAJIT_ENGINE_OFF = 0 };
#endif

pos_state *pos_of(lua_State *L) {
  void *data;
  (void)lua_getallocf(L, &data);
  return data;
}

/* All protected work of the main thread enters here. */
static int trampoline(lua_State *L) {
  pos_state *state = pos_of(L);
  state->job(L, state, state->job_data);
  return 0;
}

/* What a failed job left on top of the stack becomes the message. */
static void keep_message(pos_state *state, int status) {
  const char *text = "not enough memory";
  if (status != LUA_ERRMEM && lua_type(state->L, -1) == LUA_TSTRING)
    text = lua_tostring(state->L, -1);
  snprintf(state->message, sizeof state->message, "%s", text);
}

static int guard_once(pos_state *state, pos_job job, void *data) {
  lua_State *L = state->L;
  state->job = job;
  state->job_data = data;
  lua_rawgeti(L, LUA_REGISTRYINDEX, POS_TRAMPOLINE);
  return lua_pcall(L, 0, 0, 0);
}

static void collect(lua_State *L, pos_state *state, void *data) {
  (void)data;
  lua_gc(L, LUA_GCCOLLECT, 0);
  pos_meter_collected(&state->meter);
}

int pos_guard(pos_state *state, pos_job job, void *data) {
  int status = guard_once(state, job, data);
  if (status == LUA_ERRMEM) {
    lua_settop(state->L, 0);
    guard_once(state, collect, NULL);
    lua_settop(state->L, 0);
    status = guard_once(state, job, data);
  }
  if (status != 0)
    keep_message(state, status);
  lua_settop(state->L, 0);
  return status;
}

void pos_collect_if_full(pos_state *state) {
  if (state->meter.used <= state->meter.collect_at)
    return;
  guard_once(state, collect, NULL);
  lua_settop(state->L, 0);
}

/*
** The first protected call of a state.  Leaves the trampoline and the open
** libraries in the registry; upvalues and stack are gone when it returns.
*/
static int boot(lua_State *L) {
  pos_state *state = pos_of(L);
  lua_CFunction open_mail = *(lua_CFunction *)state->job_data;
  lua_pushcfunction(L, trampoline);
  lua_rawseti(L, LUA_REGISTRYINDEX, POS_TRAMPOLINE);
  /* Lua makes this message outside of any protection; so it exists already. */
  lua_pushliteral(L, "error in error handling");
  lua_rawseti(L, LUA_REGISTRYINDEX, POS_MESSAGE);
  pos_open_library(L, open_mail);
  lua_settop(L, 0);
  return 0;
}

static int run_boot(lua_State *L) {
#if LUA_VERSION_NUM < 502
  return lua_cpcall(L, boot, NULL);
#else
  lua_pushcfunction(L, boot); /* no upvalue: nothing is allocated */
  return lua_pcall(L, 0, 0, 0);
#endif
}

static lua_State *new_state(pos_state *state) {
  pos_cradle *cradle = &state->cradle;
  cradle->at = state->allocate(state->allocate_data, NULL, 0, POS_CRADLE);
  if (cradle->at == NULL)
    return NULL;
  cradle->open = true;
#if LUA_VERSION_NUM < 505
  lua_State *L = lua_newstate(pos_allocate, state);
#else
  lua_State *L = lua_newstate(pos_allocate, state, 0);
#endif
  cradle->open = false;
  return L;
}

static void release(pos_state *state, void *block, size_t size) {
  if (block != NULL)
    state->allocate(state->allocate_data, block, size, 0);
}

po_code pos_open(pos_state *state, lua_Alloc allocate, void *data,
                 const pos_limits *limits, lua_CFunction open_mail) {
  memset(state, 0, sizeof *state);
  state->allocate = allocate;
  state->allocate_data = data;
  state->limits = *limits;
  state->job_data = &open_mail;
  pos_reset_budget(state);
  pos_meter_init(&state->meter, limits->memory);
  state->L = new_state(state);
  if (state->L == NULL || run_boot(state->L) != 0) {
    pos_close(state);
    return PO_POLICY_MEMORY;
  }
#if LUA_VERSION_NUM == 501 && defined(__GNUC__)
  if (luaJIT_setmode != NULL)
    luaJIT_setmode(state->L, 0, LUAJIT_ENGINE_OFF);
#endif
  pos_arm(state->L);
  return PO_OK;
}

void pos_close(pos_state *state) {
  if (state->L != NULL)
    lua_close(state->L);
  state->L = NULL;
  release(state, state->bytes.at, state->bytes.size);
  release(state, state->cradle.at, POS_CRADLE);
  memset(&state->bytes, 0, sizeof state->bytes);
  memset(&state->cradle, 0, sizeof state->cradle);
}

bool pos_bytes_reserve(pos_state *state, size_t more) {
  pos_bytes *bytes = &state->bytes;
  if (more <= bytes->size - bytes->length)
    return true;
  size_t size = bytes->size < 256 ? 256 : bytes->size * 2;
  if (size - bytes->length < more)
    size = bytes->length + more;
  char *at =
      state->allocate(state->allocate_data, bytes->at, bytes->size, size);
  if (at == NULL)
    return false;
  bytes->at = at;
  bytes->size = size;
  return true;
}

void pos_call_back(lua_State *L, int arguments, int results) {
  pos_state *state = pos_of(L);
  if (state->callbacks >= POS_MAX_CALLBACKS)
    luaL_error(L, "gsub and sort functions are nested too deeply");
  state->callbacks++; /* an error ends the script: nothing to count back */
  lua_call(L, arguments, results);
  state->callbacks--;
}

const char *pos_file(const lua_Debug *info) {
  bool named = *info->source == '@' || *info->source == '=';
  return named ? info->source + 1 : info->short_src;
}

bool pos_find_line(lua_State *L, lua_Debug *info) {
  for (int level = 0; lua_getstack(L, level, info); level++) {
    lua_getinfo(L, "Sl", info);
    if (info->currentline > 0)
      return true;
  }
  return false;
}

void pos_position(lua_State *L, char *out, size_t size) {
  lua_Debug info;
  out[0] = '\0';
  if (pos_find_line(L, &info))
    snprintf(out, size, "%s:%d: ", info.short_src, info.currentline);
}
