#ifndef POS_FORMAT_H
#define POS_FORMAT_H

#include "state.h"

/* string.format: %c %d %i %e %f %g %o %q %s %u %x and their capitals. */
int pos_string_format(lua_State *L);

#endif
