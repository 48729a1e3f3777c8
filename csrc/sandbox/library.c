/*
** How a script's globals are made, from the library and the language.
**
** A script's globals are an empty table.  It reads through its metatable:
** first the names that the script set, then the library.  It writes through
** its metatable too, and that ends when the script has loaded.  Scripts have
** no setmetatable, getmetatable or rawset, and our own table functions write
** to no table that has a metatable; so there is no way around.
*/
#include "library.h"

#include "base.h"
#include "frozen.h"
#include "language.h"
#include "string.h"
#include "table.h"

/* env[name] = value */
static int set_global(lua_State *L) {
  const char *name =
      lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "a value";
  if (sbx_of(L)->phase != SBX_LOADING)
    return luaL_error(L, "globals cannot be set after loading; make %s local",
                      name);
  lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_LIBRARY);
  lua_pushvalue(L, 2);
  lua_rawget(L, -2);
  if (!lua_isnil(L, -1))
    return luaL_error(L, "%s belongs to the language; choose another name",
                      name);
  lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_GLOBALS);
  lua_insert(L, 2);
  lua_settop(L, 4);
  lua_rawset(L, 2);
  return 0;
}

void sbx_forget_globals(lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_LIBRARY);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawseti(L, LUA_REGISTRYINDEX, SBX_GLOBALS);
  lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_ENVIRONMENT);
  lua_getmetatable(L, -1);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 3);
}

/* Makes the table on top the environment of every chunk to come. */
static void set_environment(lua_State *L) {
  lua_pushvalue(L, -1);
  lua_rawseti(L, LUA_REGISTRYINDEX, SBX_ENVIRONMENT);
#if LUA_VERSION_NUM < 502
  lua_replace(L, LUA_GLOBALSINDEX);
#else
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
#endif
}

void sbx_open_library(lua_State *L, lua_CFunction open_mail) {
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawseti(L, LUA_REGISTRYINDEX, SBX_LIBRARY);
  sbx_set_base(L);
  sbx_push_string_library(L);
  sbx_tell_lacks(L, "string.");
  sbx_freeze_library(L);
  lua_setfield(L, -2, LUA_STRLIBNAME);
  sbx_push_table_library(L);
  sbx_tell_lacks(L, "table.");
  sbx_freeze_library(L);
  lua_setfield(L, -2, LUA_TABLIBNAME);
  lua_pushcfunction(L, open_mail);
  lua_call(L, 0, 2);
  lua_rawseti(L, LUA_REGISTRYINDEX, SBX_ADDRESS);
  lua_setfield(L, -2, "mail");
  sbx_set_language(L);
  sbx_tell_lacks(L, "");
  lua_newtable(L);
  sbx_freeze(L, set_global);
  set_environment(L);
  sbx_forget_globals(L);
  lua_newtable(L);
  lua_rawseti(L, LUA_REGISTRYINDEX, SBX_THREADS);
  lua_newtable(L);
  lua_rawseti(L, LUA_REGISTRYINDEX, SBX_FUNCTIONS);
}
