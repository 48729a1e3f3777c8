/* Where a script is, for messages: Lua's own words, "policy.lua:9: ". */
#ifndef SBX_POSITION_H
#define SBX_POSITION_H

#include "lua_compat.h"

#include <stdbool.h>

/* What `sbx_position` writes at most, with the NUL. */
enum { SBX_POSITION_SIZE = LUA_IDSIZE + 32 };

/* The file that a function's `source` names: "policy.lua" for "@policy.lua". */
const char *sbx_file(const lua_Debug *info);

/* Fills `info` ("Sl") for the innermost Lua function of `L` that has a line. */
bool sbx_find_line(lua_State *L, lua_Debug *info);

/*
** Fills `info` ("S") for the function at `index`; false, and then the file is
** "?" and the line 0, if Lua does not tell.
*/
bool sbx_find_definition(lua_State *L, int index, lua_Debug *info);

/* Writes "file:line: " of the innermost Lua function of `L`, or "". */
void sbx_position(lua_State *L, char *out, size_t size);

#endif
