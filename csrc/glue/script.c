/*
** Isolated states for Lua: new, load, call, resume, memory, close.
**
** The state is a userdata.  Its user value is a table, its "home", that holds
** the state itself and a token made in advance: functions and tokens refer to
** the home and so keep the state.  While host Lua runs, no script does.
*/
#include "script.h"

#include <stdio.h>
#include <string.h>

#include "address.h"
#include "core.h"
#include "postoffice.h"
#include "script/call.h"
#include "script/state.h"
#include "script/transfer.h"

#define STATE_NAME "postoffice.script"
#define FUNCTION_NAME "postoffice.script.function"
#define TOKEN_NAME "postoffice.script.token"

enum { HOME_STATE = 1, HOME_TOKEN };
enum { MAX_INCLUDES = 32, MAX_SOURCE = 1024 * 1024, SMALL_RESULT = 512 };

/* A function of a script, for the host; the file's name follows. */
typedef struct function {
  pos_state *state;
  int number, line;
  size_t length;
  char file[];
} function;

/* A suspended call; `state` is NULL while it has not been used. */
typedef struct token {
  pos_state *state;
  pos_call call;
} token;

static void set_home(lua_State *L, int index) {
#if LUA_VERSION_NUM < 502
  lua_setfenv(L, index);
#else
  lua_setuservalue(L, index);
#endif
}

static void push_home(lua_State *L, int index) {
#if LUA_VERSION_NUM < 502
  lua_getfenv(L, index);
#else
  lua_getuservalue(L, index);
#endif
}

static pos_state *check_state(lua_State *L) {
  return (pos_state *)luaL_checkudata(L, 1, STATE_NAME);
}

/* ---- Bytes and values ---------------------------------------------------- */

static int push_failure(lua_State *L, const pos_state *state) {
  lua_pushliteral(L, "failed");
  lua_pushstring(L, po_code_slug(state->failed));
  lua_pushstring(L, state->message);
  return 3;
}

static int push_closed(lua_State *L) {
  lua_pushliteral(L, "failed");
  lua_pushstring(L, po_code_slug(PO_POLICY_CLOSED));
  lua_pushstring(L, po_code_message(PO_POLICY_CLOSED));
  return 3;
}

static bool has_tables(lua_State *L, int first, int count) {
  for (int i = first; i < first + count; i++)
    if (lua_type(L, i) == LUA_TTABLE)
      return true;
  return false;
}

/*
** Writes the `count` values from `first` on to the state's bytes; false where
** they are too large.  Nothing in here can run a finalizer of the host, which
** might call the script.
*/
static bool write_arguments(lua_State *L, pos_state *state, int first,
                            int count) {
  pos_writer writer;
  pos_crossing crossing = POS_CROSSED;
  if (count > POS_MAX_VALUES)
    luaL_error(L, "at most 16 values can be passed to a script");
  pos_write_start(&writer, state, L);
  if (has_tables(L, first, count)) {
    luaL_checkstack(L, POS_WRITE_STACK + 1, NULL);
    luaL_getmetatable(L, LPO_METATABLE_NAME);
    writer.address = lua_gettop(L);
  }
  for (int i = first; i < first + count && crossing == POS_CROSSED; i++) {
    crossing = pos_write(&writer, i);
    if (crossing != POS_CROSSED && crossing != POS_TOO_LARGE &&
        crossing != POS_NO_MEMORY)
      luaL_argerror(L, i, pos_crossing_message(crossing));
  }
  state->failed = PO_POLICY_MEMORY;
  snprintf(state->message, sizeof state->message, "%s",
           pos_crossing_message(crossing));
  return crossing == POS_CROSSED;
}

static void push_function(pos_reader *reader, const pos_function *found) {
  lua_State *L = reader->L;
  function *self = lua_newuserdata(L, sizeof *self + found->length);
  lua_rawgeti(L, reader->anchor, HOME_STATE);
  self->state = lua_touserdata(L, -1);
  lua_pop(L, 1);
  self->number = found->number;
  self->line = found->line;
  self->length = found->length;
  memcpy(self->file, found->file, found->length);
  lua_pushvalue(L, reader->anchor);
  set_home(L, -2);
  luaL_getmetatable(L, FUNCTION_NAME);
  lua_setmetatable(L, -2);
}

