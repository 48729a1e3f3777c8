/* Carrying addresses inside others: encapsulate and decapsulate. */
#include "functions.h"

#include "address.h"
#include "types.h"

#include <string.h>

/* Which of a dialect's fields name the place of a shell. */
static bool is_place(const po_dialect *dialect, const char *field) {
  if (strcmp(dialect->name, "X400") != 0) /* domain, postoffice */
    return strcmp(field, dialect->fields[1]) == 0;
  return lpo_find_field(dialect, field) >= 0;
}

/* The shell of encapsulate: a type and a table of the fields of its place. */
static void check_shell(lua_State *L, int type, int fields, lpo_memory *memory,
                        po_address *shell) {
  size_t position;
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
  po_code code = lpo_check_address(L, lua_gettop(L), memory, shell, &position);
  if (code != PO_OK || shell->dialect == &po_opaque ||
      !po_can_carry(shell->dialect))
    luaL_argerror(L, type, "an address is carried in SMTP, CCMAIL or X400");
}

static void check_place(lua_State *L, int index, const po_address *shell) {
  const po_dialect *dialect = shell->dialect;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    const char *key = lpo_option_name(L);
    if (strcmp(key, "type") != 0 && !is_place(dialect, key))
      luaL_error(L, "unknown option '%s' for a shell of type %s", key,
                 dialect->name);
  }
  if (is_place(dialect, dialect->fields[0]) || shell->field[1].at != NULL)
    return;
  luaL_error(L, "the option '%s' is missing; it is a string",
             dialect->fields[1]);
}

/* Whether `address` can be written and read; leaves its length, which
** is that of its native text or more. */
static po_code measure(lua_State *L, const po_address *address,
                       size_t *length) {
  po_code code = lpo_push_plain(L, address);
  if (code != PO_OK)
    return code;
  *length = address->type.length;
  *length += lpo_rawlen(L, -1);
  lua_pop(L, 1);
  return PO_OK;
}

/* encapsulate(address, type, place) -> address */
int lpo_encapsulate(lua_State *L) {
  lpo_memory memory, room, more;
  po_address inner, outer, shell;
  size_t position, length = 0;
  lua_settop(L, 3);
  check_shell(L, 2, 3, &more, &shell);
  check_place(L, 3, &shell);
  po_code code = lpo_check_address(L, 1, &memory, &inner, &position);
  if (code != PO_OK)
    return lpo_push_failure(L, code, (long)position);
  code = measure(L, &inner, &length);
  if (code == PO_OK) {
    lpo_reserve(L, &room, PO_ENCAPSULATION_FOR(length));
    code = po_encapsulate(&inner, &shell, &room.scratch, &outer);
  }
  if (code == PO_OK)
    code = measure(L, &outer, &length);
  if (code != PO_OK)
    return lpo_push_failure(L, code, -1);
  lpo_push_address(L, &outer);
  return 1;
}

/*
** Pushes what the address at `index` carries, and its shell; or neither, and
** leaves the place in a text, or -1.
*/
static po_code push_opened(lua_State *L, int index, long *place) {
  lpo_memory memory, room;
  po_address outer, inner, shell;
  size_t length = 0, position, offset;
  const char *where;
  po_code code = lpo_check_address(L, index, &memory, &outer, &position);
  *place = lua_type(L, index) == LUA_TSTRING ? (long)position : -1;
  if (code != PO_OK)
    return code;
  for (int f = 0; outer.dialect->fields[f] != NULL; f++)
    length += outer.field[f].length;
  lpo_reserve(L, &room, PO_SCRATCH_FOR(length));
  code = po_decapsulate(&outer, &room.scratch, &inner, &shell, &where);
  *place = where == NULL ? -1 : lpo_place(L, index, &outer, where);
  if (code != PO_OK)
    return code;
  if (!lpo_is_defined(L, &inner))
    lpo_push_address(L, &inner);
  else if ((code = lpo_push_defined(L, &inner, &offset)) != PO_OK)
    return code;
  lpo_push_address(L, &shell);
  lua_pushnil(L);
  lua_setmetatable(L, -2); /* a shell alone is no address */
  return PO_OK;
}

/* Peels the address at 1 to its core: pushes it and an array of shells. */
static int push_core(lua_State *L) {
  enum { DEEPEST = 16 };
  long place;
  int shells = lua_gettop(L) + 1;
  lua_newtable(L);
  for (int depth = 0; depth <= DEEPEST; depth++) {
    po_code code = push_opened(L, 1, &place);
    if (code == PO_NOT_ENCAPSULATED && depth > 0) {
      lua_settop(L, shells);
      lua_pushvalue(L, 1);
      lua_insert(L, shells);
      return 2;
    }
    if (code != PO_OK)
      return lpo_push_failure(L, code, depth == 0 ? place : -1);
    lua_rawseti(L, shells, depth + 1);
    lua_replace(L, 1);
    lua_settop(L, shells);
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

/* decapsulate(address [, options]) -> address, shell or shells */
int lpo_decapsulate(lua_State *L) {
  long place;
  if (check_all(L, 2))
    return push_core(L);
  po_code code = push_opened(L, 1, &place);
  return code == PO_OK ? 2 : lpo_push_failure(L, code, place);
}
