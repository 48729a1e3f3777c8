/*
** What the answers of postoffice cost if they are made without reading: the
** floors that core.lua measures it by.  All take an addr-spec with an @.
*/
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

enum {
  METATABLE = 1,
  TYPE,
  LOCALPART,
  DOMAIN,
  SMTP,
  DISPLAY_NAME,
  UPVALUES = DISPLAY_NAME
};

static const unsigned char class_of[256] = {['@'] = 1, ['.'] = 2, ['-'] = 4};

/* valid(text) -> true; looks at each byte once. */
static int l_valid(lua_State *L) {
  size_t length;
  unsigned char seen = 0;
  luaL_checktype(L, 1, LUA_TSTRING);
  const char *text = lua_tolstring(L, 1, &length);
  for (size_t i = 0; i < length; i++)
    seen |= class_of[(unsigned char)text[i]];
  lua_pushboolean(L, seen != 8);
  return 1;
}

/* The text at 1 and its @. */
static const char *check(lua_State *L, size_t *length, const char **at) {
  luaL_checktype(L, 1, LUA_TSTRING);
  const char *text = lua_tolstring(L, 1, length);
  *at = memchr(text, '@', *length);
  if (*at == NULL)
    luaL_argerror(L, 1, "there is no @");
  return text;
}

static void set(lua_State *L, int key, const char *value, size_t length) {
  lua_pushvalue(L, lua_upvalueindex(key));
  lua_pushlstring(L, value, length);
  lua_rawset(L, -3);
}

/* parse(text) -> the table that postoffice.parse makes */
static int l_parse(lua_State *L) {
  size_t length;
  const char *at, *text = check(L, &length, &at);
  size_t local = (size_t)(at - text);
  lua_createtable(L, 0, 4);
  lua_pushvalue(L, lua_upvalueindex(TYPE));
  lua_pushvalue(L, lua_upvalueindex(SMTP));
  lua_rawset(L, -3);
  set(L, LOCALPART, text, local);
  set(L, DOMAIN, at + 1, length - local - 1);
  lua_pushvalue(L, lua_upvalueindex(METATABLE));
  lua_setmetatable(L, -2);
  return 1;
}

/* The table of an item that begins at `start` and has its @ at `at`; the name
** is what stands before a <. */
static void push_item(lua_State *L, const char *start, const char *at,
                      const char *stop) {
  const char *local = at;
  while (local > start && local[-1] != '<' && local[-1] != ' ')
    local--;
  lua_createtable(L, 0, 4);
  lua_pushvalue(L, lua_upvalueindex(TYPE));
  lua_pushvalue(L, lua_upvalueindex(SMTP));
  lua_rawset(L, -3);
  set(L, LOCALPART, local, (size_t)(at - local));
  set(L, DOMAIN, at + 1, (size_t)(stop - at) - 1);
  if (local - start > 2)
    set(L, DISPLAY_NAME, start, (size_t)(local - start) - 2);
  lua_pushvalue(L, lua_upvalueindex(METATABLE));
  lua_setmetatable(L, -2);
}

/* parse_list(text) -> as many tables as there are @ in the text, and an empty
** one: about what postoffice.parse_list makes */
static int l_parse_list(lua_State *L) {
  size_t length;
  luaL_checktype(L, 1, LUA_TSTRING);
  const char *text = lua_tolstring(L, 1, &length), *end = text + length;
  const char *start = text, *at;
  int items = 0;
  lua_createtable(L, memchr(text, ',', length) == NULL ? 1 : 8, 0);
  while ((at = memchr(start, '@', (size_t)(end - start))) != NULL) {
    const char *stop = at;
    while (stop < end && *stop != '>' && *stop != ',' && *stop != ';')
      stop++;
    push_item(L, start, at, stop);
    lua_rawseti(L, -2, ++items);
    for (start = stop; start < end && strchr(">,; ", *start) != NULL;)
      start++;
  }
  lua_newtable(L);
  return 2;
}

static void put_lower(char *to, const char *from, size_t length) {
  for (size_t i = 0; i < length; i++)
    to[i] = (char)(from[i] >= 'A' && from[i] <= 'Z' ? from[i] + 32 : from[i]);
}

/* key(text) -> "SMTP:" and the text in lower case */
static int l_key(lua_State *L) {
  char out[512] = "SMTP:";
  size_t length;
  luaL_checktype(L, 1, LUA_TSTRING);
  const char *text = lua_tolstring(L, 1, &length);
  luaL_argcheck(L, length < sizeof out - 5, 1, "too long");
  put_lower(out + 5, text, length);
  lua_pushlstring(L, out, length + 5);
  return 1;
}

/* normalize(text) -> the text with its domain in lower case */
static int l_normalize(lua_State *L) {
  char out[512];
  size_t length;
  const char *at, *text = check(L, &length, &at);
  size_t local = (size_t)(at - text);
  luaL_argcheck(L, length < sizeof out, 1, "too long");
  memcpy(out, text, local);
  put_lower(out + local, at, length - local);
  lua_pushlstring(L, out, length);
  return 1;
}

static void set_function(lua_State *L, const char *name, lua_CFunction f) {
  for (int i = METATABLE; i <= UPVALUES; i++)
    lua_pushvalue(L, i);
  lua_pushcclosure(L, f, UPVALUES);
  lua_setfield(L, -2, name);
}

int luaopen_floors(lua_State *L);

int luaopen_floors(lua_State *L) {
  lua_settop(L, 0);
  lua_getfield(L, LUA_REGISTRYINDEX, "postoffice.address");
  lua_pushliteral(L, "type");
  lua_pushliteral(L, "localpart");
  lua_pushliteral(L, "domain");
  lua_pushliteral(L, "SMTP");
  lua_pushliteral(L, "display_name");
  lua_newtable(L);
  set_function(L, "validate", l_valid);
  set_function(L, "parse", l_parse);
  set_function(L, "parse_list", l_parse_list);
  set_function(L, "key", l_key);
  set_function(L, "normalize", l_normalize);
  return 1;
}