/*
** Copies the state's bytes to `small` or to a userdata, which it pushes: while
** values are made from them, a finalizer may use the state again.  That it did
** so already, the bytes not being those of `serial`, is an error.
*/
static const char *take_bytes(lua_State *L, const pos_state *state,
                              unsigned serial, char *small) {
  size_t length = state->bytes.length;
  char *copy = small;
  if (length > SMALL_RESULT)
    copy = lua_newuserdata(L, length);
  if (state->bytes.serial != serial)
    luaL_error(L, "a finalizer called the script that was answering");
  if (length > 0)
    memcpy(copy, state->bytes.at, length);
  return copy;
}

/* A reader of the state's bytes; pushes what it needs. */
static pos_reader start_reading(lua_State *L, const pos_state *state,
                                unsigned serial, int home, char *small) {
  bool addresses = state->bytes.addresses;
  pos_reader reader = {L, NULL, NULL, 0, push_function, home};
  luaL_checkstack(L, POS_READ_STACK + POS_MAX_VALUES + 4, NULL);
  reader.at = take_bytes(L, state, serial, small);
  if (addresses) {
    luaL_getmetatable(L, LPO_METATABLE_NAME);
    reader.address = lua_gettop(L);
  }
  return reader;
}

/* ---- Tokens -------------------------------------------------------------- */

static token *push_new_token(lua_State *L, int home) {
  token *self = lua_newuserdata(L, sizeof *self);
  memset(self, 0, sizeof *self);
  luaL_getmetatable(L, TOKEN_NAME);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, home);
  set_home(L, -2);
  return self;
}

/*
** The token for the next call, which is made before the call: when a script
** has suspended, nothing may fail any more.
*/
static token *push_spare_token(lua_State *L) {
  push_home(L, 1);
  lua_rawgeti(L, -1, HOME_TOKEN);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    push_new_token(L, lua_gettop(L));
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, HOME_TOKEN);
  }
  lua_remove(L, -2);
  return lua_touserdata(L, -1);
}

/* The token at `index` is in use: a new one is made for the next call. */
static void use_token(lua_State *L, pos_state *state, int index) {
  token *self = lua_touserdata(L, index);
  if (self->state == state)
    return;
  self->state = state;
  push_home(L, 1);
  lua_pushnil(L);
  lua_rawseti(L, -2, HOME_TOKEN);
  lua_pop(L, 1);
}

static int token_gc(lua_State *L) {
  token *self = (token *)luaL_checkudata(L, 1, TOKEN_NAME);
  if (self->state != NULL)
    pos_call_drop(self->state, &self->call);
  return 0;
}

/* ---- Calls --------------------------------------------------------------- */

/* What `call` and `resume` return; the call's token is at `index`. */
static int push_outcome(lua_State *L, pos_state *state, int index,
                        pos_outcome outcome) {
  const token *self = lua_touserdata(L, index);
  int values = self->call.values, leading = 1;
  unsigned serial = state->bytes.serial;
  char small[SMALL_RESULT];
  if (outcome == POS_FAILED)
    return push_failure(L, state);
  if (outcome == POS_SUSPENDED)
    use_token(L, state, index);
  pos_reader reader = start_reading(L, state, serial, 0, small);
  if (outcome == POS_SUSPENDED) {
    lua_pushstring(L, self->call.wish == POS_ASK ? "ask" : "matches");
    lua_pushvalue(L, index);
    leading = 2;
  } else {
    lua_pushliteral(L, "done");
  }
  for (int i = 0; i < values; i++)
    pos_read(&reader);
  return leading + values;
}

/***
Calls a function that a script declared.
@function state:call
@param fn the function
@param ... at most 16 values, which are copied
@return "done", results... | "ask", token, name, key | "matches", token,
address, pattern | "failed", code, message
*/
static int script_call(lua_State *L) {
  pos_state *state = check_state(L);
  const function *called = (function *)luaL_checkudata(L, 2, FUNCTION_NAME);
  int count = lua_gettop(L) - 2;
  luaL_argcheck(L, called->state == state, 2,
                "this function belongs to another script");
  if (state->L == NULL)
    return push_closed(L);
  token *self = push_spare_token(L);
  int index = lua_gettop(L);
  if (!write_arguments(L, state, 3, count)) {
    state->left = state->next;
    pos_reset_budget(state);
    return push_failure(L, state);
  }
  return push_outcome(
      L, state, index,
      pos_call_start(state, &self->call, called->number, count));
}

