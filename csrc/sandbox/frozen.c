/* Tables that scripts read and cannot change. */
#include "frozen.h"

#include <stdio.h>
#include <string.h>

#include "meter.h"

static int refuse_library(lua_State *L) {
  return luaL_error(L, "the library is read-only");
}

/*
** Remembers where a script read what a library has not: Lua's own sentence
** about what is made of that nil does not say whose field it was.
*/
static void remember_missed(lua_State *L, const char *name) {
  enum { WORK = 10 };
  sbx_state *state = sbx_of(L);
  sbx_charge(L, WORK);
  sbx_position(L, state->missed, SBX_POSITION_SIZE);
  size_t length = strlen(state->missed);
  snprintf(state->missed + length, sizeof state->missed - length, "%s", name);
}

/* library[name], which it has not.  Upvalue: what goes before the name, nothing
** before a global's: Lua says of those that they are global. */
static int look_for(lua_State *L) {
  if (lua_type(L, 2) != LUA_TSTRING)
    return 0;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, 2);
  lua_concat(L, 2);
  const char *name = lua_tostring(L, -1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_LACKS);
  lua_pushvalue(L, -2);
  lua_rawget(L, -2);
  if (!lua_isnil(L, -1))
    return luaL_error(L, "a script has no %s; %s", name, lua_tostring(L, -1));
  if (lpo_rawlen(L, lua_upvalueindex(1)) > 0)
    remember_missed(L, name);
  return 0;
}

void sbx_tell_lacks(lua_State *L, const char *prefix) {
  lua_createtable(L, 0, 1);
  lua_pushstring(L, prefix);
  lua_pushcclosure(L, look_for, 1);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
}

void sbx_freeze(lua_State *L, lua_CFunction refuse) {
  lua_newtable(L);
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, refuse);
  lua_setfield(L, -2, "__newindex");
  lua_setmetatable(L, -2);
  lua_remove(L, -2);
}

void sbx_freeze_library(lua_State *L) { sbx_freeze(L, refuse_library); }

void sbx_check_own_table(lua_State *L, int argument) {
  luaL_checktype(L, argument, LUA_TTABLE);
  if (lua_getmetatable(L, argument))
    luaL_argerror(L, argument, "this table is read-only");
}

void sbx_copy_names(lua_State *L, int from, const char *const *names) {
  for (; *names != NULL; names++) {
    lua_getfield(L, from, *names);
    lua_setfield(L, -2, *names);
  }
}
