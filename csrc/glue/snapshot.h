/* Compiled policies as files. */
#ifndef LPO_SNAPSHOT_H
#define LPO_SNAPSHOT_H

#include "lua_compat.h"

/* is_snapshot(path) -> boolean | nil, message, code */
int lpo_is_snapshot(lua_State *L);

/* write_snapshot(path, directory, policy) -> true | nil, message, code
** `policy` is a text; the directory is finished. */
int lpo_write_snapshot(lua_State *L);

/* open_snapshot(path [, verify]) -> directory, policy | nil, message, code
** With `verify`, every byte is looked at. */
int lpo_open_snapshot(lua_State *L);

#endif
