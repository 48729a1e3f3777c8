/* The policy language's own words. */
#ifndef SBX_LANGUAGE_H
#define SBX_LANGUAGE_H

#include "state.h"

/*
** Sets the functions of the policy language in the table on top, whose `mail`
** is then the part of it that scripts may have, and frozen.
*/
void sbx_set_language(lua_State *L);

/* Makes the name on top a declarator, and pops it. */
void sbx_set_declarator(lua_State *L);

#endif
