/*
** Sets of patterns for Lua.
*/
#ifndef LPO_SET_H
#define LPO_SET_H

#include "lua_compat.h"
#include "table/set.h"

/* Pushes a table with `new`, `next` and `near`. */
void lpo_open_sets(lua_State *L);

/* The set at `index`, NULL for nil; raises where it is neither. */
const po_set *lpo_check_set(lua_State *L, int index);

#endif