/* resume(token, nil, text, "fail") */
static bool is_failure(lua_State *L) {
  return lua_gettop(L) == 5 && lua_isnil(L, 3) &&
         lua_type(L, 4) == LUA_TSTRING && lua_type(L, 5) == LUA_TSTRING &&
         strcmp(lua_tostring(L, 5), "fail") == 0;
}

/***
Answers what a call has asked; with nil, a message and "fail" ends it.
@function state:resume
@param token what `call` or `resume` returned
@param ... the answer
@return as `call`
*/
static int script_resume(lua_State *L) {
  pos_state *state = check_state(L);
  token *self = (token *)luaL_checkudata(L, 2, TOKEN_NAME);
  int count = lua_gettop(L) - 2;
  luaL_argcheck(L, self->state == state, 2,
                "this token belongs to another script");
  if (state->L == NULL)
    return push_closed(L);
  luaL_argcheck(L, self->call.thread.L != NULL, 2,
                "this token has been resumed already");
  if (is_failure(L)) {
    pos_call_fail(state, &self->call, PO_ASK_FAILED, lua_tostring(L, 4));
    return push_failure(L, state);
  }
  if (!write_arguments(L, state, 3, count)) {
    state->left = (pos_budget){self->call.instructions, self->call.time};
    pos_call_drop(state, &self->call);
    return push_failure(L, state);
  }
  return push_outcome(L, state, 2, pos_call_resume(state, &self->call, count));
}

/* ---- Load ---------------------------------------------------------------- */

enum { LOAD_SOURCE = 2, LOAD_NAME, LOAD_DECLARATORS, LOAD_INCLUDES, LOAD_HOME };

static bool load_chunk(lua_State *L, pos_state *state, pos_call *budget,
                       int depth);

static void abandon(pos_state *state, pos_call *call, const char *message) {
  pos_call_fail(state, call, PO_POLICY_INVALID, message);
}

