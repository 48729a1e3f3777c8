/* An isolated state: new, memory, allow, left, close. */
#include "sandbox.h"

#include <string.h>

#include "address.h"
#include "core.h"
#include "sandbox/open.h"
#include "types.h"

typedef struct limit {
  const char *name;
  lua_Number standard, least, most;
} limit;

enum {
  LIMIT_MEMORY,
  LIMIT_DECLARATIONS,
  LIMIT_INSTRUCTIONS,
  LIMIT_MILLISECONDS,
  LIMIT_LOAD_INSTRUCTIONS,
  LIMIT_LOAD_MILLISECONDS,
  LIMIT_OPEN_ASKS,
  LIMITS
};

static const limit limit_list[LIMITS] = {
    {"memory", 16 * 1024 * 1024, 16 * 1024, 1024.0 * 1024 * 1024},
    {"declarations", 256 * 1024 * 1024, 0, UINT32_MAX},
    {"instructions", 1e6, 1, 1e15},
    {"milliseconds", 50, 1, 1e9},
    {"load_instructions", 0, 1, 1e15}, /* ten times `instructions` */
    {"load_milliseconds", 1000, 1, 1e9},
    {"open_asks", 4096, 1, 1e9},
};

static int find_limit(const char *name) {
  int i = 0;
  while (i < LIMITS && strcmp(limit_list[i].name, name) != 0)
    i++;
  return i;
}

/* Reads the options at 1 into `values`; raises on anything unknown. */
static void check_options(lua_State *L, lua_Number *values) {
  for (int i = 0; i < LIMITS; i++)
    values[i] = limit_list[i].standard;
  if (lua_isnoneornil(L, 1))
    return;
  luaL_checktype(L, 1, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
    const char *name =
        lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
    int i = find_limit(name);
    if (i == LIMITS)
      luaL_error(L, "unknown option '%s'", name);
    if (lua_type(L, -1) != LUA_TNUMBER)
      luaL_error(L, "option '%s' has to be a number", name);
    values[i] = lua_tonumber(L, -1);
    if (!(values[i] >= limit_list[i].least && values[i] <= limit_list[i].most))
      luaL_error(L, "option '%s' is out of range", name);
  }
}

static sbx_budget budget_of(const lua_Number *values, int instructions,
                            int milliseconds) {
  int64_t least = (int64_t)(values[milliseconds] * 1e6);
  return (sbx_budget){(int64_t)values[instructions], SBX_CPU_FACTOR * least,
                      SBX_WALL_FACTOR * least};
}

static sbx_limits check_limits(lua_State *L) {
  lua_Number values[LIMITS];
  sbx_limits limits;
  check_options(L, values);
  if (values[LIMIT_LOAD_INSTRUCTIONS] < 1)
    values[LIMIT_LOAD_INSTRUCTIONS] = 10 * values[LIMIT_INSTRUCTIONS];
  limits.memory = (size_t)values[LIMIT_MEMORY];
  limits.declarations = (size_t)values[LIMIT_DECLARATIONS];
  limits.call = budget_of(values, LIMIT_INSTRUCTIONS, LIMIT_MILLISECONDS);
  limits.load =
      budget_of(values, LIMIT_LOAD_INSTRUCTIONS, LIMIT_LOAD_MILLISECONDS);
  limits.open_asks = (int)values[LIMIT_OPEN_ASKS];
  return limits;
}

/* What scripts find in `mail`, and the metatable of addresses. */
static int open_mail(lua_State *L) {
  lpo_use_types_of_host(L);
  lpo_open_core(L);
  luaL_getmetatable(L, LPO_METATABLE_NAME);
  return 2;
}

/***
Opens an isolated state.
@function new
@tparam[opt] table options `memory` in bytes (16 MiB), `declarations`, the bytes
of what it declares (256 MiB), which are not of that memory; `instructions` (a
million) and `milliseconds` (50) a call; `load_instructions` (ten times as many)
and `load_milliseconds` (1000) a load; `open_asks` (4,096), calls that may wait
for an answer at once.  Milliseconds are of the thread's processor
time; what a script gets for sure; it is stopped at twice as much, or at twenty
times as much wall time
@return a state | nil, message, code
*/
static int script_new(lua_State *L) {
  void *data;
  sbx_limits limits = check_limits(L);
  lua_Alloc allocate = lua_getallocf(L, &data);
  sbx_state *state = lua_newuserdata(L, sizeof *state);
  memset(state, 0, sizeof *state); /* closed, as long as it is not open */
  luaL_getmetatable(L, LPO_STATE_NAME);
  lua_setmetatable(L, -2);
  lua_createtable(L, 2, 0);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, LPO_ANCHOR_STATE);
  lpo_set_anchors(L, -2);
  po_code code = sbx_open(state, allocate, data, &limits, open_mail);
  state->asking = lpo_asking(L);
  if (code == PO_OK)
    return 1;
  lua_pushnil(L);
  lua_pushliteral(L, "there is not enough memory for a script");
  lua_pushstring(L, po_code_slug(code));
  return 3;
}

