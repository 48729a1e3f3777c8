/*
** parse, format and their like.
*/
#include "core.h"

#include "charsets.h"
#include "functions.h"
#include "input.h"
#include "text.h"

#include <string.h>

static int parse_carefully(lua_State *L) {
  lpo_input input;
  po_parse_options options = lpo_check_options(L, 2);
  po_text text = lpo_check_text(L, 1);
  po_code code = lpo_read_text(L, text, &options, &input);
  if (code == PO_OK)
    code = lpo_push_read(L, text, &input);
  return code == PO_OK ? 1 : lpo_push_unread(L, code, &input);
}

/* parse(text [, options]) -> address */
static int l_parse(lua_State *L) {
  lpo_input input;
  if (!lpo_read_at_once(L, &input))
    return parse_carefully(L);
  lpo_push_address(L, &input.address);
  return 1;
}

/* How `format` is asked to write. */
typedef struct lpo_style {
  po_notation notation;
  po_text syntax; /* absent: the address's own */
} lpo_style;

/* A notation, or a table of `notation`, `syntax` and `unknown`. */
static lpo_style check_style(lua_State *L, int index,
                             po_parse_options *options) {
  lpo_style style = {PO_PROXY, {NULL, 0}};
  if (lua_type(L, index) != LUA_TTABLE) {
    style.notation = lpo_check_notation(L, index, PO_PROXY);
    return style;
  }
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    const char *key = lpo_option_name(L);
    int value = lua_gettop(L);
    if (strcmp(key, "notation") == 0) {
      style.notation = lpo_check_notation(L, value, PO_PROXY);
    } else if (strcmp(key, "syntax") == 0) {
      style.syntax = lpo_option_text(L);
    } else if (strcmp(key, "unknown") == 0) {
      options->unknown = lua_toboolean(L, value) != 0;
    } else {
      luaL_error(L, "unknown option '%s'; known: notation, syntax, unknown",
                 key);
    }
  }
  return style;
}

/* A type with several syntaxes writes the one that is asked for. */
static void set_syntax(po_address *address, po_text syntax) {
  int f = lpo_find_field(address->dialect, "syntax");
  if (syntax.at != NULL && f >= 0)
    address->field[f] = syntax;
}

/* format(address [, notation or options]) -> text */
static int l_format(lua_State *L) {
  lpo_input input;
  lua_settop(L, 2);
  po_parse_options options = lpo_get_context(L)->defaults;
  lpo_style style = check_style(L, 2, &options);
  po_code code = lpo_read(L, 1, &options, &input);
  if (code != PO_OK)
    return lpo_push_unread(L, code, &input);
  set_syntax(&input.address, style.syntax);
  code = lpo_push_written(L, &input.address, style.notation, po_format);
  return code == PO_OK ? 1 : lpo_push_failure(L, code, -1);
}

/*
** Pushes the key of the address at `index` on top of what reading it took, or
** returns why there is none: a table that cannot be written has no key, since
** it could have that of another address.
*/
static po_code push_key(lua_State *L, int index,
                        const po_parse_options *options, lpo_input *input) {
  size_t length;
  po_code code = lpo_read(L, index, options, input);
  if (code == PO_OK && lua_type(L, index) == LUA_TTABLE)
    code = lpo_check_plain(L, &input->address, &length);
  input->place = code == PO_OK ? -1 : input->place;
  return code == PO_OK
             ? lpo_push_written(L, &input->address, PO_PROXY, lpo_write_key)
             : code;
}

/* key(address) -> text */
static int l_key(lua_State *L) {
  lpo_input input;
  po_code code =
      lpo_read_at_once(L, &input)
          ? lpo_push_written(L, &input.address, PO_PROXY, lpo_write_key)
          : push_key(L, 1, &lpo_get_context(L)->defaults, &input);
  return code == PO_OK ? 1 : lpo_push_unread(L, code, &input);
}

/* equal(x, y) -> boolean */
static int l_equal(lua_State *L) {
  lpo_input input;
  lua_settop(L, 2);
  for (int i = 1; i <= 2; i++) {
    po_code code = push_key(L, i, &lpo_get_context(L)->defaults, &input);
    if (code != PO_OK)
      return lpo_push_unread(L, code, &input);
    lua_replace(L, i);
    lua_settop(L, 2);
  }
  lua_pushboolean(L, lua_rawequal(L, 1, 2));
  return 1;
}

/* Whether the address is one of the type that is asked for, if any is. */
static bool is_wanted(const po_address *address, po_text type) {
  return type.at == NULL || po_same(type, address->type) ||
         po_dialect_of(type) == address->dialect; /* by another word */
}

/*
** Reads the table at `index` as what it would be read as if it were written,
** and pushes it afresh with the names that stand beside an address.
*/
static po_code push_table(lua_State *L, int index,
                          const po_parse_options *options, lpo_input *input) {
  lpo_input back;
  po_parse_options written = {.notation = PO_NATIVE, .unknown = true};
  po_code code = lpo_read(L, index, options, input);
  if (code == PO_OK && !is_wanted(&input->address, options->type))
    code = PO_TYPE_MISMATCH;
  if (code == PO_OK)
    code = lpo_push_plain(L, &input->address, &written.notation);
  if (code != PO_OK)
    return code;
  written.type = input->address.type;
  po_text text = lpo_check_text(L, lua_gettop(L));
  code = lpo_read_text(L, text, &written, &back);
  if (code != PO_OK)
    return code;
  back.address.display_name = input->address.display_name;
  back.address.comment = input->address.comment;
  back.address.secondary = input->address.secondary;
  return lpo_push_read(L, text, &back);
}

