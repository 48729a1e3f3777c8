/* The module's functions that have files of their own. */
#ifndef LPO_FUNCTIONS_H
#define LPO_FUNCTIONS_H

#include "compat.h"

/* judge.c */
int lpo_validate(lua_State *L);
int lpo_diagnose(lua_State *L);

/* carry.c */
int lpo_encapsulate(lua_State *L);
int lpo_decapsulate(lua_State *L);

#endif
