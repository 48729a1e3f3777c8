/* Carrying addresses inside others: encapsulate and decapsulate. */
#include "functions.h"

#include "input.h"
#include "types.h"

#include <string.h>

/* Which of a dialect's fields name the place of a carrier. */
static bool is_place(const po_dialect *dialect, const char *name) {
  int field = lpo_find_field(dialect, name);
  return field >= 0 && field != po_carrying_field(dialect);
}

/*
** Reads the carrier of encapsulate: the type at `type` and a table of the
** fields of its place.  Fails for a type that carries nothing, and raises for a
** field that is no string.  Leaves the values on the stack that `carrier`
** needs.
*/
static po_code read_carrier(lua_State *L, int type, int fields,
                            lpo_input *carrier) {
  luaL_checktype(L, type, LUA_TSTRING);
  luaL_checktype(L, fields, LUA_TTABLE);
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, fields); lua_pop(L, 1)) {
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -5);
  }
  lua_pushvalue(L, type);
  lua_setfield(L, -2, "type");
  po_code code = lpo_read_bound(L, lua_gettop(L), carrier);
  if (code == PO_FIELD_TYPE)
    luaL_argerror(L, fields, "the fields of a shell are strings");
  if (code == PO_TYPE_UNKNOWN || code == PO_TYPE_INVALID)
    return code;
  return po_can_carry(carrier->address.dialect) ? PO_OK : PO_ENCAPSULATION_TYPE;
}

/* Raises unless the table at `index` has the fields of a place, and only
** these. */
static void check_place(lua_State *L, int index, const po_address *carrier) {
  const po_dialect *dialect = carrier->dialect;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    const char *key = lpo_option_name(L);
    if (strcmp(key, "type") != 0 && !is_place(dialect, key))
      luaL_error(L, "unknown option '%s' for a shell of type %s", key,
                 dialect->name);
  }
  if (po_carrying_field(dialect) == PO_NO_FIELD)
    return;
  for (int f = 0; dialect->fields[f] != NULL; f++)
    if (is_place(dialect, dialect->fields[f]) && carrier->field[f].at == NULL)
      luaL_error(L, "the option '%s' is missing; it is a string",
                 dialect->fields[f]);
}

/* Whether `address` can be written and read; leaves its length, which
** is that of its native text or more. */
static po_code measure(lua_State *L, const po_address *address,
                       size_t *length) {
  po_code code = lpo_check_plain(L, address, length);
  *length += address->type.length;
  return code;
}

/* encapsulate(address, type, place) -> address */
int lpo_encapsulate(lua_State *L) {
  lpo_memory room;
  lpo_input inner, carrier;
  po_address outer;
  size_t length = 0;
  lua_settop(L, 3);
  po_code code = read_carrier(L, 2, 3, &carrier);
  if (code != PO_OK)
    return lpo_push_unread(L, code, &carrier);
  check_place(L, 3, &carrier.address);
  code = lpo_read_bound(L, 1, &inner);
  if (code != PO_OK)
    return lpo_push_unread(L, code, &inner);
  code = measure(L, &inner.address, &length);
  if (code == PO_OK) {
    lpo_reserve(L, &room, PO_ENCAPSULATION_FOR(length));
    code =
        po_encapsulate(&inner.address, &carrier.address, &room.scratch, &outer);
  }
  if (code == PO_OK)
    code = measure(L, &outer, &length);
  if (code != PO_OK)
    return lpo_push_failure(L, code, -1);
  lpo_push_address(L, &outer);
  return 1;
}

/*
** Pushes what the address at `index`, `outer`, carries, and its carrier; on
** failure neither, and leaves the place in a text, or -1, in `outer`.
*/
static po_code push_opened(lua_State *L, int index, lpo_input *outer) {
  lpo_memory room;
  po_address inner, carrier;
  size_t length = 0, offset;
  const char *where;
  po_code code = lpo_read_bound(L, index, outer);
  if (code != PO_OK)
    return code;
  for (int f = 0; outer->address.dialect->fields[f] != NULL; f++)
    length += outer->address.field[f].length;
  lpo_reserve(L, &room, PO_SCRATCH_FOR(length));
  code =
      po_decapsulate(&outer->address, &room.scratch, &inner, &carrier, &where);
  outer->place =
      where == NULL ? -1 : lpo_place(L, index, &outer->address, where);
  if (code != PO_OK)
    return code;
  if (!lpo_is_defined(L, &inner))
    lpo_push_address(L, &inner);
  else if ((code = lpo_push_defined(L, &inner, &offset)) != PO_OK)
    return code;
  lpo_push_address(L, &carrier);
  lua_pushnil(L);
  lua_setmetatable(L, -2); /* a carrier alone is no address */
  return PO_OK;
}

/* Peels the address at 1 to its core: pushes it and an array of carriers. */
static int push_core(lua_State *L) {
  lpo_input outer;
  int carriers = lua_gettop(L) + 1;
  lua_newtable(L);
  for (int depth = 0; depth <= PO_MAX_CARRIERS; depth++) {
    po_code code = push_opened(L, 1, &outer);
    if (code == PO_NOT_ENCAPSULATED && depth > 0) {
      lua_settop(L, carriers);
      lua_pushvalue(L, 1);
      lua_insert(L, carriers);
      return 2;
    }
    if (code != PO_OK) {
      outer.place = depth == 0 ? outer.place : -1;
      return lpo_push_unread(L, code, &outer);
    }
    lua_rawseti(L, carriers, depth + 1);
    lua_replace(L, 1);
    lua_settop(L, carriers);
  }
  return lpo_push_failure(L, PO_ENCAPSULATION_DEPTH, -1);
}

/* The one option of decapsulate. */
static bool check_all(lua_State *L, int index) {
  bool all = false;
  if (lua_isnoneornil(L, index))
    return false;
  luaL_checktype(L, index, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    const char *key = lpo_option_name(L);
    if (strcmp(key, "all") != 0)
      luaL_error(L, "unknown option '%s'; known: all", key);
    all = lua_toboolean(L, -1) != 0;
  }
  return all;
}

/* decapsulate(address [, options]) -> address, carrier or carriers */
int lpo_decapsulate(lua_State *L) {
  lpo_input outer;
  if (check_all(L, 2))
    return push_core(L);
  po_code code = push_opened(L, 1, &outer);
  return code == PO_OK ? 2 : lpo_push_unread(L, code, &outer);
}
