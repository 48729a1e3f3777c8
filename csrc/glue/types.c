#include "types.h"

#include <string.h>

static const char registry_key[] = "postoffice.types";

/* Pushes the definition of a type and returns true, or nothing. */
static bool push_definition(lua_State *L, po_text type) {
  lua_getfield(L, LUA_REGISTRYINDEX, registry_key);
  if (!lua_istable(L, -1)) {
    lua_pop(L, 1);
    return false;
  }
  lua_pushlstring(L, type.at, type.length);
  lua_rawget(L, -2);
  lua_remove(L, -2);
  if (lua_istable(L, -1))
    return true;
  lua_pop(L, 1);
  return false;
}

int lpo_define(lua_State *L) {
  po_text type;
  luaL_checktype(L, 1, LUA_TSTRING);
  luaL_checktype(L, 2, LUA_TTABLE);
  type.at = lua_tolstring(L, 1, &type.length);
  if (po_dialect_of(type) != NULL)
    return luaL_error(L, "the type %s has a dialect already", type.at);
  lua_getfield(L, LUA_REGISTRYINDEX, registry_key);
  if (lua_isnil(L, -1)) {
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, registry_key);
  }
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_rawset(L, -3);
  return 0;
}

bool lpo_has_definition(lua_State *L, po_text type) {
  if (!push_definition(L, type))
    return false;
  lua_pop(L, 1);
  return true;
}

/* Pushes the definition's function `name`; nil where it has none. */
static void push_function(lua_State *L, const po_address *address,
                          const char *name) {
  push_definition(L, address->type);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

/* Copies the fields at the top into the address table below them. */
static void add_fields(lua_State *L) {
  for (lua_pushnil(L); lua_next(L, -2);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -5);
  }
  lua_pop(L, 1);
}

po_code lpo_push_defined(lua_State *L, const po_address *opaque,
                         size_t *offset) {
  int base = lua_gettop(L);
  lpo_push_address(L, opaque);
  lua_pushnil(L);
  lua_setfield(L, -2, "value");
  push_function(L, opaque, "parse");
  lua_pushlstring(L, opaque->field[0].at, opaque->field[0].length);
  lua_call(L, 1, 2);
  if (!lua_istable(L, -2)) {
    *offset = lua_isnumber(L, -1) ? (size_t)lua_tointeger(L, -1) - 1 : 0;
    if (*offset > opaque->field[0].length)
      *offset = opaque->field[0].length;
    lua_settop(L, base);
    return PO_TYPE_GRAMMAR;
  }
  lua_pop(L, 1);
  add_fields(L);
  return PO_OK;
}

/* Calls format or fold; its text stays on the stack. */
static po_text call(lua_State *L, int index, const po_address *address,
                    const char *name) {
  po_text text = {NULL, 0};
  push_function(L, address, name);
  if (!lua_isnil(L, -1)) {
    lua_pushvalue(L, index);
    lua_call(L, 1, 1);
  }
  if (lua_type(L, -1) == LUA_TSTRING)
    text.at = lua_tolstring(L, -1, &text.length);
  return text;
}

po_code lpo_read_defined(lua_State *L, int index, po_address *out) {
  out->field[0] = call(L, index, out, "format");
  if (out->field[0].at == NULL)
    return PO_TYPE_GRAMMAR;
  out->folded = call(L, index, out, "fold");
  return PO_OK;
}

bool lpo_check_defined(lua_State *L, int index, const po_address *address) {
  push_function(L, address, "check");
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return true;
  }
  lua_pushvalue(L, index);
  lua_call(L, 1, 1);
  bool passes = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return passes;
}

/* Near misses. */

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

/* How many bytes are the same at the front, or at the back, of two words. */
static size_t common(po_text a, po_text b, bool back) {
  size_t count = 0;
  while (count < a.length && count < b.length) {
    char x = a.at[back ? a.length - 1 - count : count];
    char y = b.at[back ? b.length - 1 - count : count];
    if (lower(x) != lower(y))
      break;
    count++;
  }
  return count;
}

/* Whether one letter more, less or other makes one word of the other, or two
** neighbours that change places. */
static bool is_near(po_text a, po_text b) {
  enum { SHORTEST = 3 }; /* of words in which one letter is a slip */
  size_t longest = a.length > b.length ? a.length : b.length;
  size_t front = common(a, b, false);
  if (longest < SHORTEST || front == longest)
    return false;
  a.at += front, a.length -= front;
  b.at += front, b.length -= front;
  size_t back = common(a, b, true);
  a.length -= back;
  b.length -= back;
  if (a.length <= 1 && b.length <= 1)
    return true;
  return a.length == 2 && b.length == 2 && lower(a.at[0]) == lower(b.at[1]) &&
         lower(a.at[1]) == lower(b.at[0]);
}

/* The nearest among the types that Lua defined: the first by bytes. */
static bool push_near_defined(lua_State *L, po_text word) {
  int base = lua_gettop(L);
  lua_getfield(L, LUA_REGISTRYINDEX, registry_key);
  if (!lua_istable(L, base + 1)) {
    lua_settop(L, base);
    return false;
  }
  po_text best = {NULL, 0};
  for (lua_pushnil(L); lua_next(L, base + 1); lua_pop(L, 1)) {
    po_text name;
    name.at = lua_tolstring(L, -2, &name.length);
    if (is_near(word, name) &&
        (best.at == NULL || strcmp(name.at, best.at) < 0))
      best = name;
  }
  lua_settop(L, base);
  if (best.at != NULL)
    lua_pushlstring(L, best.at, best.length); /* the registry anchors it */
  return best.at != NULL;
}

bool lpo_push_near_type(lua_State *L, po_text word) {
  if (word.at == NULL)
    return false;
  for (int d = 0; po_dialects[d] != NULL; d++) {
    po_text name = {po_dialects[d]->name, strlen(po_dialects[d]->name)};
    if (!is_near(word, name))
      continue;
    lua_pushlstring(L, name.at, name.length);
    return true;
  }
  return push_near_defined(L, word);
}
