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

bool sbx_find_definition(lua_State *L, int index, lua_Debug *info) {
  int top = lua_gettop(L);
  info->source = "=?";
  info->short_src[0] = '\0';
  info->linedefined = 0;
  lua_pushvalue(L, index);
  lua_pushvalue(L, -1); /* Tarantool's LuaJIT answers nothing where the stack */
  lua_pushvalue(L, -1); /* has fewer than three values */
  bool found = lua_getinfo(L, ">S", info) != 0;
  lua_settop(L, top);
  return found;
}

void sbx_position(lua_State *L, char *out, size_t size) {
  lua_Debug info;
  out[0] = '\0';
  if (sbx_find_line(L, &info))
    snprintf(out, size, "%s:%d: ", info.short_src, info.currentline);
}
