/*
** The character sets that the core leaves to iconv, from a list.
*/
#ifndef LPO_CHARSETS_H
#define LPO_CHARSETS_H

#include "lua_compat.h"
#include "postoffice.h"

/*
** The converters of a Lua state.  Each is opened when it is first needed, and
** kept until the state is closed; the registry has them, so that states in
** several threads share nothing.  Leaves the stack as it was.
*/
const po_charsets *lpo_get_charsets(lua_State *L);

#endif
