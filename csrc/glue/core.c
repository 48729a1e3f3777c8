/*
** The module postoffice.core: parse, format and their like.
*/
#include "core.h"

#include "address.h"
#include "functions.h"
#include "sandbox.h"
#include "types.h"

#include <string.h>

/* parse(text [, options]) -> address */
static int l_parse(lua_State *L) {
  lpo_memory memory;
  po_address address;
  size_t position;
  po_parse_options options = lpo_check_options(L, 2);
  po_code code = lpo_parse(L, 1, &options, &memory, &address, &position);
  if (code == PO_OK)
    code = lpo_push_parsed(L, 1, &address, &position);
  return code == PO_OK ? 1 : lpo_push_failure(L, code, (long)position);
}

/* A type with several syntaxes writes the one that is asked for. */
static void set_syntax(lua_State *L, int index, po_address *address) {
  int f = lpo_find_field(address->dialect, "syntax");
  luaL_checktype(L, index, LUA_TSTRING);
  if (f < 0)
    luaL_error(L, "an address of type %s has one syntax",
               address->dialect->name);
  address->field[f].at = lua_tolstring(L, index, &address->field[f].length);
}

/* A notation, or a table of `notation` and `syntax`. */
static po_notation check_style(lua_State *L, int index, po_address *address) {
  po_notation notation = PO_PROXY;
  if (lua_type(L, index) != LUA_TTABLE)
    return lpo_check_notation(L, index, PO_PROXY);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    const char *key = lpo_option_name(L);
    if (strcmp(key, "notation") == 0)
      notation = lpo_check_notation(L, lua_gettop(L), PO_PROXY);
    else if (strcmp(key, "syntax") == 0)
      set_syntax(L, lua_gettop(L), address);
    else
      luaL_error(L, "unknown option '%s'; known: notation, syntax", key);
  }
  return notation;
}

/* format(address [, notation or options]) -> text */
static int l_format(lua_State *L) {
  lpo_memory memory;
  po_address address;
  size_t position;
  lua_settop(L, 2);
  po_code code = lpo_check_address(L, 1, &memory, &address, &position);
  if (code != PO_OK)
    return lpo_push_failure(L, code, (long)position);
  po_notation notation = check_style(L, 2, &address);
  code = lpo_push_written(L, &address, notation, po_format);
  return code == PO_OK ? 1 : lpo_push_failure(L, code, -1);
}

/* normalize(text [, options]) -> text */
static int l_normalize(lua_State *L) {
  lpo_memory memory;
  po_address address;
  size_t position;
  po_parse_options options = lpo_check_options(L, 2);
  po_code code = lpo_parse_whole(L, 1, &options, &memory, &address, &position);
  if (code != PO_OK)
    return lpo_push_failure(L, code, (long)position);
  code = lpo_push_written(L, &address, address.notation, po_normalize);
  return code == PO_OK ? 1 : lpo_push_failure(L, code, -1);
}

static po_code write_key(const po_address *address, po_notation notation,
                         po_buffer *out, po_scratch *scratch) {
  (void)notation;
  (void)scratch;
  po_key(address, out);
  return PO_OK;
}

/* Pushes the key of the address at `index`, or returns why not. */
static po_code push_key(lua_State *L, int index, size_t *position) {
  lpo_memory memory;
  po_address address;
  po_code code = lpo_check_address(L, index, &memory, &address, position);
  return code == PO_OK ? lpo_push_written(L, &address, PO_PROXY, write_key)
                       : code;
}

/* key(address) -> text */
static int l_key(lua_State *L) {
  size_t position;
  po_code code = push_key(L, 1, &position);
  return code == PO_OK ? 1 : lpo_push_failure(L, code, (long)position);
}

/* equal(x, y) -> boolean */
static int l_equal(lua_State *L) {
  size_t position;
  lua_settop(L, 2);
  for (int i = 1; i <= 2; i++) {
    po_code code = push_key(L, i, &position);
    if (code != PO_OK)
      return lpo_push_failure(L, code, (long)position);
    lua_replace(L, i);
    lua_settop(L, 2);
  }
  lua_pushboolean(L, lua_rawequal(L, 1, 2));
  return 1;
}

/* message(code) -> sentence [, status] */
static int l_message(lua_State *L) {
  const char *slug = luaL_checkstring(L, 1);
  for (int c = 0; c < PO_CODE_COUNT; c++) {
    if (strcmp(po_code_slug((po_code)c), slug) != 0)
      continue;
    lua_pushstring(L, po_code_message((po_code)c));
    if (*po_code_status((po_code)c) == '\0')
      return 1;
    lua_pushstring(L, po_code_status((po_code)c));
    return 2;
  }
  lua_pushnil(L);
  return 1;
}

/* codes() -> array of slugs */
static int l_codes(lua_State *L) {
  lua_createtable(L, PO_CODE_COUNT - 1, 0);
  for (int c = 1; c < PO_CODE_COUNT; c++) {
    lua_pushstring(L, po_code_slug((po_code)c));
    lua_rawseti(L, -2, c);
  }
  return 1;
}

/* types() -> array of the types that have a dialect */
static int l_types(lua_State *L) {
  lua_newtable(L);
  for (int d = 0; po_dialects[d] != NULL; d++) {
    lua_pushstring(L, po_dialects[d]->name);
    lua_rawseti(L, -2, d + 1);
  }
  return 1;
}

