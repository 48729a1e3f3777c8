/*
** One spelling for what differs between Lua 5.1, 5.2, 5.3, 5.4 and LuaJIT.
** The 5.1 flavour uses the PUC 5.1 API alone, so that one shared object
** serves Lua 5.1, LuaJIT and OpenResty.
*/
#ifndef LUA_COMPAT_H
#define LUA_COMPAT_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#if LUA_VERSION_NUM < 502

#define lpo_rawlen(L, index) lua_objlen((L), (index))
#define lpo_setfuncs(L, functions) luaL_register((L), NULL, (functions))
#define lpo_checkversion(L) ((void)(L))

#else

#define lpo_rawlen(L, index) lua_rawlen((L), (index))
#define lpo_setfuncs(L, functions) luaL_setfuncs((L), (functions), 0)
#define lpo_checkversion(L) luaL_checkversion(L)

#endif

/* What a `luaopen_` function needs to be seen; all else is hidden. */
#if defined(_WIN32)
#define LPO_EXPORT __declspec(dllexport)
#else
#define LPO_EXPORT __attribute__((visibility("default")))
#endif

#endif
