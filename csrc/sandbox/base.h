/* The base and math functions of scripts. */
#ifndef SBX_BASE_H
#define SBX_BASE_H

#include "lua_compat.h"

/* Sets the base functions and `math` in the table on top. */
void sbx_set_base(lua_State *L);

/* Pushes what `tostring` returns: never an address of memory. */
void sbx_push_text(lua_State *L, int index);

#endif
