/* Tables that scripts read and cannot change. */
#ifndef SBX_FROZEN_H
#define SBX_FROZEN_H

#include "lua_compat.h"

/* Replaces the table on top of the stack by an empty one that reads it; what
** is written to that goes to `refuse`, as to __newindex. */
void sbx_freeze(lua_State *L, lua_CFunction refuse);

/* The same for a part of the library: writing to it raises. */
void sbx_freeze_library(lua_State *L);

/* Raises where a script looks in the table on top for what it lacks
** (SBX_LACKS): `prefix` and the name. */
void sbx_tell_lacks(lua_State *L, const char *prefix);

/* Raises unless the argument is a table that scripts may change. */
void sbx_check_own_table(lua_State *L, int argument);

/* Copies names from the table at `from` to the table on top. */
void sbx_copy_names(lua_State *L, int from, const char *const *names);

#endif
