/* Calls into a script, and those that it has suspended. */
#include "sandbox.h"

#include <string.h>

#include "input.h"

static int push_script_failure(lua_State *L, const sbx_state *state) {
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

lpo_suspended *lpo_push_suspended(lua_State *L, int anchors) {
  lpo_suspended *self = lua_newuserdata(L, sizeof *self);
  memset(self, 0, sizeof *self);
  luaL_getmetatable(L, LPO_SUSPENDED_NAME);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, anchors);
  lpo_set_anchors(L, -2);
  return self;
}

/*
** The suspended call for the next call, which is made before the call: when a
** script has suspended, nothing may fail any more.  `anchors` is an index.
*/
static lpo_suspended *push_spare(lua_State *L, int anchors) {
  lua_rawgeti(L, anchors, LPO_ANCHOR_SPARE);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lpo_push_suspended(L, anchors);
    lua_pushvalue(L, -1);
    lua_rawseti(L, anchors, LPO_ANCHOR_SPARE);
  }
  return lua_touserdata(L, -1);
}

/* The suspended call at `index` is in use: the next call gets a new one. */
static void use_spare(lua_State *L, sbx_state *state, int index) {
  lpo_suspended *self = lua_touserdata(L, index);
  if (self->state == state)
    return;
  self->state = state;
  lpo_push_anchors(L, index);
  lua_pushnil(L);
  lua_rawseti(L, -2, LPO_ANCHOR_SPARE);
  lua_pop(L, 1);
}

static int suspended_gc(lua_State *L) {
  lpo_suspended *self =
      (lpo_suspended *)luaL_checkudata(L, 1, LPO_SUSPENDED_NAME);
  if (self->state != NULL)
    sbx_call_drop(self->state, &self->call);
  return 0;
}

const luaL_Reg lpo_suspended_events[] = {{"__gc", suspended_gc}, {NULL, NULL}};

/* Pushes what a call wants, by the word for it, which is the first of its
** values where that is of the library; then the call.  Returns how many of the
** values are left. */
static int push_wish(lua_State *L, sbx_reader *reader, int index) {
  const lpo_suspended *self = lua_touserdata(L, index);
  int values = self->call.values;
  if (self->call.reason == SBX_ASK) {
    lua_pushliteral(L, "ask");
  } else {
    sbx_read(reader);
    values--;
  }
  lua_pushvalue(L, index);
  return values;
}

/* What `call` and `resume` return; the suspended call is at `index`. */
static int push_outcome(lua_State *L, sbx_state *state, int index,
                        sbx_outcome outcome) {
  const lpo_suspended *self = lua_touserdata(L, index);
  int values = self->call.values, leading = 1;
  unsigned serial = state->bytes.serial;
  char small[LPO_SMALL_RESULT];
  if (outcome == SBX_FAILED)
    return push_script_failure(L, state);
  if (outcome == SBX_SUSPENDED)
    use_spare(L, state, index);
  sbx_reader reader = lpo_start_reading(L, state, serial, 0, small);
  if (outcome == SBX_SUSPENDED) {
    values = push_wish(L, &reader, index);
    leading = 2;
  } else {
    lua_pushliteral(L, "done");
  }
  for (int i = 0; i < values; i++)
    sbx_read(&reader);
  return leading + values;
}

/* The function at 2, which is the state's. */
static const lpo_function *check_function(lua_State *L,
                                          const sbx_state *state) {
  const lpo_function *called =
      (lpo_function *)luaL_checkudata(L, 2, LPO_FUNCTION_NAME);
  luaL_argcheck(L, called->state == state, 2,
                "this function belongs to another script");
  return called;
}

/* Calls a function with an address, unless it is NULL, and the `count` values
** from `first` on; `anchors` is an index. */
static int call(lua_State *L, const lpo_function *called, int anchors,
                const po_address *address, int first, int count) {
  sbx_state *state = lpo_enter_state(L, called->state);
  lpo_suspended *self = push_spare(L, anchors);
  int index = lua_gettop(L);
  if (state->L == NULL) /* a finalizer may have closed it just now */
    return push_closed(L);
  if (!lpo_write_values(L, state, address, first, count)) {
    state->left = state->next;
    sbx_reset_budget(state);
    return push_script_failure(L, state);
  }
  return push_outcome(L, state, index,
                      sbx_call_start(state, &self->call, called->number,
                                     count + (address != NULL)));
}

