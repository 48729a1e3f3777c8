/* Where a script is. */
#include "position.h"

#include <stdio.h>

const char *sbx_file(const lua_Debug *info) {
  bool named = *info->source == '@' || *info->source == '=';
  return named ? info->source + 1 : info->short_src;
}

bool sbx_find_line(lua_State *L, lua_Debug *info) {
  for (int level = 0; lua_getstack(L, level, info); level++) {
    if (lua_getinfo(L, "Sl", info) != 0 && info->currentline > 0)
      return true;
  }
  return false;
}

void sbx_position(lua_State *L, char *out, size_t size) {
  lua_Debug info;
  out[0] = '\0';
  if (sbx_find_line(L, &info))
    snprintf(out, size, "%s:%d: ", info.short_src, info.currentline);
}
