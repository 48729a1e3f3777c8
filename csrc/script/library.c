/*
** The small library: base and math, and how globals are made and frozen.
**
** A script's globals are an empty table.  It reads through its metatable:
** first the names that the script set, then the library.  It writes through
** its metatable too, and that ends when the script has loaded.  Scripts have
** no setmetatable, getmetatable or rawset, and our own table functions write
** to no table that has a metatable; so there is no way around.
*/
#include "library.h"

#include <string.h>

enum {
  MAX_UNPACKED = 1000,     /* values that one call of unpack returns */
  MAX_NUMBER_LENGTH = 200, /* bytes of a text that tonumber reads */
  NUMBER_SIZE = 64         /* bytes that the text of a number needs */
};

void pos_set_functions(lua_State *L, const luaL_Reg *functions) {
  for (; functions->name != NULL; functions++) {
    lua_pushcfunction(L, functions->func);
    lua_setfield(L, -2, functions->name);
  }
}

/* ---- Base ---------------------------------------------------------------- */

/* Pushes "file:line: " of the function at `level`, then the text at 1. */
static int raise_text(lua_State *L, int level) {
  luaL_where(L, level);
  lua_pushvalue(L, 1);
  lua_concat(L, 2);
  return lua_error(L);
}

static int base_error(lua_State *L) {
  int level = (int)luaL_optinteger(L, 2, 1);
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

/* A comma, or whatever the locale writes, becomes a point. */
size_t pos_plain_point(char *text) {
  static const char digits[] = " +-0123456789aefintyxAEFINTYX.";
  size_t length = strspn(text, digits);
  if (text[length] == '\0')
    return length;
  char *rest = text + length + 1;
  while (*rest != '\0' && strchr(digits, *rest) == NULL)
    rest++;
  text[length] = '.';
  memmove(text + length + 1, rest, strlen(rest) + 1);
  return strlen(text);
}

void pos_push_number(lua_State *L, int index) {
  char text[NUMBER_SIZE];
  size_t length;
  lua_pushvalue(L, index);
  const char *digits = lua_tolstring(L, -1, &length);
  if (length < sizeof text) {
    memcpy(text, digits, length + 1);
    lua_pop(L, 1);
    length = pos_plain_point(text);
    lua_pushlstring(L, text, length);
  }
}

void pos_push_text(lua_State *L, int index) {
  switch (lua_type(L, index)) {
  case LUA_TSTRING:
    lua_pushvalue(L, index);
    break;
  case LUA_TNUMBER:
    pos_push_number(L, index);
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
  pos_push_text(L, 1);
  return 1;
}

static int digit_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 36;
}

static const char *skip_space(const char *at, const char *end) {
  while (at < end && (*at == ' ' || (*at >= '\t' && *at <= '\r')))
    at++;
  return at;
}

/* Reads digits of `base`; false where there is anything else. */
static bool read_digits(const char *at, const char *end, int base,
                        lua_Number *number) {
  at = skip_space(at, end);
  bool negative = at < end && *at == '-';
  at += negative;
  const char *first = at;
  for (*number = 0; at < end && digit_value(*at) < base; at++)
    *number = *number * base + digit_value(*at);
  bool found = at > first;
  if (negative)
    *number = -*number;
  return found && skip_space(at, end) == end;
}

static int number_of_base(lua_State *L, const char *text, size_t length) {
  lua_Integer base = luaL_checkinteger(L, 2);
  lua_Number number;
  luaL_argcheck(L, base >= 2 && base <= 36, 2, "base out of range");
  if (!read_digits(text, text + length, (int)base, &number))
    return 0;
#if LUA_VERSION_NUM >= 503
  if (number >= -9007199254740992.0 && number <= 9007199254740992.0) {
    lua_pushinteger(L, (lua_Integer)number);
    return 1;
  }
#endif
  lua_pushnumber(L, number);
  return 1;
}

/* A text as Lua's own number; nothing is pushed where it is none. */
static int plain_number(lua_State *L, const char *text, size_t length) {
#if LUA_VERSION_NUM >= 503
  return lua_stringtonumber(L, text) == length + 1;
#else
  if (length == 0 || strpbrk(text, "nN") != NULL || !lua_isnumber(L, 1))
    return 0;
  lua_pushnumber(L, lua_tonumber(L, 1));
  return 1;
#endif
}

/* As in Lua; a text of more than MAX_NUMBER_LENGTH bytes is no number. */
static int base_tonumber(lua_State *L) {
  size_t length;
  bool based = !lua_isnoneornil(L, 2);
  luaL_checkany(L, 1);
  if (!based && lua_type(L, 1) == LUA_TNUMBER) {
    lua_settop(L, 1);
    return 1;
  }
  if (lua_type(L, 1) == LUA_TSTRING) {
    const char *text = lua_tolstring(L, 1, &length);
    if (length <= MAX_NUMBER_LENGTH && (based ? number_of_base(L, text, length)
                                              : plain_number(L, text, length)))
      return 1;
  }
  lua_pushnil(L);
  return 1;
}

static int base_unpack(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer first = luaL_optinteger(L, 2, 1);
  lua_Integer last = lua_isnoneornil(L, 3) ? (lua_Integer)lpo_rawlen(L, 1)
                                           : luaL_checkinteger(L, 3);
  if (first > last)
    return 0;
  luaL_argcheck(L,
                first > -MAX_NUMBER_LENGTH && last < INT32_MAX &&
                    last - first < MAX_UNPACKED,
                1, "too many values to unpack; the limit is 1000");
  int count = (int)(last - first) + 1;
  pos_charge(L, (size_t)count);
  luaL_checkstack(L, count, "too many values to unpack");
  for (int i = 0; i < count; i++)
    lua_rawgeti(L, 1, (int)first + i);
  return count;
}

static const luaL_Reg base_functions[] = {
    {"assert", base_assert},     {"error", base_error},
    {"tonumber", base_tonumber}, {"tostring", base_tostring},
    {"unpack", base_unpack},     {NULL, NULL}};

/* Taken from Lua as they are: each does a bounded piece of work. */
static const char *const base_names[] = {"ipairs", "next", "pairs",
                                         "select", "type", NULL};
static const char *const math_names[] = {
    "abs",  "acos",  "asin", "atan", "ceil", "cos", "deg",
    "exp",  "floor", "fmod", "huge", "log",  "max", "min",
    "modf", "pi",    "rad",  "sin",  "sqrt", "tan", NULL};

/* ---- Globals ------------------------------------------------------------- */

static int refuse_library(lua_State *L) {
  return luaL_error(L, "the library is read-only");
}

void pos_freeze(lua_State *L, lua_CFunction refuse) {
  lua_newtable(L);
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, refuse);
  lua_setfield(L, -2, "__newindex");
  lua_setmetatable(L, -2);
  lua_remove(L, -2);
}