/***
Calls a function that a script declared.
@function state:call
@param fn the function
@param ... at most 16 values, which are copied
@return "done", results... | "ask", suspended, name, key | "mail.matches",
suspended, address, pattern, as for whatever else of `mail` the host does |
"failed", code, message
*/
int lpo_script_call(lua_State *L) {
  const lpo_function *called = check_function(L, lpo_check_state(L));
  int count = lua_gettop(L) - 2;
  lpo_push_anchors(L, 1);
  return call(L, called, lua_gettop(L), NULL, 3, count);
}

enum { CALLED = 1, ANCHORS }; /* upvalues */

/* caller(text, ...): see lpo_script_caller */
static int call_with_text(lua_State *L) {
  static const po_parse_options any = {.unknown = true};
  lpo_memory memory;
  po_address address;
  size_t position;
  int count = lua_gettop(L) - 1;
  po_text text = lpo_check_text(L, 1);
  lpo_reserve(L, &memory, PO_SCRATCH_FOR(text.length));
  luaL_argcheck(
      L, po_parse(text, &any, &memory.scratch, &address, &position) == PO_OK, 1,
      "this is no address");
  return call(L, lua_touserdata(L, lua_upvalueindex(CALLED)),
              lua_upvalueindex(ANCHORS), &address, 2, count);
}

/***
Makes what calls a function with an address that is a text, of which no table is
made on this side.
@function state:caller
@param fn the function
@return a function of the text, of no type that Lua defined, and of at most 15
further values; it returns what `call` returns
*/
int lpo_script_caller(lua_State *L) {
  check_function(L, lpo_check_state(L));
  lua_settop(L, 2);
  lpo_push_anchors(L, 1);
  lua_pushcclosure(L, call_with_text, 2);
  return 1;
}

/* resume(suspended, nil, text, how): the code of the failure that it says, or
** PO_OK where it is an answer. */
static po_code failure_of(lua_State *L) {
  if (lua_gettop(L) != 5 || !lua_isnil(L, 3) || lua_type(L, 4) != LUA_TSTRING ||
      lua_type(L, 5) != LUA_TSTRING)
    return PO_OK;
  const char *how = lua_tostring(L, 5);
  if (strcmp(how, "fail") == 0)
    return PO_ASK_FAILED;
  return strcmp(how, "raise") == 0 ? PO_POLICY_ERROR : PO_OK;
}

/***
Answers what a call has asked; with nil, a message and "fail" ends it, as what
the host could not answer; with "raise" as the script's own mistake.
@function state:resume
@param suspended what `call` or `resume` returned
@param ... the answer
@return as `call`; or "unpassable" and why, where the answer cannot be passed:
the call still waits for another
*/
int lpo_script_resume(lua_State *L) {
  sbx_state *state = lpo_enter_state(L, lpo_check_state(L));
  lpo_suspended *self =
      (lpo_suspended *)luaL_checkudata(L, 2, LPO_SUSPENDED_NAME);
  int count = lua_gettop(L) - 2;
  luaL_argcheck(L, self->state == state, 2,
                "this suspended call belongs to another script");
  if (state->L == NULL)
    return push_closed(L);
  luaL_argcheck(L, self->call.thread != NULL, 2,
                "this call has been resumed already");
  po_code failure = failure_of(L);
  if (failure != PO_OK) {
    sbx_call_fail(state, &self->call, failure, lua_tostring(L, 4));
    return push_script_failure(L, state);
  }
  sbx_crossing crossing = lpo_write_answer(L, state, 3, count);
  if (lpo_is_unpassable(crossing)) {
    lua_pushliteral(L, "unpassable");
    lua_pushstring(L, sbx_crossing_message(crossing));
    return 2;
  }
  if (crossing != SBX_CROSSED) {
    state->left = self->call.left;
    sbx_call_drop(state, &self->call);
    return push_script_failure(L, state);
  }
  return push_outcome(L, state, 2, sbx_call_resume(state, &self->call, count));
}
