#include "types.h"

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

bool lpo_is_defined(lua_State *L, const po_address *address) {
  if (address->dialect != &po_opaque || !push_definition(L, address->type))
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
