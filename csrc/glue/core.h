/*
** The library's functions in a Lua state: the host's, and each isolated
** state of a policy, which finds the pure ones in `mail`.
*/
#ifndef LPO_CORE_H
#define LPO_CORE_H

#include "lua_compat.h"

/* Pushes a new table with parse, format, validate and their like. */
void lpo_open_core(lua_State *L);

/* Sets functions that read and push addresses in the table on top. */
void lpo_set_closures(lua_State *L, const luaL_Reg *list);

#endif
