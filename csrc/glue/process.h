/* What a server asks of a Unix system. */
#ifndef LPO_PROCESS_H
#define LPO_PROCESS_H

#include "lua_compat.h"

int lpo_lock_folder(lua_State *L);
int lpo_unlock_folder(lua_State *L);
int lpo_send_datagram(lua_State *L);

#endif
