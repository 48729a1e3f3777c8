#ifndef POS_LANGUAGE_H
#define POS_LANGUAGE_H

#include "state.h"

/* Makes the name on top a declarator, and pops it. */
void pos_set_declarator(lua_State *L);

#endif
