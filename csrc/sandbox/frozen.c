/* Tables that scripts read and cannot change. */
#include "frozen.h"

static int refuse_library(lua_State *L) {
  return luaL_error(L, "the library is read-only");
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
