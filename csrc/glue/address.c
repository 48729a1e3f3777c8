#include "address.h"

#include "types.h"

#include <string.h>

void lpo_reserve(lua_State *L, lpo_memory *memory, size_t size) {
  memory->scratch.used = 0;
  memory->scratch.length = size;
  memory->scratch.at = size <= sizeof memory->stack
                           ? memory->stack
                           : (char *)lua_newuserdata(L, size);
}

static lpo_context *context(lua_State *L) {
  return (lpo_context *)lua_touserdata(L, lua_upvalueindex(LPO_CONTEXT));
}

/* Upvalues. */

static int push_keys(lua_State *L, const po_dialect *dialect) {
  int count = 1;
  lua_pushstring(L, dialect->name);
  for (; dialect->fields[count - 1] != NULL; count++)
    lua_pushstring(L, dialect->fields[count - 1]);
  return count;
}

int lpo_push_upvalues(lua_State *L, const po_parse_options *defaults) {
  lpo_context *c = (lpo_context *)lua_newuserdata(L, sizeof *c);
  int count = LPO_KEY_DIALECTS, d = 0;
  memset(c, 0, sizeof *c);
  c->defaults = *defaults;
  if (defaults->type.at != NULL) {
    memcpy(c->type, defaults->type.at, defaults->type.length);
    c->defaults.type.at = c->type;
  }
  luaL_checkstack(L, 250, "postoffice");
  luaL_newmetatable(L, LPO_METATABLE_NAME);
  lua_pushliteral(L, "type");
  lua_pushliteral(L, "display_name");
  lua_pushliteral(L, "comment");
  lua_pushliteral(L, "route");
  lua_pushliteral(L, "primary");
  for (; po_dialects[d] != NULL; d++) {
    c->keys[d] = count;
    count += push_keys(L, po_dialects[d]);
  }
  c->keys[d] = count;
  return count + push_keys(L, &po_opaque) - 1;
}

/* The upvalue that holds the dialect's name; its fields' follow. */
static int dialect_keys(lua_State *L, const po_dialect *dialect) {
  int d = 0;
  while (po_dialects[d] != NULL && po_dialects[d] != dialect)
    d++;
  return context(L)->keys[d];
}

/* Options. */

po_notation lpo_check_notation(lua_State *L, int index, po_notation absent) {
  if (lua_isnoneornil(L, index))
    return absent;
  const char *name = luaL_checkstring(L, index);
  for (int n = PO_PROXY; n < PO_NOTATION_COUNT; n++)
    if (strcmp(name, po_notation_name((po_notation)n)) == 0)
      return (po_notation)n;
  luaL_error(L,
             "unknown notation '%s'; known: proxy, native, oneoff, header, "
             "path",
             name);
  return absent;
}

/* The type stays anchored in the options table. */
static po_text check_type(lua_State *L, int index) {
  po_text type;
  luaL_checktype(L, index, LUA_TSTRING);
  type.at = lua_tolstring(L, index, &type.length);
  if (type.length == 0 || type.length >= LPO_TYPE_SIZE)
    luaL_error(L, "the option 'type' is an address type such as SMTP");
  return type;
}

const char *lpo_option_name(lua_State *L) {
  return lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
}

/* Reads the option whose name is at -2 and value at -1. */
static void check_option(lua_State *L, po_parse_options *options) {
  const char *name = lpo_option_name(L);
  int value = lua_gettop(L);
  if (strcmp(name, "type") == 0)
    options->type = check_type(L, value);
  else if (strcmp(name, "notation") == 0)
    options->notation = lpo_check_notation(L, value, PO_GUESS);
  else if (strcmp(name, "unknown") == 0)
    options->unknown = lua_toboolean(L, value) != 0;
  else
    luaL_error(L, "unknown option '%s'; known: notation, type, unknown", name);
}

