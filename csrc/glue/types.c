#include "types.h"

#include <string.h>

#include "sandbox.h"

static const char registry_key[] = "postoffice.types"; /* true in a script */

/* ---- Where the definitions are ------------------------------------------- */

/* Pushes the definition of the type that is the text at `index`, or nil. */
static void push_definition(lua_State *L, int index) {
  lua_getfield(L, LUA_REGISTRYINDEX, registry_key);
  if (!lua_istable(L, -1))
    return;
  lua_pushvalue(L, index);
  lua_rawget(L, -2);
  lua_remove(L, -2);
}

/* defines(type) -> whether there is a definition */
static int defines(lua_State *L) {
  push_definition(L, 1);
  lua_pushboolean(L, lua_istable(L, -1));
  return 1;
}

/* Leaves of the two results on top what is looked at, of kinds that can cross:
** a table, a text or a boolean; a number or nil. */
static void tidy_results(lua_State *L) {
  if (!lua_istable(L, -2) && lua_type(L, -2) != LUA_TSTRING) {
    lua_pushboolean(L, lua_toboolean(L, -2));
    lua_replace(L, -3);
  }
  if (lua_isnumber(L, -1))
    return;
  lua_pop(L, 1);
  lua_pushnil(L);
}

/* apply(type, name, argument) -> whether the type's definition has a function
** of that name, and its results */
static int apply(lua_State *L) {
  push_definition(L, 1);
  lua_getfield(L, -1, lua_tostring(L, 2));
  bool has = !lua_isnil(L, -1);
  lua_pushboolean(L, has);
  lua_insert(L, -2);
  if (!has)
    return 1;
  lua_pushvalue(L, 3);
  lua_call(L, 1, 2);
  tidy_results(L);
  return 3;
}

/* Nothing interrupts a definition, so a script may ask it about as much as an
** address has that policies route.  There are also the names of its type, of
** the function and of fields, and what tells values apart. */
enum { BYTES_BESIDE = 512 };

static const lpo_limit limit_of_scripts = {
    8192 + BYTES_BESIDE,
    "the address is longer than 8192 bytes, the most about which a script may "
    "ask a type that Lua defines"};

/* Calls one of these with the values on top, where the definitions are: here,
** or in the host of a script, which may be given as much as the limit says.
** What cannot go there has nil for an answer. */
static void ask(lua_State *L, lua_CFunction function, int arguments,
                int results, const lpo_limit *limit) {
  lua_getfield(L, LUA_REGISTRYINDEX, registry_key);
  bool elsewhere = lua_isboolean(L, -1);
  lua_pop(L, 1);
  if (!elsewhere) {
    lua_pushcfunction(L, function);
    lua_insert(L, -arguments - 1);
    lua_call(L, arguments, results);
  } else if (!lpo_call_host(L, function, arguments, results, limit)) {
    lua_settop(L, lua_gettop(L) + results);
  }
}

/* Asks `apply` with the argument on top, which it pops, and pushes its results
** but the first, which it returns. */
static bool ask_function(lua_State *L, po_text type, const char *name) {
  lua_pushlstring(L, type.at, type.length);
  lua_pushstring(L, name);
  lua_pushvalue(L, -3);
  ask(L, apply, 3, 3, &limit_of_scripts);
  bool has = lua_toboolean(L, -3) != 0;
  lua_remove(L, -3);
  lua_remove(L, -3);
  return has;
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

void lpo_use_types_of_host(lua_State *L) {
  lua_pushboolean(L, 1);
  lua_setfield(L, LUA_REGISTRYINDEX, registry_key);
}

bool lpo_has_definition(lua_State *L, po_text type) {
  lua_pushlstring(L, type.at, type.length);
  ask(L, defines, 1, 1, NULL);
  bool has = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return has;
}

/* ---- Addresses of such types --------------------------------------------- */

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
  lua_pushlstring(L, opaque->field[0].at, opaque->field[0].length);
  ask_function(L, opaque->type, "parse");
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
  lua_pushvalue(L, index);
  ask_function(L, address->type, name);
  lua_pop(L, 1);
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
  lua_pushvalue(L, index);
  bool passes = !ask_function(L, address->type, "check");
  passes = passes || lua_toboolean(L, -2) != 0;
  lua_pop(L, 2);
  return passes;
}

/* ---- Near misses --------------------------------------------------------- */

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

/* nearest(word) -> the nearest among the types that Lua defined, the first by
** bytes, or nil */
static int nearest(lua_State *L) {
  po_text word, best = {NULL, 0};
  word.at = lua_tolstring(L, 1, &word.length);
  lua_getfield(L, LUA_REGISTRYINDEX, registry_key);
  if (!lua_istable(L, 2))
    return 0;
  for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
    po_text name;
    name.at = lua_tolstring(L, -2, &name.length);
    if (is_near(word, name) &&
        (best.at == NULL || strcmp(name.at, best.at) < 0))
      best = name;
  }
  if (best.at == NULL)
    return 0;
  lua_pushlstring(L, best.at, best.length); /* the registry anchors it */
  return 1;
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
  lua_pushlstring(L, word.at, word.length);
  ask(L, nearest, 1, 1, NULL);
  if (lua_isstring(L, -1))
    return true;
  lua_pop(L, 1);
  return false;
}