/***
@function state:memory
@return bytes in use, and the cap
*/
static int script_memory(lua_State *L) {
  const sbx_state *state = lpo_check_state(L);
  size_t used = state->L == NULL ? 0 : state->meter.used;
  lua_pushnumber(L, (lua_Number)used);
  lua_pushnumber(L, (lua_Number)state->limits.memory);
  return 2;
}

/* Numbers cross in full, whatever a Lua's integers are. */
static int64_t check_amount(lua_State *L, int index, lua_Number unit) {
  lua_Number amount = luaL_checknumber(L, index) * unit;
  luaL_argcheck(L, amount >= -1e18 && amount <= 1e18, index, "out of range");
  return (int64_t)amount;
}

/***
Says what the next call may use, where several calls share one budget.
@function state:allow
@tparam number instructions
@tparam number milliseconds of processor time
@tparam number wall milliseconds of wall time
*/
static int script_allow(lua_State *L) {
  sbx_state *state = lpo_check_state(L);
  state->next.instructions = check_amount(L, 2, 1);
  state->next.cpu = check_amount(L, 3, 1e6);
  state->next.wall = check_amount(L, 4, 1e6);
  return 0;
}

/***
@function state:left
@return the instructions, the milliseconds of processor time and those of wall
time that the call that ran last has left
*/
static int script_left(lua_State *L) {
  const sbx_state *state = lpo_check_state(L);
  lua_pushnumber(L, (lua_Number)state->left.instructions);
  lua_pushnumber(L, (lua_Number)state->left.cpu / 1e6);
  lua_pushnumber(L, (lua_Number)state->left.wall / 1e6);
  return 3;
}

/***
@function state:missed
@return where the script read last what a library has not, and its name, as in
`policy.lua:1: mail.foo`; empty if it never did
*/
static int script_missed(lua_State *L) {
  lua_pushstring(L, lpo_check_state(L)->missed);
  return 1;
}

/***
Frees the state at once, whatever calls are open; or, while it runs, ends the
call that does, and then.
@function state:close
*/
static int script_close(lua_State *L) {
  sbx_state *state = lpo_check_state(L);
  if (sbx_is_running(state))
    state->closing = true;
  else
    sbx_close(state);
  return 0;
}

static int script_tostring(lua_State *L) {
  const sbx_state *state = lpo_check_state(L);
  lua_pushstring(L, state->L == NULL ? "script (closed)" : "script");
  return 1;
}

static const luaL_Reg state_methods[] = {{"load", lpo_script_load},
                                         {"late", lpo_script_late},
                                         {"watch", lpo_script_watch},
                                         {"extend", lpo_script_extend},
                                         {"call", lpo_script_call},
                                         {"caller", lpo_script_caller},
                                         {"resume", lpo_script_resume},
                                         {"memory", script_memory},
                                         {"allow", script_allow},
                                         {"left", script_left},
                                         {"missed", script_missed},
                                         {"close", script_close},
                                         {NULL, NULL}};

static const luaL_Reg state_events[] = {{"__gc", script_close},
                                        {"__close", script_close},
                                        {"__tostring", script_tostring},
                                        {NULL, NULL}};

static const luaL_Reg module[] = {
    {"new", script_new}, {"isfunction", lpo_isfunction}, {NULL, NULL}};

static void make_metatable(lua_State *L, const char *name,
                           const luaL_Reg *events) {
  luaL_newmetatable(L, name);
  lpo_setfuncs(L, events);
  lua_pushliteral(L, "locked");
  lua_setfield(L, -2, "__metatable");
}

void lpo_open_sandbox(lua_State *L) {
  lpo_open_asking(L);
  make_metatable(L, LPO_STATE_NAME, state_events);
  lua_createtable(L, 0, 13);
  lpo_setfuncs(L, state_methods);
  lua_setfield(L, -2, "__index");
  make_metatable(L, LPO_FUNCTION_NAME, lpo_function_events);
  make_metatable(L, LPO_SUSPENDED_NAME, lpo_suspended_events);
  make_metatable(L, LPO_DECLARATIONS_NAME, lpo_declarations_events);
  lua_pop(L, 4);
  lua_createtable(L, 0, 2);
  lpo_setfuncs(L, module);
}