/* fields(type) -> array of the names of a dialect's fields, or nothing */
static int l_fields(lua_State *L) {
  po_text type;
  type.at = luaL_checklstring(L, 1, &type.length);
  const po_dialect *dialect = po_dialect_of(type);
  if (dialect == NULL)
    return 0;
  lua_newtable(L);
  for (int f = 0; dialect->fields[f] != NULL; f++) {
    lua_pushstring(L, dialect->fields[f]);
    lua_rawseti(L, -2, f + 1);
  }
  return 1;
}

static void open_with(lua_State *L, const po_parse_options *defaults);

/* new(options) -> the same functions with the options bound */
static int l_new(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  po_parse_options options = lpo_check_options(L, 1);
  open_with(L, &options);
  return 1;
}

/* tostring(address): as format writes it, or what comes nearest. */
static int l_tostring(lua_State *L) {
  lpo_memory memory;
  po_address address;
  size_t position;
  if (lpo_check_address(L, 1, &memory, &address, &position) != PO_OK) {
    lua_pushliteral(L, "postoffice.address: no type");
    return 1;
  }
  static const po_notation notations[] = {PO_PROXY, PO_ONEOFF, PO_PATH};
  for (size_t n = 0; n < sizeof notations / sizeof *notations; n++)
    if (lpo_push_written(L, &address, notations[n], po_format) == PO_OK)
      return 1;
  lua_pushlstring(L, address.type.at, address.type.length);
  lua_pushliteral(L, ": not an address");
  lua_concat(L, 2);
  return 1;
}

/* a == b: equal keys */
static int l_eq(lua_State *L) {
  size_t position;
  for (int i = 1; i <= 2; i++) {
    if (lua_type(L, i) != LUA_TTABLE || push_key(L, i, &position) != PO_OK) {
      lua_pushboolean(L, 0);
      return 1;
    }
    lua_replace(L, i);
    lua_settop(L, 2);
  }
  lua_pushboolean(L, lua_rawequal(L, 1, 2));
  return 1;
}

static const luaL_Reg functions[] = {
    {"parse", l_parse},
    {"format", l_format},
    {"validate", lpo_validate},
    {"normalize", l_normalize},
    {"key", l_key},
    {"equal", l_equal},
    {"encapsulate", lpo_encapsulate},
    {"decapsulate", lpo_decapsulate},
    {"message", l_message},
    {"codes", l_codes},
    {"types", l_types},
    {"new", l_new},
    {"diagnose", lpo_diagnose},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__tostring", l_tostring},
    {"__eq", l_eq},
    {NULL, NULL},
};

/* Sets closures over the `count` upvalues that stand below the table. */
static void set_closures(lua_State *L, const luaL_Reg *list, int count) {
  int table = lua_gettop(L);
  for (; list->name != NULL; list++) {
    for (int i = 0; i < count; i++)
      lua_pushvalue(L, table - count + i);
    lua_pushcclosure(L, list->func, count);
    lua_setfield(L, table, list->name);
  }
}

/* The metatable is shared by the whole state and filled once. */
static void fill_metatable(lua_State *L, int count) {
  luaL_getmetatable(L, LPO_METATABLE_NAME);
  lua_getfield(L, -1, "__eq");
  bool filled = !lua_isnil(L, -1);
  lua_pop(L, 1);
  if (!filled) {
    set_closures(L, metamethods, count);
    lua_pushliteral(L, LPO_METATABLE_NAME);
    lua_setfield(L, -2, "__name");
  }
  lua_pop(L, 1);
}

static void open_with(lua_State *L, const po_parse_options *defaults) {
  static const po_parse_options none;
  int base = lua_gettop(L);
  int count = lpo_push_upvalues(L, &none);
  fill_metatable(L, count);
  lua_settop(L, base);
  count = lpo_push_upvalues(L, defaults);
  lua_newtable(L);
  set_closures(L, functions, count);
  lua_pushliteral(L, PO_VERSION);
  lua_setfield(L, -2, "_VERSION");
  lua_replace(L, base + 1);
  lua_settop(L, base + 1);
}

void lpo_open_core(lua_State *L) {
  static const po_parse_options none;
  open_with(L, &none);
}

/* glob_match(pattern, text) -> false | true, captures... (postoffice.h) */
static int l_glob_match(lua_State *L) {
  po_text pattern, text, captures[PO_MAX_CAPTURES];
  size_t count;
  pattern.at = luaL_checklstring(L, 1, &pattern.length);
  text.at = luaL_checklstring(L, 2, &text.length);
  bool matches = po_glob_match(pattern, text, captures, &count);
  lua_pushboolean(L, matches);
  if (!matches)
    return 1;
  luaL_checkstack(L, PO_MAX_CAPTURES, "captures");
  for (size_t i = 0; i < count; i++)
    lua_pushlstring(L, captures[i].at, captures[i].length);
  return 1 + (int)count;
}

LPO_EXPORT int luaopen_postoffice_core(lua_State *L);

int luaopen_postoffice_core(lua_State *L) {
  lpo_checkversion(L);
  lpo_open_core(L);
  lua_pushcfunction(L, l_fields);
  lua_setfield(L, -2, "fields");
  lua_pushcfunction(L, l_glob_match);
  lua_setfield(L, -2, "glob_match");
  lua_pushcfunction(L, lpo_define);
  lua_setfield(L, -2, "define");
  lpo_open_sandbox(L);
  lua_setfield(L, -2, "script");
  return 1;
}