/* read(address [, options]) -> address; a table is checked and copied */
static int l_read(lua_State *L) {
  lpo_input input;
  if (lua_type(L, 1) != LUA_TTABLE)
    return l_parse(L);
  po_parse_options options = lpo_check_options(L, 2);
  po_code code = push_table(L, 1, &options, &input);
  return code == PO_OK ? 1 : lpo_push_unread(L, code, &input);
}

/* Pushes an address that was read, and its key right after it if it has one;
** returns how many these are. */
static int push_with_key(lua_State *L, const po_address *address) {
  lpo_push_address(L, address);
  int at = lua_gettop(L) + 1;
  if (lpo_push_written(L, address, PO_PROXY, lpo_write_key) != PO_OK)
    return 1;
  lua_insert(L, at);
  lua_settop(L, at);
  return 2;
}

/* receive(address) -> address [, key]
** As read, whatever the type; with the key, where that costs little. */
static int l_receive(lua_State *L) {
  static const po_parse_options any = {.unknown = true};
  lpo_input input;
  if (lpo_read_at_once(L, &input))
    return push_with_key(L, &input.address);
  po_code code;
  if (lua_type(L, 1) == LUA_TTABLE) {
    code = push_table(L, 1, &any, &input);
  } else {
    po_text text = lpo_check_text(L, 1);
    code = lpo_read_text(L, text, &any, &input);
    if (code == PO_OK)
      code = lpo_push_read(L, text, &input);
  }
  return code == PO_OK ? 1 : lpo_push_unread(L, code, &input);
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

static void open_with(lua_State *L, const po_parse_options *defaults);

/* new(options) -> the same functions with the options bound */
static int l_new(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  po_parse_options options = lpo_check_options(L, 1);
  if (options.type.length >= LPO_TYPE_SIZE)
    luaL_error(L, "the option 'type' is an address type such as SMTP");
  open_with(L, &options);
  return 1;
}

/* tostring(address): as format writes it, or what comes nearest. */
static int l_tostring(lua_State *L) {
  static const po_notation notations[] = {PO_PROXY, PO_ONEOFF, PO_PATH,
                                          PO_HEADER};
  static const po_parse_options any = {.unknown = true};
  lpo_input input;
  if (lua_type(L, 1) != LUA_TTABLE || lpo_read(L, 1, &any, &input) != PO_OK) {
    lua_pushliteral(L, "not an address");
    return 1;
  }
  for (size_t n = 0; n < sizeof notations / sizeof *notations; n++)
    if (lpo_push_written(L, &input.address, notations[n], po_format) == PO_OK)
      return 1;
  lua_pushlstring(L, input.address.type.at, input.address.type.length);
  lua_pushliteral(L, ": not an address");
  lua_concat(L, 2);
  return 1;
}

/* Pushes the key, or what is written where the domain is none and has no key;
** whether it could. */
static bool push_identity(lua_State *L, int index) {
  static const po_parse_options any = {.unknown = true};
  lpo_input input;
  po_notation notation;
  if (lua_type(L, index) != LUA_TTABLE)
    return false;
  return push_key(L, index, &any, &input) == PO_OK ||
         (lpo_read(L, index, &any, &input) == PO_OK &&
          lpo_push_plain(L, &input.address, &notation) == PO_OK);
}

/* a == b: equal keys */
static int l_eq(lua_State *L) {
  for (int i = 1; i <= 2; i++) {
    if (!push_identity(L, i)) {
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
    {"parse_list", lpo_parse_list},
    {"format_list", lpo_format_list},
    {"list_places", lpo_list_places},
    {"read", l_read},
    {"receive", l_receive},
    {"format", l_format},
    {"validate", lpo_validate},
    {"normalize", lpo_normalize},
    {"key", l_key},
    {"canonical", lpo_canonical},
    {"equal", l_equal},
    {"encapsulate", lpo_encapsulate},
    {"decapsulate", lpo_decapsulate},
    {"message", l_message},
    {"codes", l_codes},
    {"types", l_types},
    {"new", l_new},
    {"diagnose", lpo_diagnose},
    {"lines", lpo_lines},
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
  lua_pushliteral(L, PO_KEY_RULE);
  lua_setfield(L, -2, "KEY_RULE");
  lua_replace(L, base + 1);
  lua_settop(L, base + 1);
}

void lpo_set_closures(lua_State *L, const luaL_Reg *list) {
  po_parse_options defaults = {.charsets = lpo_get_charsets(L)};
  int table = lua_gettop(L);
  int count = lpo_push_upvalues(L, &defaults);
  lua_pushvalue(L, table);
  set_closures(L, list, count);
  lua_settop(L, table);
}

void lpo_open_core(lua_State *L) {
  po_parse_options defaults = {.charsets = lpo_get_charsets(L)};
  open_with(L, &defaults);
}
