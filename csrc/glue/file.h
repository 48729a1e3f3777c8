/* Files as policies are read. */
#ifndef LPO_FILE_H
#define LPO_FILE_H

#include "lua_compat.h"

int lpo_read_file(lua_State *L);

#endif
