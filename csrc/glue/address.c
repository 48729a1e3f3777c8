#include "address.h"

#include <string.h>

const char *const lpo_notation_fields[] = {
    "display_name", "comment", "route", "primary", "display_raw", NULL};

void lpo_reserve(lua_State *L, lpo_memory *memory, size_t size) {
  memory->scratch.used = 0;
  memory->scratch.length = size;
  memory->scratch.at = size <= sizeof memory->stack
                           ? memory->stack
                           : (char *)lua_newuserdata(L, size);
}

const lpo_context *lpo_get_context(lua_State *L) {
  return (lpo_context *)lua_touserdata(L, lua_upvalueindex(LPO_CONTEXT));
}

/* Upvalues. */

static int push_names(lua_State *L, const char *const *names) {
  int count = 0;
  for (; names[count] != NULL; count++)
    lua_pushstring(L, names[count]);
  return count;
}

static int push_keys(lua_State *L, const po_dialect *dialect) {
  lua_pushstring(L, dialect->name);
  return 1 + push_names(L, dialect->fields);
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
  push_names(L, lpo_notation_fields);
  for (; po_dialects[d] != NULL; d++) {
    c->keys[d] = count;
    count += push_keys(L, po_dialects[d]);
  }
  c->keys[d] = count;
  c->upvalues = count + push_keys(L, &po_opaque) - 1;
  return c->upvalues;
}

/* The upvalue that holds the dialect's name; its fields' follow. */
static int dialect_keys(lua_State *L, const po_dialect *dialect) {
  int d = 0;
  if (dialect == po_dialects[0])
    return LPO_KEY_DIALECTS; /* without a look at the context */
  while (po_dialects[d] != NULL && po_dialects[d] != dialect)
    d++;
  return lpo_get_context(L)->keys[d];
}

int lpo_find_field(const po_dialect *dialect, const char *name) {
  for (int f = 0; dialect->fields[f] != NULL; f++)
    if (strcmp(dialect->fields[f], name) == 0)
      return f;
  return -1;
}

/* From Lua. */

/* The string under the key at `upvalue`, which the table anchors. */
static po_code get_field(lua_State *L, int index, int upvalue, po_text *text) {
  text->at = NULL;
  text->length = 0;
  lua_pushvalue(L, lua_upvalueindex(upvalue));
  lua_rawget(L, index);
  int type = lua_type(L, -1);
  if (type == LUA_TSTRING)
    text->at = lua_tolstring(L, -1, &text->length);
  lua_pop(L, 1);
  return type == LUA_TSTRING || type == LUA_TNIL ? PO_OK : PO_FIELD_TYPE;
}

/* false: it is a secondary address; absent or true: it is not. */
static po_code get_primary(lua_State *L, int index, bool *secondary) {
  lua_pushvalue(L, lua_upvalueindex(LPO_KEY_PRIMARY));
  lua_rawget(L, index);
  bool known = lua_isnil(L, -1) || lua_isboolean(L, -1);
  *secondary = lua_isboolean(L, -1) && !lua_toboolean(L, -1);
  lua_pop(L, 1);
  return known ? PO_OK : PO_FIELD_TYPE;
}

