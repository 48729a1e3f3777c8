/*
** Directories for Lua: `postoffice.core`.new_directory, a userdata around
** csrc/table/directory.h.  An entry is a number.
*/
#ifndef LPO_DIRECTORY_H
#define LPO_DIRECTORY_H

#include "lua_compat.h"

/* Sets up what directories do; once for a Lua state. */
void lpo_open_directory(lua_State *L);

/* new_directory(bytes) -> directory, whose records take so many at most */
int lpo_new_directory(lua_State *L);

#endif
