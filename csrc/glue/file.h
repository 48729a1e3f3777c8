/* Files as policies and what they name are read. */
#ifndef LPO_FILE_H
#define LPO_FILE_H

#include "lua_compat.h"

int lpo_look_at_file(lua_State *L);
int lpo_read_file(lua_State *L);

#endif
