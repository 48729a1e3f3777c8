/* The table library of scripts. */
#ifndef SBX_TABLE_H
#define SBX_TABLE_H

#include "lua_compat.h"

/* Pushes the table of functions; `unpack` is taken from the library. */
void sbx_push_table_library(lua_State *L);

#endif
