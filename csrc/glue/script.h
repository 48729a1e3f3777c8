/* Isolated states for Lua: `postoffice.core`.script. */
#ifndef LPO_SCRIPT_H
#define LPO_SCRIPT_H

#include "lua_compat.h"

/* Pushes { new =, isfunction = }. */
void lpo_open_script(lua_State *L);

#endif
