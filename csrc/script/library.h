/* What a script finds in its globals. */
#ifndef POS_LIBRARY_H
#define POS_LIBRARY_H

#include "state.h"

/*
** Opens the library in a new state.  `open_mail` is called with nothing; it
** returns the functions for `mail` and the metatable of addresses.
*/
void pos_open_library(lua_State *L, lua_CFunction open_mail);

/* Replaces the table on top of the stack by one that reads it. */
void pos_freeze(lua_State *L, lua_CFunction refuse);

/* Forgets the names that an earlier, failed load has set. */
void pos_forget_globals(lua_State *L);

/* Raises unless the argument is a table that scripts may change. */
void pos_check_own_table(lua_State *L, int argument);

/* Gives the text of a number its point back; returns its length. */
size_t pos_plain_point(char *text);

/* Pushes the text of a number: the same in every locale. */
void pos_push_number(lua_State *L, int index);

/* Pushes what `tostring` returns: never an address of memory. */
void pos_push_text(lua_State *L, int index);

/* Each pushes a table of functions. */
void pos_push_strings(lua_State *L);
void pos_push_tables(lua_State *L);

/* Copies names from the table at `from` to the table on top. */
void pos_copy_names(lua_State *L, int from, const char *const *names);

/*
** Sets the functions of the policy language in the table on top, whose `mail`
** is then the part of it that scripts may have, and frozen.
*/
void pos_set_language(lua_State *L);

/* Sets functions in the table on top; luaL_setfuncs for every Lua. */
void pos_set_functions(lua_State *L, const luaL_Reg *functions);

#endif