static void put_upper(lua_State *L, po_text word, lpo_memory *memory,
                      po_text *upper) {
  lpo_reserve(L, memory, word.length + 1);
  for (size_t i = 0; i < word.length; i++) {
    char c = word.at[i];
    memory->scratch.at[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
  }
  upper->at = memory->scratch.at;
  upper->length = word.length;
}

/* The type in upper case: the dialect's own name, or one in memory. */
static po_code get_type(lua_State *L, int index, lpo_memory *memory,
                        po_address *out) {
  po_text type;
  po_code code = get_field(L, index, LPO_KEY_TYPE, &type);
  if (code != PO_OK)
    return code;
  if (type.at == NULL)
    return PO_TYPE_MISSING;
  if (type.length == 0)
    return PO_TYPE_INVALID;
  out->dialect = po_dialect_of(type);
  if (out->dialect != NULL) {
    out->type.at = out->dialect->name;
    out->type.length = strlen(out->type.at);
    return PO_OK;
  }
  out->dialect = &po_opaque;
  put_upper(L, type, memory, &out->type);
  return PO_OK;
}

po_code lpo_get_fields(lua_State *L, int index, lpo_memory *memory,
                       po_address *out) {
  memset(out, 0, offsetof(po_address, field));
  po_code code = get_type(L, index, memory, out);
  if (code != PO_OK)
    return code;
  int key = dialect_keys(L, out->dialect) + 1;
  for (int f = 0; code == PO_OK && out->dialect->fields[f] != NULL; f++)
    code = get_field(L, index, key + f, &out->field[f]);
  if (code == PO_OK)
    code = get_field(L, index, LPO_KEY_DISPLAY_NAME, &out->display_name);
  if (code == PO_OK)
    code = get_field(L, index, LPO_KEY_COMMENT, &out->comment);
  if (code == PO_OK)
    code = get_field(L, index, LPO_KEY_ROUTE, &out->route);
  if (code == PO_OK)
    code = get_primary(L, index, &out->secondary);
  return code;
}

bool lpo_is_address(lua_State *L, int index) {
  if (!lua_getmetatable(L, index))
    return false;
  bool same = lua_rawequal(L, -1, lua_upvalueindex(LPO_METATABLE)) != 0;
  lua_pop(L, 1);
  return same;
}

/* To Lua. */

void lpo_set_text(lua_State *L, const char *key, po_text text) {
  if (text.at == NULL)
    return;
  lua_pushlstring(L, text.at, text.length);
  lua_setfield(L, -2, key);
}

/* The same for the key at `upvalue`. */
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
  set_field(L, LPO_KEY_DISPLAY_RAW, address->display_raw);
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

/* Room to write an address in: on the C stack, in userdata if that is too
** small. */
typedef struct writing {
  char stack[600];
  lpo_memory memory;
  po_buffer out;
} writing;

/* Writes into a buffer until it is large enough; may push userdata. */
static po_code write_out(lua_State *L, const po_address *address,
                         po_notation notation, lpo_writer *writer, writing *w) {
  size_t more = address->type.length;
  w->out = (po_buffer){w->stack, sizeof w->stack, 0};
  lpo_reserve(L, &w->memory, PO_SCRATCH_FOR(sizeof w->stack + more));
  po_code code = writer(address, notation, &w->out, &w->memory.scratch);
  while (code == PO_OK && w->out.length > w->out.size) {
    w->out.size = w->out.length;
    w->out.length = 0;
    w->out.at = (char *)lua_newuserdata(L, w->out.size);
    lpo_reserve(L, &w->memory, PO_SCRATCH_FOR(w->out.size + more));
    code = writer(address, notation, &w->out, &w->memory.scratch);
  }
  return code;
}

po_code lpo_write_key(const po_address *address, po_notation notation,
                      po_buffer *out, po_scratch *scratch) {
  (void)notation;
  (void)scratch;
  return po_key(address, out);
}

po_code lpo_push_written(lua_State *L, const po_address *address,
                         po_notation notation, lpo_writer *writer) {
  writing w;
  po_code code = write_out(L, address, notation, writer, &w);
  if (code == PO_OK)
    lua_pushlstring(L, w.out.at, w.out.length);
  return code;
}

static po_notation plain_notation(const po_address *address) {
  if (address->dialect != po_dialects[0])
    return PO_NATIVE;
  bool has_user = address->field[0].at != NULL;
  bool has_domain = address->field[1].at != NULL;
  return has_user && (!has_domain || address->route.at != NULL) ? PO_PATH
                                                                : PO_NATIVE;
}

/* Writes in the notation that `lpo_push_plain` promises. */
static po_code write_plain(lua_State *L, const po_address *address,
                           po_notation *notation, writing *w) {
  *notation = plain_notation(address);
  po_code code = write_out(L, address, *notation, po_format, w);
  if (code == PO_OK || *notation != PO_NATIVE)
    return code;
  bool header = address->dialect == po_dialects[0]; /* SMTP */
  if (code != PO_CONTROL_CHARACTER && !header)
    return code;
  *notation = header ? PO_HEADER : PO_ONEOFF;
  return write_out(L, address, *notation, po_format, w) == PO_OK ? PO_OK : code;
}

po_code lpo_push_plain(lua_State *L, const po_address *address,
                       po_notation *notation) {
  writing w;
  po_code code = write_plain(L, address, notation, &w);
  if (code == PO_OK)
    lua_pushlstring(L, w.out.at, w.out.length);
  return code;
}

po_code lpo_check_plain(lua_State *L, const po_address *address,
                        size_t *length) {
  writing w;
  po_notation notation;
  po_code code = write_plain(L, address, &notation, &w);
  *length = w.out.length;
  return code;
}

int lpo_push_failure(lua_State *L, po_code code, long place) {
  lua_pushnil(L);
  lua_pushstring(L, po_code_message(code));
  lua_pushstring(L, po_code_slug(code));
  if (place < 0)
    return 3;
  lua_pushinteger(L, (lua_Integer)place + 1);
  return 4;
}
