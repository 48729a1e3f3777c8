/*
** Base and math: Lua's own functions where they do a bounded piece of work,
** ours where they do not, charge, or tell addresses of memory.
*/
#include "base.h"

#include <string.h>

#include "frozen.h"
#include "meter.h"
#include "number.h"
#include "order.h"

enum { MAX_UNPACKED = 1000 }; /* values that one call of unpack returns */

/* Pushes "file:line: " of the function at `level`, then the text at 1. */
static int raise_text(lua_State *L, int level) {
  luaL_where(L, level);
  lua_pushvalue(L, 1);
  lua_concat(L, 2);
  return lua_error(L);
}

static int base_error(lua_State *L) {
  int level = (int)sbx_opt_integer(L, 2, 1);
  lua_settop(L, 1);
  if (lua_type(L, 1) == LUA_TSTRING && level > 0)
    return raise_text(L, level);
  return lua_error(L);
}

static int base_assert(lua_State *L) {
  luaL_checkany(L, 1);
  if (lua_toboolean(L, 1))
    return lua_gettop(L);
  lua_remove(L, 1);
  lua_settop(L, 1);
  if (lua_isnil(L, 1)) {
    lua_pushliteral(L, "assertion failed!");
    lua_replace(L, 1);
  }
  return lua_type(L, 1) == LUA_TSTRING ? raise_text(L, 1) : lua_error(L);
}

void sbx_push_text(lua_State *L, int index) {
  switch (lua_type(L, index)) {
  case LUA_TSTRING:
    lua_pushvalue(L, index);
    break;
  case LUA_TNUMBER:
    sbx_push_number(L, index);
    break;
  case LUA_TBOOLEAN:
    lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false");
    break;
  default:
    if (!luaL_callmeta(L, index, "__tostring"))
      lua_pushstring(L, luaL_typename(L, index));
    if (lua_type(L, -1) != LUA_TSTRING)
      luaL_error(L, "a value has no text");
  }
}

static int base_tostring(lua_State *L) {
  luaL_checkany(L, 1);
  sbx_push_text(L, 1);
  return 1;
}

/* As in Lua; a text of more than 200 bytes is no number. */
static int base_tonumber(lua_State *L) {
  lua_Integer base = 10;
  bool based = !lua_isnoneornil(L, 2);
  luaL_checkany(L, 1);
  if (!based && lua_type(L, 1) == LUA_TNUMBER) {
    lua_settop(L, 1);
    return 1;
  }
  if (based)
    base = sbx_check_integer(L, 2);
  luaL_argcheck(L, base >= 2 && base <= 36, 2, "base out of range");
  if (lua_type(L, 1) == LUA_TSTRING &&
      (based ? sbx_read_digits(L, base) : sbx_read_number(L)))
    return 1;
  lua_pushnil(L);
  return 1;
}

static int base_unpack(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer first = sbx_opt_integer(L, 2, 1);
  lua_Integer last = lua_isnoneornil(L, 3) ? (lua_Integer)lpo_rawlen(L, 1)
                                           : sbx_check_integer(L, 3);
  if (first > last)
    return 0;
  luaL_argcheck(
      L, first > -INT32_MAX && last < INT32_MAX && last - first < MAX_UNPACKED,
      1, "too many values to unpack; the limit is 1000");
  int count = (int)(last - first) + 1;
  sbx_charge(L, (size_t)count);
  luaL_checkstack(L, count, "too many values to unpack");
  for (int i = 0; i < count; i++)
    lua_rawgeti(L, 1, (int)first + i);
  return count;
}

/* As in Lua 5.4; where the count starts before the first value is an error. */
static int base_select(lua_State *L) {
  int count = lua_gettop(L) - 1;
  if (lua_type(L, 1) == LUA_TSTRING && *lua_tostring(L, 1) == '#') {
    lua_pushinteger(L, count);
    return 1;
  }
  lua_Integer first = sbx_check_integer(L, 1);
  if (first < 0)
    first += count + 1;
  luaL_argcheck(L, first >= 1, 1, "index out of range");
  return first > count ? 0 : count + 1 - (int)first;
}

static const luaL_Reg base_functions[] = {{"assert", base_assert},
                                          {"error", base_error},
                                          {"tonumber", base_tonumber},
                                          {"tostring", base_tostring},
                                          {"unpack", base_unpack},
                                          {"next", sbx_next},
                                          {"pairs", sbx_pairs},
                                          {"select", base_select},
                                          {NULL, NULL}};

/* Taken from Lua as they are: each does a bounded piece of work. */
static const char *const base_names[] = {"ipairs", "type", NULL};
static const char *const math_names[] = {
    "abs",  "acos",  "asin", "atan", "ceil", "cos", "deg",
    "exp",  "floor", "fmod", "huge", "log",  "max", "min",
    "modf", "pi",    "rad",  "sin",  "sqrt", "tan", NULL};

/* Leaves Lua's own globals on top, with base and math in them. */
static void open_lua(lua_State *L) {
  lua_pushcfunction(L, luaopen_base);
  lua_pushliteral(L, "");
  lua_call(L, 1, 0);
  lua_pushcfunction(L, luaopen_math);
  lua_pushliteral(L, LUA_MATHLIBNAME);
  lua_call(L, 1, 1);
#if LUA_VERSION_NUM < 502
  lua_pushvalue(L, LUA_GLOBALSINDEX);
#else
  lua_pushglobaltable(L);
#endif
  lua_insert(L, -2);
  lua_setfield(L, -2, LUA_MATHLIBNAME);
}

void sbx_set_base(lua_State *L) {
  sbx_open_order(L);
  int library = lua_gettop(L);
  open_lua(L);
  int lua = lua_gettop(L);
  lua_pushvalue(L, library);
  sbx_copy_names(L, lua, base_names);
  lpo_setfuncs(L, base_functions);
  lua_getfield(L, lua, LUA_MATHLIBNAME);
  lua_newtable(L);
  sbx_copy_names(L, lua + 2, math_names);
  lua_setfield(L, library, "$math");
  lua_settop(L, library);
  lua_getfield(L, library, "$math");
  sbx_tell_lacks(L, "math.");
  sbx_freeze_library(L);
  lua_setfield(L, -2, LUA_MATHLIBNAME);
  lua_pushnil(L);
  lua_setfield(L, library, "$math");
  lua_pushnil(L); /* what Lua itself opened is not needed any more */
  lua_setfield(L, LUA_REGISTRYINDEX, "_LOADED");
}