po_parse_options lpo_check_options(lua_State *L, int index) {
  po_parse_options options = context(L)->defaults;
  if (lua_isnoneornil(L, index))
    return options;
  luaL_checktype(L, index, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
    check_option(L, &options);
  return options;
}

int lpo_find_field(const po_dialect *dialect, const char *name) {
  for (int f = 0; dialect->fields[f] != NULL; f++)
    if (strcmp(dialect->fields[f], name) == 0)
      return f;
  return -1;
}

/* From Lua. */

/* A second look at a type that has no dialect: Lua may have defined it. */
static po_code parse_defined(lua_State *L, po_text text,
                             const po_parse_options *options,
                             lpo_memory *memory, po_address *out,
                             size_t *position) {
  po_parse_options unknown = *options;
  size_t failed = *position;
  unknown.unknown = true;
  memory->scratch.used = 0;
  po_code code = po_parse(text, &unknown, &memory->scratch, out, position);
  if (out->dialect == &po_opaque && lpo_is_defined(L, out))
    return code;
  *position = failed;
  return PO_TYPE_UNKNOWN;
}

po_code lpo_parse(lua_State *L, int index, const po_parse_options *options,
                  lpo_memory *memory, po_address *out, size_t *position) {
  po_text text;
  luaL_checktype(L, index, LUA_TSTRING);
  text.at = lua_tolstring(L, index, &text.length);
  lpo_reserve(L, memory, PO_SCRATCH_FOR(text.length + options->type.length));
  po_code code = po_parse(text, options, &memory->scratch, out, position);
  return code == PO_TYPE_UNKNOWN
             ? parse_defined(L, text, options, memory, out, position)
             : code;
}

long lpo_place(lua_State *L, int index, const po_address *address,
               const char *where) {
  po_text text;
  if (lua_type(L, index) != LUA_TSTRING)
    return -1;
  text.at = lua_tolstring(L, index, &text.length);
  return (long)po_position(text, address, where);
}

po_code lpo_push_parsed(lua_State *L, int index, const po_address *address,
                        size_t *position) {
  if (!lpo_is_defined(L, address)) {
    lpo_push_address(L, address);
    return PO_OK;
  }
  po_text text;
  size_t offset;
  po_code code = lpo_push_defined(L, address, &offset);
  if (code == PO_OK)
    return PO_OK;
  text.at = lua_tolstring(L, index, &text.length);
  *position = po_position(text, address, address->native.at + offset);
  return code;
}

po_code lpo_parse_whole(lua_State *L, int index,
                        const po_parse_options *options, lpo_memory *memory,
                        po_address *out, size_t *position) {
  po_code code = lpo_parse(L, index, options, memory, out, position);
  if (code != PO_OK || !lpo_is_defined(L, out))
    return code;
  code = lpo_push_parsed(L, index, out, position);
  return code == PO_OK ? lpo_read_defined(L, lua_gettop(L), out) : code;
}

/* The string under the key at `upvalue`, which the table anchors. */
static po_text field(lua_State *L, int index, int upvalue) {
  po_text text = {NULL, 0};
  lua_pushvalue(L, lua_upvalueindex(upvalue));
  lua_rawget(L, index);
  if (lua_type(L, -1) == LUA_TSTRING)
    text.at = lua_tolstring(L, -1, &text.length);
  else if (!lua_isnil(L, -1))
    luaL_error(L, "the address field '%s' is a %s; it has to be a string",
               lua_tostring(L, lua_upvalueindex(upvalue)),
               luaL_typename(L, -1));
  lua_pop(L, 1);
  return text;
}

static bool is_secondary(lua_State *L, int index) {
  lua_pushvalue(L, lua_upvalueindex(LPO_KEY_PRIMARY));
  lua_rawget(L, index);
  bool secondary = lua_isboolean(L, -1) && !lua_toboolean(L, -1);
  lua_pop(L, 1);
  return secondary;
}

/* The type in upper case: the dialect's own name, or one in scratch. */
static po_code table_type(lua_State *L, int index, lpo_memory *memory,
                          po_address *out) {
  po_text type = field(L, index, LPO_KEY_TYPE);
  if (type.at == NULL)
    return PO_TYPE_MISSING;
  out->dialect = po_dialect_of(type);
  if (out->dialect != NULL) {
    out->type.at = out->dialect->name;
    out->type.length = strlen(out->type.at);
    return PO_OK;
  }
  out->dialect = &po_opaque;
  lpo_reserve(L, memory, type.length + 1);
  for (size_t i = 0; i < type.length; i++) {
    char c = type.at[i];
    memory->scratch.at[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
  }
  out->type.at = memory->scratch.at;
  out->type.length = type.length;
  return type.length == 0 ? PO_TYPE_INVALID : PO_OK;
}

static po_code check_table(lua_State *L, int index, lpo_memory *memory,
                           po_address *out) {
  memset(out, 0, offsetof(po_address, field));
  po_code code = table_type(L, index, memory, out);
  if (code != PO_OK)
    return code;
  int key = dialect_keys(L, out->dialect) + 1;
  for (int f = 0; out->dialect->fields[f] != NULL; f++)
    out->field[f] = field(L, index, key + f);
  out->display_name = field(L, index, LPO_KEY_DISPLAY_NAME);
  out->comment = field(L, index, LPO_KEY_COMMENT);
  out->route = field(L, index, LPO_KEY_ROUTE);
  out->secondary = is_secondary(L, index);
  return lpo_is_defined(L, out) ? lpo_read_defined(L, index, out) : PO_OK;
}

po_code lpo_check_address(lua_State *L, int index, lpo_memory *memory,
                          po_address *out, size_t *position) {
  *position = 0;
  if (lua_type(L, index) == LUA_TTABLE)
    return check_table(L, index, memory, out);
  if (lua_type(L, index) != LUA_TSTRING)
    luaL_argerror(L, index, "an address is a table or a string");
  return lpo_parse_whole(L, index, &context(L)->defaults, memory, out,
                         position);
}

/* To Lua. */

/* t[key] = text for the table at the top, unless the text is absent. */
static void set_field(lua_State *L, int upvalue, po_text text) {
  if (text.at == NULL)
    return;
  lua_pushvalue(L, lua_upvalueindex(upvalue));
  lua_pushlstring(L, text.at, text.length);
  lua_rawset(L, -3);
}

void lpo_push_address(lua_State *L, const po_address *address) {
  const po_dialect *dialect = address->dialect;
  int key = dialect_keys(L, dialect);
  lua_createtable(L, 0, 4);
  lua_pushvalue(L, lua_upvalueindex(LPO_KEY_TYPE));
  if (dialect == &po_opaque)
    lua_pushlstring(L, address->type.at, address->type.length);
  else
    lua_pushvalue(L, lua_upvalueindex(key));
  lua_rawset(L, -3);
  for (int f = 0; dialect->fields[f] != NULL; f++)
    set_field(L, key + 1 + f, address->field[f]);
  set_field(L, LPO_KEY_DISPLAY_NAME, address->display_name);
  set_field(L, LPO_KEY_COMMENT, address->comment);
  set_field(L, LPO_KEY_ROUTE, address->route);
  if (address->secondary) {
    lua_pushvalue(L, lua_upvalueindex(LPO_KEY_PRIMARY));
    lua_pushboolean(L, 0);
    lua_rawset(L, -3);
  }
  lua_pushvalue(L, lua_upvalueindex(LPO_METATABLE));
  lua_setmetatable(L, -2);
}

po_code lpo_push_written(lua_State *L, const po_address *address,
                         po_notation notation, lpo_writer *writer) {
  char stack[600];
  lpo_memory memory;
  po_buffer out = {stack, sizeof stack, 0};
  size_t more = address->type.length;
  lpo_reserve(L, &memory, PO_SCRATCH_FOR(sizeof stack + more));
  po_code code = writer(address, notation, &out, &memory.scratch);
  while (code == PO_OK && out.length > out.size) {
    out.size = out.length;
    out.length = 0;
    out.at = (char *)lua_newuserdata(L, out.size);
    lpo_reserve(L, &memory, PO_SCRATCH_FOR(out.size + more));
    code = writer(address, notation, &out, &memory.scratch);
  }
  if (code == PO_OK)
    lua_pushlstring(L, out.at, out.length);
  return code;
}

po_code lpo_push_plain(lua_State *L, const po_address *address) {
  bool no_domain =
      address->dialect == po_dialects[0] && address->field[1].at == NULL;
  po_code code =
      lpo_push_written(L, address, no_domain ? PO_PATH : PO_NATIVE, po_format);
  return code == PO_CONTROL_CHARACTER
             ? lpo_push_written(L, address, PO_ONEOFF, po_format)
             : code;
}

int lpo_push_failure(lua_State *L, po_code code, long position) {
  lua_pushnil(L);
  lua_pushstring(L, po_code_message(code));
  lua_pushstring(L, po_code_slug(code));
  if (position < 0)
    return 3;
  lua_pushinteger(L, (lua_Integer)position + 1);
  return 4;
}
