/* The load of a script, with what it includes. */
#include "sandbox.h"

enum { MAX_INCLUDES = 32 };

enum {
  LOAD_SOURCE = 2,
  LOAD_NAME,
  LOAD_DECLARATORS,
  LOAD_LACKS,
  LOAD_INCLUDES,
  LOAD_ANCHORS,
  LOAD_DECLARATIONS
};

static bool load_chunk(lua_State *L, sbx_state *state, sbx_call *budget,
                       int depth);

static void abandon(sbx_state *state, sbx_call *call, const char *message) {
  sbx_call_fail(state, call, PO_POLICY_INVALID, message);
}

/* Asks the host for a file; leaves its source and its name on top. */
static bool fetch_include(lua_State *L, sbx_state *state, sbx_call *call,
                          int depth) {
  if (depth >= MAX_INCLUDES) {
    abandon(state, call, "include is nested too deeply; 32 levels can be");
    return false;
  }
  if (lua_isnil(L, LOAD_INCLUDES)) {
    abandon(state, call, "include has no folder to read from here");
    return false;
  }
  char small[LPO_SMALL_RESULT];
  sbx_reader reader =
      lpo_start_reading(L, state, state->bytes.serial, LOAD_ANCHORS, small);
  lua_pushvalue(L, LOAD_INCLUDES);
  sbx_read(&reader);
  if (lua_pcall(L, 1, 2, 0) != 0) { /* with a text or whatever it raised */
    lua_pushnil(L);
    lua_insert(L, -2);
  }
  if (state->L == NULL)
    luaL_error(L, "the script was closed while it included a file");
  if (lua_type(L, -2) == LUA_TSTRING && lua_type(L, -1) == LUA_TSTRING)
    return true;
  abandon(state, call,
          lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1)
                                         : "the file cannot be included");
  return false;
}

/* Runs what a chunk includes, on what is left of the load's budget, and goes on
** with what that returned. */
static sbx_outcome load_include(lua_State *L, sbx_state *state, sbx_call *call,
                                int depth) {
  if (!fetch_include(L, state, call, depth))
    return SBX_FAILED;
  if (!load_chunk(L, state, call, depth + 1)) {
    sbx_call_drop(state, call);
    return SBX_FAILED;
  }
  lpo_suspended *included = lua_touserdata(L, -1);
  return sbx_call_return(state, call, &included->call);
}

/*
** Runs the chunk whose source and name are on top, and leaves it there instead
** of them.  `budget` is what the load has left, before and after.
*/
static bool load_chunk(lua_State *L, sbx_state *state, sbx_call *budget,
                       int depth) {
  int top = lua_gettop(L);
  po_text source;
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  lpo_suspended *self = lpo_push_suspended(L, LOAD_ANCHORS);
  self->state = state;
  self->call.left = budget->left;
  source.at = lua_tolstring(L, top - 1, &source.length);
  sbx_outcome outcome =
      sbx_load_chunk(state, &self->call, source, lua_tostring(L, top));
  while (outcome == SBX_SUSPENDED) {
    outcome = load_include(L, state, &self->call, depth);
    lua_settop(L, top + 1);
  }
  budget->left = self->call.left;
  lua_replace(L, top - 1);
  lua_settop(L, top - 1);
  return outcome == SBX_DONE;
}

/* nil, message, code */
static int push_load_failure(lua_State *L, sbx_state *state) {
  sbx_load_abandon(state);
  lua_pushnil(L);
  lua_pushstring(L, state->message);
  lua_pushstring(L, po_code_slug(state->failed));
  return 3;
}

static int push_load_error(lua_State *L, po_code code, const char *message) {
  lua_pushnil(L);
  lua_pushstring(L, message);
  lua_pushstring(L, po_code_slug(code));
  return 3;
}

