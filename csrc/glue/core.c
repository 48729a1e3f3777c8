/*
** The module postoffice.core: parse, format and their like.
*/
#include "core.h"

#include "address.h"
#include "script.h"
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

/* The dialect's field `name`, or -1. */
static int find_field(const po_dialect *dialect, const char *name) {
  for (int f = 0; dialect->fields[f] != NULL; f++)
    if (strcmp(dialect->fields[f], name) == 0)
      return f;
  return -1;
}

/* A type with several syntaxes writes the one that is asked for. */
static void set_syntax(lua_State *L, int index, po_address *address) {
  int f = find_field(address->dialect, "syntax");
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
    const char *key =
        lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
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

static int push_invalid(lua_State *L, po_code code, long position) {
  int count = lpo_push_failure(L, code, position);
  lua_pushboolean(L, 0);
  lua_replace(L, -count - 1);
  return count;
}

static int push_verdict(lua_State *L, po_code code, long position) {
  if (code != PO_OK)
    return push_invalid(L, code, position);
  lua_pushboolean(L, 1);
  return 1;
}

/* The check of the address's type; `index` is its table, if Lua defined it. */
static po_code check_address(lua_State *L, int index, const po_address *address,
                             const char **where) {
  *where = NULL;
  if (!lpo_is_defined(L, address))
    return po_check(address, where);
  return lpo_check_defined(L, index, address) ? PO_OK : PO_TYPE_CHECK;
}

static int validate_text(lua_State *L) {
  lpo_memory memory;
  po_address address;
  size_t position;
  const char *where;
  po_text text;
  po_parse_options options = lpo_check_options(L, 2);
  po_code code = lpo_parse(L, 1, &options, &memory, &address, &position);
  if (code == PO_OK && lpo_is_defined(L, &address))
    code = lpo_push_parsed(L, 1, &address, &position);
  if (code != PO_OK)
    return push_invalid(L, code, (long)position);
  code = check_address(L, lua_gettop(L), &address, &where);
  text.at = lua_tolstring(L, 1, &text.length);
  return push_verdict(L, code, (long)po_position(text, &address, where));
}

static int validate_table(lua_State *L) {
  lpo_memory memory;
  po_address address;
  size_t position;
  const char *where;
  po_code code = lpo_check_address(L, 1, &memory, &address, &position);
  if (code == PO_OK)
    code =
        lpo_push_written(L, &address, lpo_plain_notation(&address), po_format);
  if (code == PO_OK)
    code = check_address(L, 1, &address, &where);
  return push_verdict(L, code, -1);
}

/* validate(text or address [, options]) -> true, or false and why */
static int l_validate(lua_State *L) {
  return lua_type(L, 1) == LUA_TTABLE ? validate_table(L) : validate_text(L);
}

/* How good an address is: the grades of isEmail for SMTP (RFC 5321, comments,
** RFC 5322), their like for the others. */
static const char *grade_of(const po_address *address,
                            const po_findings *found) {
  bool smtp = address->dialect == po_dialects[0];
  for (int i = 0; i < found->count; i++)
    if (!po_code_is_note(found->list[i].code))
      return smtp ? "5322" : "limits";
  if (address->comment.at != NULL)
    return "cfws";
  if (found->count > 0)
    return smtp ? "5321" : "unusual";
  return "ok";
}

/* Pushes { code =, severity =, message =, position = }. */
static void push_finding(lua_State *L, po_code code, long position) {
  lua_createtable(L, 0, 4);
  lua_pushstring(L, po_code_slug(code));
  lua_setfield(L, -2, "code");
  lua_pushstring(L, po_code_is_note(code) ? "note" : "error");
  lua_setfield(L, -2, "severity");
  lua_pushstring(L, po_code_message(code));
  lua_setfield(L, -2, "message");
  if (position < 0)
    return;
  lua_pushinteger(L, (lua_Integer)position + 1);
  lua_setfield(L, -2, "position");
}

/* What cannot be read has the one finding that says why. */
static int push_unreadable(lua_State *L, po_code code, long position) {
  lua_pushliteral(L, "error");
  lua_createtable(L, 1, 0);
  push_finding(L, code, position);
  lua_rawseti(L, -2, 1);
  return 2;
}

/* The place in the text at 1 of a finding, -1 in a table. */
static long place_of(lua_State *L, const po_address *address,
                     const char *where) {
  po_text text;
  if (lua_type(L, 1) != LUA_TSTRING)
    return -1;
  text.at = lua_tolstring(L, 1, &text.length);
  return (long)po_position(text, address, where);
}

/* diagnose(text or address [, options]) -> grade, findings */
static int l_diagnose(lua_State *L) {
  lpo_memory memory;
  po_address address;
  po_findings found;
  size_t position;
  bool text = lua_type(L, 1) == LUA_TSTRING;
  po_parse_options options = lpo_check_options(L, 2);
  po_code code =
      text ? lpo_parse_whole(L, 1, &options, &memory, &address, &position)
           : lpo_check_address(L, 1, &memory, &address, &position);
  if (code == PO_OK && !text)
    code =
        lpo_push_written(L, &address, lpo_plain_notation(&address), po_format);
  if (code != PO_OK)
    return push_unreadable(L, code, text ? (long)position : -1);
  po_diagnose(&address, &found);
  lua_pushstring(L, grade_of(&address, &found));
  lua_createtable(L, found.count, 0);
  for (int i = 0; i < found.count; i++) {
    const po_finding *finding = &found.list[i];
    push_finding(L, finding->code, place_of(L, &address, finding->where));
    lua_rawseti(L, -2, i + 1);
  }
  return 2;
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

/* Which of a dialect's fields name the place of a shell. */
static bool is_place(const po_dialect *dialect, const char *field) {
  if (strcmp(dialect->name, "X400") != 0) /* domain, postoffice */
    return strcmp(field, dialect->fields[1]) == 0;
  return find_field(dialect, field) >= 0;
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
    const char *key =
        lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
    if (strcmp(key, "type") != 0 && !is_place(dialect, key))
      luaL_error(L, "unknown option '%s' for a shell of type %s", key,
                 dialect->name);
  }
  if (is_place(dialect, dialect->fields[0]) || shell->field[1].at != NULL)
    return;
  luaL_error(L, "the option '%s' is missing; it is a string",
             dialect->fields[1]);
}

/* Whether `address` can be written and read; leaves its native length. */
static po_code measure(lua_State *L, const po_address *address,
                       size_t *length) {
  po_code code =
      lpo_push_written(L, address, lpo_plain_notation(address), po_format);
  if (code != PO_OK)
    return code;
  *length = address->type.length;
  *length += lpo_rawlen(L, -1);
  lua_pop(L, 1);
  return PO_OK;
}

/* encapsulate(address, type, place) -> address */
static int l_encapsulate(lua_State *L) {
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

/* Pushes what the address at `index` carries, and its shell; or neither. */
static po_code push_opened(lua_State *L, int index, size_t *position) {
  lpo_memory memory, room;
  po_address outer, inner, shell;
  size_t length = 0, offset;
  const char *where;
  po_code code = lpo_check_address(L, index, &memory, &outer, position);
  if (code != PO_OK)
    return code;
  *position = 0;
  for (int f = 0; outer.dialect->fields[f] != NULL; f++)
    length += outer.field[f].length;
  lpo_reserve(L, &room, PO_SCRATCH_FOR(length));
  code = po_decapsulate(&outer, &room.scratch, &inner, &shell, &where);
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
  size_t position;
  int shells = lua_gettop(L) + 1;
  lua_newtable(L);
  for (int depth = 0; depth <= DEEPEST; depth++) {
    po_code code = push_opened(L, 1, &position);
    if (code == PO_NOT_ENCAPSULATED && depth > 0) {
      lua_settop(L, shells);
      lua_pushvalue(L, 1);
      lua_insert(L, shells);
      return 2;
    }
    if (code != PO_OK)
      return lpo_push_failure(L, code, -1);
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
    const char *key =
        lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
    if (strcmp(key, "all") != 0)
      luaL_error(L, "unknown option '%s'; known: all", key);
    all = lua_toboolean(L, -1) != 0;
  }
  return all;
}

/* decapsulate(address [, options]) -> address, shell or shells */
static int l_decapsulate(lua_State *L) {
  size_t position;
  if (check_all(L, 2))
    return push_core(L);
  po_code code = push_opened(L, 1, &position);
  return code == PO_OK
             ? 2
             : lpo_push_failure(L, code, position > 0 ? (long)position : -1);
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
    {"validate", l_validate},
    {"normalize", l_normalize},
    {"key", l_key},
    {"equal", l_equal},
    {"encapsulate", l_encapsulate},
    {"decapsulate", l_decapsulate},
    {"message", l_message},
    {"codes", l_codes},
    {"types", l_types},
    {"new", l_new},
    {"diagnose", l_diagnose},
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
  lua_pushcfunction(L, l_glob_match);
  lua_setfield(L, -2, "glob_match");
  lua_pushcfunction(L, lpo_define);
  lua_setfield(L, -2, "define");
  lpo_open_script(L);
  lua_setfield(L, -2, "script");
  return 1;
}
