/* The string library of scripts. */
#ifndef SBX_STRING_H
#define SBX_STRING_H

#include "lua_compat.h"

/* Pushes the table of functions, which strings then find as their methods. */
void sbx_push_string_library(lua_State *L);

#endif