/* Asks the host for a file; leaves its source and its name on top. */
static bool fetch_include(lua_State *L, pos_state *state, pos_call *call,
                          int depth) {
  if (depth >= MAX_INCLUDES) {
    abandon(state, call, "include is nested too deeply; 32 levels can be");
    return false;
  }
  if (lua_isnil(L, LOAD_INCLUDES)) {
    abandon(state, call, "include has no folder to read from here");
    return false;
  }
  char small[SMALL_RESULT];
  pos_reader reader =
      start_reading(L, state, state->bytes.serial, LOAD_HOME, small);
  lua_pushvalue(L, LOAD_INCLUDES);
  pos_read(&reader);
  if (lua_pcall(L, 1, 2, 0) != 0) {
    pos_call_drop(state, call);
    pos_load_abandon(state);
    lua_error(L);
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

/* Runs what a chunk includes, on what is left of the load's budget. */
static bool load_include(lua_State *L, pos_state *state, pos_call *call,
                         int depth) {
  if (!fetch_include(L, state, call, depth))
    return false;
  if (load_chunk(L, state, call, depth + 1))
    return true;
  pos_call_drop(state, call);
  return false;
}

/*
** Runs the chunk whose source and name are on top, and pops them.  `budget`
** is what the load has left, before and after.
*/
static bool load_chunk(lua_State *L, pos_state *state, pos_call *budget,
                       int depth) {
  int top = lua_gettop(L);
  po_text source;
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  token *self = push_new_token(L, LOAD_HOME);
  self->state = state;
  self->call.instructions = budget->instructions;
  self->call.time = budget->time;
  source.at = lua_tolstring(L, top - 1, &source.length);
  pos_outcome outcome =
      pos_load_chunk(state, &self->call, source, lua_tostring(L, top));
  while (outcome == POS_SUSPENDED) {
    if (!load_include(L, state, &self->call, depth))
      return false;
    outcome = pos_call_resume(state, &self->call, 0);
  }
  budget->instructions = self->call.instructions;
  budget->time = self->call.time;
  lua_settop(L, top - 2);
  return outcome == POS_DONE;
}

/* nil, message, code */
static int push_load_failure(lua_State *L, pos_state *state) {
  pos_load_abandon(state);
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

static int push_declarations(lua_State *L, pos_state *state, int count) {
  char small[SMALL_RESULT];
  pos_reader reader =
      start_reading(L, state, state->bytes.serial, LOAD_HOME, small);
  lua_createtable(L, count, 0);
  for (int i = 1; i <= count; i++) {
    pos_read(&reader);
    lua_rawseti(L, -2, i);
  }
  return 1;
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
  if (!lua_isnil(L, LOAD_INCLUDES))
    luaL_checktype(L, LOAD_INCLUDES, LUA_TFUNCTION);
  push_home(L, 1);
}

/***
Runs a script's main part.
@function state:load
@tparam string source the script's text, at most 1 MiB
@tparam string chunkname as for Lua's `load`: "@policy.lua"
@tparam[opt] table declarators names of the functions that declare
@tparam[opt] function includes gives for the name of a file its source and its
chunkname, or nil and a message
@return an array of declarations | nil, message, code
*/
static int script_load(lua_State *L) {
  pos_state *state = check_state(L);
  pos_call budget;
  check_load_arguments(L);
  if (state->L == NULL)
    return push_load_error(L, PO_POLICY_CLOSED,
                           po_code_message(PO_POLICY_CLOSED));
  if (state->phase != POS_FRESH)
    return push_load_error(L, PO_POLICY_INVALID,
                           "this state has a script already");
  if (lpo_rawlen(L, LOAD_SOURCE) > MAX_SOURCE)
    return push_load_error(L, PO_POLICY_INVALID,
                           "the script is longer than 1 MiB");
  if (!write_arguments(L, state, LOAD_DECLARATORS, 1) ||
      pos_load_begin(state, &budget) == POS_FAILED)
    return push_load_failure(L, state);
  lua_pushvalue(L, LOAD_SOURCE);
  lua_pushvalue(L, LOAD_NAME);
  if (!load_chunk(L, state, &budget, 0) ||
      pos_load_end(state, &budget) == POS_FAILED)
    return push_load_failure(L, state);
  return push_declarations(L, state, budget.values);
}

/* ---- New, memory, close -------------------------------------------------- */

typedef struct limit {
  const char *name;
  lua_Number standard, least, most;
} limit;

enum {
  LIMIT_MEMORY,
  LIMIT_INSTRUCTIONS,
  LIMIT_MILLISECONDS,
  LIMIT_LOAD_INSTRUCTIONS,
  LIMIT_LOAD_MILLISECONDS,
  LIMITS
};

static const limit limit_list[LIMITS] = {
    {"memory", 16 * 1024 * 1024, 16 * 1024, 1024.0 * 1024 * 1024},
    {"instructions", 1e6, 1, 1e15},
    {"milliseconds", 50, 1, 1e9},
    {"load_instructions", 0, 1, 1e15}, /* ten times `instructions` */
    {"load_milliseconds", 1000, 1, 1e9},
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

static pos_limits check_limits(lua_State *L) {
  lua_Number values[LIMITS];
  pos_limits limits;
  check_options(L, values);
  if (values[LIMIT_LOAD_INSTRUCTIONS] < 1)
    values[LIMIT_LOAD_INSTRUCTIONS] = 10 * values[LIMIT_INSTRUCTIONS];
  limits.memory = (size_t)values[LIMIT_MEMORY];
  limits.instructions = (int64_t)values[LIMIT_INSTRUCTIONS];
  limits.time = (int64_t)(values[LIMIT_MILLISECONDS] * 1e6);
  limits.load_instructions = (int64_t)values[LIMIT_LOAD_INSTRUCTIONS];
  limits.load_time = (int64_t)(values[LIMIT_LOAD_MILLISECONDS] * 1e6);
  return limits;
}

/* What scripts find in `mail`, and the metatable of addresses. */
static int open_mail(lua_State *L) {
  lpo_open_core(L);
  luaL_getmetatable(L, LPO_METATABLE_NAME);
  return 2;
}

/***
Opens an isolated state.
@function new
@tparam[opt] table options `memory` in bytes (16 MiB), `instructions` (a
million) and `milliseconds` (50) a call; `load_instructions` (ten times as many)
and `load_milliseconds` (1000) a load
@return a state | nil, message, code
*/
static int script_new(lua_State *L) {
  void *data;
  pos_limits limits = check_limits(L);
  lua_Alloc allocate = lua_getallocf(L, &data);
  pos_state *state = lua_newuserdata(L, sizeof *state);
  memset(state, 0, sizeof *state); /* closed, as long as it is not open */
  luaL_getmetatable(L, STATE_NAME);
  lua_setmetatable(L, -2);
  lua_createtable(L, 2, 0);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, HOME_STATE);
  set_home(L, -2);
  po_code code = pos_open(state, allocate, data, &limits, open_mail);
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
  const pos_state *state = check_state(L);
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
@tparam number milliseconds
*/
static int script_allow(lua_State *L) {
  pos_state *state = check_state(L);
  state->next.instructions = check_amount(L, 2, 1);
  state->next.time = check_amount(L, 3, 1e6);
  return 0;
}

/***
@function state:left
@return the instructions and milliseconds that the call that ran last has left
*/
static int script_left(lua_State *L) {
  const pos_state *state = check_state(L);
  lua_pushnumber(L, (lua_Number)state->left.instructions);
  lua_pushnumber(L, (lua_Number)state->left.time / 1e6);
  return 2;
}

/***
Frees the state at once, whatever calls are open.
@function state:close
*/
static int script_close(lua_State *L) {
  pos_close(check_state(L));
  return 0;
}

static int script_tostring(lua_State *L) {
  const pos_state *state = check_state(L);
  lua_pushstring(L, state->L == NULL ? "script (closed)" : "script");
  return 1;
}

/* ---- Functions as values ------------------------------------------------- */

static int function_index(lua_State *L) {
  const function *self = (function *)luaL_checkudata(L, 1, FUNCTION_NAME);
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(key, "line") == 0)
    lua_pushinteger(L, self->line);
  else if (strcmp(key, "file") == 0)
    lua_pushlstring(L, self->file, self->length);
  else
    lua_pushnil(L);
  return 1;
}

static int function_tostring(lua_State *L) {
  const function *self = (function *)luaL_checkudata(L, 1, FUNCTION_NAME);
  lua_pushliteral(L, "function at ");
  lua_pushlstring(L, self->file, self->length);
  lua_pushfstring(L, ":%d", self->line);
  lua_concat(L, 3);
  return 1;
}

/***
@function isfunction
@return whether a value is a function of a script; it has `.line` and `.file`
*/
static int script_isfunction(lua_State *L) {
  bool is = false;
  luaL_checkany(L, 1);
  if (lua_touserdata(L, 1) != NULL && lua_getmetatable(L, 1)) {
    luaL_getmetatable(L, FUNCTION_NAME);
    is = lua_rawequal(L, -1, -2) != 0;
  }
  lua_pushboolean(L, is);
  return 1;
}

/* ---- The module ---------------------------------------------------------- */

static const luaL_Reg state_methods[] = {
    {"load", script_load},     {"call", script_call},
    {"resume", script_resume}, {"memory", script_memory},
    {"allow", script_allow},   {"left", script_left},
    {"close", script_close},   {NULL, NULL}};

static const luaL_Reg state_events[] = {{"__gc", script_close},
                                        {"__close", script_close},
                                        {"__tostring", script_tostring},
                                        {NULL, NULL}};

static const luaL_Reg function_events[] = {{"__index", function_index},
                                           {"__tostring", function_tostring},
                                           {NULL, NULL}};

static const luaL_Reg token_events[] = {{"__gc", token_gc}, {NULL, NULL}};

static const luaL_Reg module[] = {
    {"new", script_new}, {"isfunction", script_isfunction}, {NULL, NULL}};

static void make_metatable(lua_State *L, const char *name,
                           const luaL_Reg *events) {
  luaL_newmetatable(L, name);
  lpo_setfuncs(L, events);
  lua_pushliteral(L, "locked");
  lua_setfield(L, -2, "__metatable");
}

void lpo_open_script(lua_State *L) {
  make_metatable(L, STATE_NAME, state_events);
  lua_createtable(L, 0, 5);
  lpo_setfuncs(L, state_methods);
  lua_setfield(L, -2, "__index");
  make_metatable(L, FUNCTION_NAME, function_events);
  make_metatable(L, TOKEN_NAME, token_events);
  lua_pop(L, 3);
  lua_createtable(L, 0, 2);
  lpo_setfuncs(L, module);
}
