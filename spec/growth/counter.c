/*
** What callgrind counts of a Lua function: `counter.zero()` before it, and
** `counter.dump(name)` after it.
*/
#include <lauxlib.h>
#include <lua.h>
#include <valgrind/callgrind.h>

static int l_zero(lua_State *L) {
  (void)L;
  CALLGRIND_ZERO_STATS;
  return 0;
}

static int l_dump(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  CALLGRIND_DUMP_STATS_AT(name);
  return 0;
}

extern int luaopen_counter(lua_State *L);

int luaopen_counter(lua_State *L) {
  static const luaL_Reg functions[] = {{"zero", l_zero}, {"dump", l_dump}, {0}};
  luaL_newlib(L, functions);
  return 1;
}
