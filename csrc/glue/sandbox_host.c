/*
** Calls of the host by a script that runs: what Lua defined there is asked by
** the script's own functions of `mail`.  It is protected, so that nothing that
** the host raises passes the frames of the script, and on the script's time.
*/
#include "sandbox.h"

#include <stdio.h>
#include <string.h>

#include "address.h"
#include "sandbox/meter.h"

/* What a call costs, in instructions, beside the bytes that the host is given:
** the way there and back. */
enum { HOST_COST = 100 };

/* Scripts that may wait inside each other: the C stack is the host's. */
enum { MAX_ASKING = 16 };

static const char asking_key[] = "postoffice.script.asking";

/* What the host is to do, and how that went. */
typedef struct host_call {
  sbx_state *state;
  lua_CFunction function;
  int arguments, results;
  int status; /* Lua's */
  sbx_crossing crossing;
  char message[SBX_MAX_MESSAGE];
} host_call;

/* Writes the values from `first` on to the state's bytes. */
static sbx_crossing write_values(lua_State *L, sbx_state *state, int first,
                                 int count) {
  sbx_writer writer;
  sbx_crossing crossing = SBX_CROSSED;
  luaL_checkstack(L, SBX_WRITE_STACK + LUA_MINSTACK, NULL);
  luaL_getmetatable(L, LPO_METATABLE_NAME);
  sbx_write_start(&writer, state, L);
  writer.address = lua_gettop(L);
  for (int i = first; i < first + count && crossing == SBX_CROSSED; i++)
    crossing = sbx_write(&writer, i);
  lua_pop(L, 1);
  return crossing;
}

/* Pushes the values in the state's bytes.  Neither side may touch these before
** it is done: the state runs. */
static void push_values(lua_State *L, const sbx_state *state, int count) {
  sbx_reader reader = lpo_new_reader(L, state->bytes.addresses, 0);
  reader.at = state->bytes.at;
  for (int i = 0; i < count; i++)
    sbx_read(&reader);
  if (reader.address != 0)
    lua_remove(L, reader.address);
}

/* In the host, with a host_call. */
static int do_in_host(lua_State *L) {
  host_call *call = lua_touserdata(L, 1);
  lua_settop(L, 0);
  lua_pushcfunction(L, call->function);
  push_values(L, call->state, call->arguments);
  lua_call(L, call->arguments, call->results);
  call->crossing = write_values(L, call->state, 1, call->results);
  return 0;
}

/* Keeps what the host raised, which is on top of its stack. */
static void keep_message(lua_State *L, host_call *call) {
  static const char no_memory[] = "not enough memory";
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1)
                                                    : luaL_typename(L, -1);
  if (strcmp(text, no_memory) == 0) /* somebody passed it on */
    call->status = LUA_ERRMEM;
  snprintf(call->message, sizeof call->message, "%s", text);
}

/* Does it, whatever that raises; the stack of the host is as it was. */
static void call_protected(lua_State *L, host_call *call) {
  int top = lua_gettop(L);
  ++*call->state->asking;
#if LUA_VERSION_NUM < 502
  call->status = lua_cpcall(L, do_in_host, call);
#else
  lua_pushcfunction(L, do_in_host); /* no upvalue: nothing is allocated */
  lua_pushlightuserdata(L, call);
  call->status = lua_pcall(L, 1, 0, 0);
#endif
  --*call->state->asking;
  if (call->status != 0)
    keep_message(L, call);
  lua_settop(L, top);
}

/* Raises in the script what went wrong in the host. */
static void check_outcome(lua_State *L, const host_call *call) {
  if (call->state->closing)
    sbx_abort(L, PO_POLICY_CLOSED);
  sbx_check_clock(L);
  if (call->status == LUA_ERRMEM || call->crossing == SBX_TOO_LARGE ||
      call->crossing == SBX_NO_MEMORY)
    sbx_abort(L, PO_POLICY_MEMORY);
  if (call->status != 0)
    luaL_error(L, "a type's definition failed in the host: %s", call->message);
  if (call->crossing != SBX_CROSSED)
    luaL_error(L, "what a type's definition gave cannot be passed: %s",
               sbx_crossing_message(call->crossing));
  if (!sbx_charge_crossing(call->state))
    sbx_abort(L, PO_POLICY_BUDGET);
}

bool lpo_call_host(lua_State *L, lua_CFunction function, int arguments,
                   int results, const lpo_limit *limit) {
  sbx_state *state = sbx_of(L);
  host_call call = {
      .state = state,
      .function = function,
      .arguments = arguments,
      .results = results,
  };
  int first = lua_gettop(L) - arguments + 1;
  sbx_crossing crossing = write_values(L, state, first, arguments);
  if (crossing == SBX_TOO_LARGE || crossing == SBX_NO_MEMORY)
    sbx_abort(L, PO_POLICY_MEMORY);
  lua_settop(L, first - 1);
  if (lpo_is_unpassable(crossing))
    return false;
  sbx_charge(L, HOST_COST + state->bytes.length);
  if (limit != NULL && state->bytes.length > limit->bytes)
    luaL_error(L, "%s", limit->message);
  if (*state->asking >= MAX_ASKING)
    luaL_error(L, "definitions of types and scripts ask each other too deeply; "
                  "16 levels can be");
  call_protected(state->host, &call);
  check_outcome(L, &call);
  push_values(L, state, results);
  return true;
}

int *lpo_asking(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, asking_key);
  int *asking = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return asking;
}

void lpo_open_asking(lua_State *L) {
  if (lpo_asking(L) != NULL)
    return;
  int *asking = lua_newuserdata(L, sizeof *asking);
  *asking = 0;
  lua_setfield(L, LUA_REGISTRYINDEX, asking_key);
}

sbx_state *lpo_enter_state(lua_State *L, sbx_state *state) {
  if (sbx_is_running(state))
    luaL_error(L, "the script runs: a type's definition that it needs cannot "
                  "call it");
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  state->host = L;
  return state;
}
