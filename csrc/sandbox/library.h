/* What a script finds in its globals. */
#ifndef SBX_LIBRARY_H
#define SBX_LIBRARY_H

#include "state.h"

/*
** Opens the library in a new state.  `open_mail` is called with nothing; it
** returns the functions for `mail` and the metatable of addresses.
*/
void sbx_open_library(lua_State *L, lua_CFunction open_mail);

/* Forgets the names that an earlier, failed load has set. */
void sbx_forget_globals(lua_State *L);

#endif
