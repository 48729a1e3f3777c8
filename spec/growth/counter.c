/*
** What valgrind's Massif counts of a Lua function: `counter.snapshot(path)`
** writes the instructions run so far to a file.  Callgrind would count the
** same, ten times as slowly.
*/
#include <stdio.h>

#include <lauxlib.h>
#include <lua.h>
#include <valgrind/valgrind.h>

static int l_snapshot(lua_State *L) {
  char command[512];
  const char *path = luaL_checkstring(L, 1);
  int length = snprintf(command, sizeof(command), "snapshot %s", path);
  luaL_argcheck(L, length < (int)sizeof(command), 1, "too long");
  if (!RUNNING_ON_VALGRIND || VALGRIND_MONITOR_COMMAND(command))
    return luaL_error(L, "valgrind takes no snapshot");
  return 0;
}

extern int luaopen_counter(lua_State *L);

int luaopen_counter(lua_State *L) {
  static const luaL_Reg functions[] = {{"snapshot", l_snapshot}, {0}};
  luaL_newlib(L, functions);
  return 1;
}