static void check_load_arguments(lua_State *L) {
  luaL_checktype(L, LOAD_SOURCE, LUA_TSTRING);
  luaL_checktype(L, LOAD_NAME, LUA_TSTRING);
  if (lua_isnoneornil(L, LOAD_DECLARATORS)) {
    lua_settop(L, LOAD_INCLUDES);
    lua_newtable(L);
    lua_replace(L, LOAD_DECLARATORS);
  }
  luaL_checktype(L, LOAD_DECLARATORS, LUA_TTABLE);
  lua_settop(L, LOAD_INCLUDES);
  if (lua_isnil(L, LOAD_INCLUDES)) {
    lua_newtable(L);
    lua_replace(L, LOAD_INCLUDES);
  }
  luaL_checktype(L, LOAD_INCLUDES, LUA_TTABLE);
  lua_insert(L, LOAD_LACKS); /* with the declarators, and before `includes` */
  if (!lua_isnil(L, LOAD_INCLUDES))
    luaL_checktype(L, LOAD_INCLUDES, LUA_TFUNCTION);
  lpo_push_anchors(L, 1);
  lpo_push_declarations(L, LOAD_ANCHORS);
}

/***
Runs a script's main part.
@function state:load
@tparam string source the script's text; with all it includes at most 16 MiB
@tparam string chunkname as for Lua's `load`: "@policy.lua"
@tparam[opt] table declarators names of the functions that declare
@tparam[opt] function includes gives for the name of a file its source and its
chunkname, or nil and a message
@tparam[opt] table lacks what to do without what a script has not, by name: the
end of a sentence
@return an iterator of what it declared, see `declarations` | nil, message, code
*/
int lpo_script_load(lua_State *L) {
  sbx_state *state = lpo_enter_state(L, lpo_check_state(L));
  sbx_call budget;
  check_load_arguments(L);
  if (state->L == NULL)
    return push_load_error(L, PO_POLICY_CLOSED,
                           po_code_message(PO_POLICY_CLOSED));
  if (state->phase != SBX_FRESH)
    return push_load_error(L, PO_POLICY_INVALID,
                           "this state has a script already");
  if (!lpo_write_values(L, state, NULL, LOAD_DECLARATORS, 2) ||
      sbx_load_begin(state, &budget) == SBX_FAILED)
    return push_load_failure(L, state);
  lua_pushvalue(L, LOAD_SOURCE);
  lua_pushvalue(L, LOAD_NAME);
  if (!load_chunk(L, state, &budget, 0))
    return push_load_failure(L, state);
  lpo_suspended *chunk = lua_touserdata(L, -1);
  sbx_call_drop(state, &chunk->call);
  sbx_load_end(state, &budget);
  lpo_fill_declarations(L, LOAD_DECLARATIONS, state);
  lua_settop(L, LOAD_DECLARATIONS);
  return 1;
}

/***
Starts the clock of the load again, for what takes longer.
@function state:watch
@tparam number times how many times as much time as a load has there is, 100 at
most
*/
int lpo_script_watch(lua_State *L) {
  sbx_state *state = lpo_check_state(L);
  int times = (int)luaL_checkinteger(L, 2);
  luaL_argcheck(L, times > 0 && times <= 100, 2, "out of range");
  sbx_load_watch(state, times);
  return 0;
}

/***
Gives the clock of the load more time, for what the script is not to blame for.
@function state:extend
@tparam number milliseconds a million at most
*/
int lpo_script_extend(lua_State *L) {
  sbx_state *state = lpo_check_state(L);
  lua_Number time = luaL_checknumber(L, 2);
  luaL_argcheck(L, time >= 0 && time <= 1e6, 2, "out of range");
  sbx_load_extend(state, (int64_t)(time * 1e6));
  return 0;
}

/***
The clock of a load goes on while its declarations are compiled.
@function state:late
@return nil while the load is within its time | a message, code
*/
int lpo_script_late(lua_State *L) {
  sbx_state *state = lpo_check_state(L);
  if (!sbx_load_late(state))
    return 0;
  lua_pushfstring(L, "its declarations took longer than the load's %d ms",
                  (int)(state->limits.load.wall / SBX_WALL_FACTOR / 1000000));
  lua_pushstring(L, po_code_slug(PO_POLICY_DEADLINE));
  return 2;
}
