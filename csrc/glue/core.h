/*
** The library's functions in a Lua state: the host's, and each isolated
** state of a policy, which finds the pure ones in `mail`.
*/
#ifndef LPO_CORE_H
#define LPO_CORE_H

#include "lua_compat.h"

/* Pushes a new table with parse, format, validate and their like. */
void lpo_open_core(lua_State *L);

#endif
