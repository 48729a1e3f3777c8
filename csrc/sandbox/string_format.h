#ifndef SBX_STRING_FORMAT_H
#define SBX_STRING_FORMAT_H

#include "lua_compat.h"

/* string.format: %c %d %i %e %f %g %o %q %s %u %x and their capitals. */
int sbx_string_format(lua_State *L);

#endif
