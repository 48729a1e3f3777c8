/* `pairs` and `next` in an order that is the same in every process. */
#ifndef SBX_ORDER_H
#define SBX_ORDER_H

#include "lua_compat.h"

/* Makes what both need in a new state's registry. */
void sbx_open_order(lua_State *L);

int sbx_next(lua_State *L);
int sbx_pairs(lua_State *L);

#endif
