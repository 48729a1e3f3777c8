/* The string functions that take a pattern; as in Lua. */
#ifndef SBX_STRING_MATCH_H
#define SBX_STRING_MATCH_H

#include "lua_compat.h"
#include "postoffice.h"

/* The text of an argument; raises if it is none. */
po_text sbx_check_text(lua_State *L, int argument);

/* A position as scripts give it, 1-based or from the end; 0 is before. */
size_t sbx_start_position(lua_Integer position, size_t length);

int sbx_string_find(lua_State *L);
int sbx_string_match(lua_State *L);
int sbx_string_gmatch(lua_State *L);
int sbx_string_gsub(lua_State *L);

#endif
