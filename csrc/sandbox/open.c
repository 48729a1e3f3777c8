/* The life of an isolated state. */
#include "open.h"

#include <string.h>

#include "library.h"
#include "meter.h"

/* LuaJIT's own switch; absent, and then NULL, on every other Lua. */
#if LUA_VERSION_NUM == 501 && defined(__GNUC__)
#define SBX_LUAJIT
__attribute__((weak)) int luaJIT_setmode(lua_State *L, int index, int mode);
enum { LUAJIT_ENGINE_OFF = 0 };
#endif

/*
** The first protected call of a state.  Leaves the trampoline and the open
** libraries in the registry; upvalues and stack are gone when it returns.
*/
static int boot(lua_State *L) {
  sbx_state *state = sbx_of(L);
  lua_CFunction open_mail = *(lua_CFunction *)state->job_data;
  lua_pushcfunction(L, sbx_trampoline);
  lua_rawseti(L, LUA_REGISTRYINDEX, SBX_TRAMPOLINE);
  /* Lua makes this message outside of any protection; so it exists already. */
  lua_pushliteral(L, "error in error handling");
  lua_rawseti(L, LUA_REGISTRYINDEX, SBX_MESSAGE);
  sbx_open_library(L, open_mail);
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

/* ---- LuaJIT without GC64 ------------------------------------------------- */

/*
** On 64 bits a LuaJIT without GC64 keeps all objects in the low 2 GiB, which
** only its own allocator hands out; its lua_newstate prints a line and returns
** NULL.  Debian's Tarantool is one.  Then the state is made by luaL_newstate,
** and its allocator wrapped by ours.
*/
#ifdef SBX_LUAJIT

/* Whether `state`, a userdata of the host, tells such a LuaJIT: it lies low. */
static bool needs_adoption(const sbx_state *state) {
  return luaJIT_setmode != NULL && (uint64_t)(uintptr_t)state <= UINT32_MAX &&
         sizeof(void *) > sizeof(uint32_t);
}

/* A state of LuaJIT's, counted and capped from now on; NULL without memory. */
static lua_State *adopt_state(sbx_state *state) {
  lua_State *L = luaL_newstate();
  if (L == NULL)
    return NULL;
  state->lua_allocate = lua_getallocf(L, &state->lua_data);
  state->adopted = true;
  state->meter.used = (size_t)lua_gc(L, LUA_GCCOUNT, 0) * 1024 +
                      (size_t)lua_gc(L, LUA_GCCOUNTB, 0);
  lua_setallocf(L, sbx_allocate, state);
  return L;
}

#else

static bool needs_adoption(const sbx_state *state) {
  (void)state;
  return false;
}

static lua_State *adopt_state(sbx_state *state) {
  (void)state;
  return NULL;
}

#endif

/* ---- Opening and closing ------------------------------------------------- */

static lua_State *new_state(sbx_state *state) {
  if (needs_adoption(state))
    return adopt_state(state);
  sbx_arena *arena = &state->arena;
  arena->at = state->allocate(state->allocate_data, NULL, 0, SBX_ARENA);
  if (arena->at == NULL)
    return NULL;
  arena->open = true;
#if LUA_VERSION_NUM < 505
  lua_State *L = lua_newstate(sbx_allocate, state);
#else
  lua_State *L = lua_newstate(sbx_allocate, state, 0);
#endif
  arena->open = false;
  return L;
}

static void release(sbx_state *state, void *block, size_t size) {
  if (block != NULL)
    state->allocate(state->allocate_data, block, size, 0);
}

po_code sbx_open(sbx_state *state, lua_Alloc allocate, void *data,
                 const sbx_limits *limits, lua_CFunction open_mail) {
  memset(state, 0, sizeof *state);
  state->allocate = allocate;
  state->allocate_data = data;
  state->lua_allocate = allocate;
  state->lua_data = data;
  state->limits = *limits;
  state->job_data = &open_mail;
  sbx_reset_budget(state);
  sbx_meter_init(&state->meter, limits->memory);
  state->L = new_state(state);
  if (state->L == NULL || run_boot(state->L) != 0) {
    sbx_close(state);
    return PO_POLICY_MEMORY;
  }
#ifdef SBX_LUAJIT
  if (luaJIT_setmode != NULL)
    luaJIT_setmode(state->L, 0, LUAJIT_ENGINE_OFF);
#endif
  sbx_arm(state->L);
  return PO_OK;
}

void sbx_close(sbx_state *state) {
  if (state->L != NULL && state->adopted) /* lua_close frees its allocator */
    lua_setallocf(state->L, state->lua_allocate, state->lua_data);
  if (state->L != NULL)
    lua_close(state->L);
  state->L = NULL;
  sbx_bytes_free(state->allocate, state->allocate_data, &state->bytes);
  sbx_bytes_free(state->allocate, state->allocate_data, &state->declared);
  release(state, state->arena.at, SBX_ARENA);
  memset(&state->arena, 0, sizeof state->arena);
}
