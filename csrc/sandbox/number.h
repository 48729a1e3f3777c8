/*
** Numbers as text, the same in every locale: what `tostring` and `..` write
** and what `tonumber` reads.
*/
#ifndef SBX_NUMBER_H
#define SBX_NUMBER_H

#include "lua_compat.h"

#include <stdbool.h>

/*
** luaL_checkinteger and luaL_optinteger, but that a number with a fraction is
** an error on every Lua, as it is since 5.3.
*/
lua_Integer sbx_check_integer(lua_State *L, int argument);
lua_Integer sbx_opt_integer(lua_State *L, int argument, lua_Integer standard);

/* Gives the text of a number its point back; returns its length. */
size_t sbx_plain_point(char *text);

/* Pushes the text of the number at `index`. */
void sbx_push_number(lua_State *L, int index);

/*
** Pushes the number that the string at 1 is, as Lua reads numbers or as
** digits of `base` (2 to 36); returns 0 and pushes nothing where it is none.
*/
int sbx_read_number(lua_State *L);
int sbx_read_digits(lua_State *L, lua_Integer base);

#endif