void pos_check_own_table(lua_State *L, int argument) {
  luaL_checktype(L, argument, LUA_TTABLE);
  if (lua_getmetatable(L, argument))
    luaL_argerror(L, argument, "this table is read-only");
}

/* env[name] = value */
static int set_global(lua_State *L) {
  const char *name =
      lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "a value";
  if (pos_of(L)->phase != POS_LOADING)
    return luaL_error(L, "globals cannot be set after loading; make %s local",
                      name);
  lua_rawgeti(L, LUA_REGISTRYINDEX, POS_LIBRARY);
  lua_pushvalue(L, 2);
  lua_rawget(L, -2);
  if (!lua_isnil(L, -1))
    return luaL_error(L, "%s belongs to the language; choose another name",
                      name);
  lua_rawgeti(L, LUA_REGISTRYINDEX, POS_GLOBALS);
  lua_insert(L, 2);
  lua_settop(L, 4);
  lua_rawset(L, 2);
  return 0;
}

void pos_forget_globals(lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, POS_LIBRARY);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawseti(L, LUA_REGISTRYINDEX, POS_GLOBALS);
  lua_rawgeti(L, LUA_REGISTRYINDEX, POS_ENVIRONMENT);
  lua_getmetatable(L, -1);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 3);
}

/* Makes the table on top the environment of every chunk to come. */
static void set_environment(lua_State *L) {
  lua_pushvalue(L, -1);
  lua_rawseti(L, LUA_REGISTRYINDEX, POS_ENVIRONMENT);
#if LUA_VERSION_NUM < 502
  lua_replace(L, LUA_GLOBALSINDEX);
#else
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
#endif
}

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

void pos_copy_names(lua_State *L, int from, const char *const *names) {
  for (; *names != NULL; names++) {
    lua_getfield(L, from, *names);
    lua_setfield(L, -2, *names);
  }
}

/* Sets the frozen form of the table on top in the table below it. */
static void set_library(lua_State *L, const char *name) {
  pos_freeze(L, refuse_library);
  lua_setfield(L, -2, name);
}

static void set_base_and_math(lua_State *L) {
  int library = lua_gettop(L);
  open_lua(L);
  int lua = lua_gettop(L);
  lua_pushvalue(L, library);
  pos_copy_names(L, lua, base_names);
  pos_set_functions(L, base_functions);
  lua_getfield(L, lua, LUA_MATHLIBNAME);
  lua_newtable(L);
  pos_copy_names(L, lua + 2, math_names);
  lua_setfield(L, library, "$math");
  lua_settop(L, library);
  lua_getfield(L, library, "$math");
  set_library(L, LUA_MATHLIBNAME);
  lua_pushnil(L);
  lua_setfield(L, library, "$math");
  lua_pushnil(L); /* what Lua itself opened is not needed any more */
  lua_setfield(L, LUA_REGISTRYINDEX, "_LOADED");
}

void pos_open_library(lua_State *L, lua_CFunction open_mail) {
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawseti(L, LUA_REGISTRYINDEX, POS_LIBRARY);
  set_base_and_math(L);
  pos_push_strings(L);
  set_library(L, LUA_STRLIBNAME);
  pos_push_tables(L);
  set_library(L, LUA_TABLIBNAME);
  lua_pushcfunction(L, open_mail);
  lua_call(L, 0, 2);
  lua_rawseti(L, LUA_REGISTRYINDEX, POS_ADDRESS);
  lua_setfield(L, -2, "mail");
  pos_set_language(L);
  lua_newtable(L);
  pos_freeze(L, set_global);
  set_environment(L);
  pos_forget_globals(L);
  lua_newtable(L);
  lua_rawseti(L, LUA_REGISTRYINDEX, POS_THREADS);
  lua_newtable(L);
  lua_rawseti(L, LUA_REGISTRYINDEX, POS_FUNCTIONS);
}
