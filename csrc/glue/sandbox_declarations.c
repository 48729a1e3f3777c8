/* What a script declared, read one by one. */
#include "sandbox.h"

#include <string.h>

/* The bytes are given back when all is read, or by the collector. */
typedef struct lpo_declarations {
  lua_Alloc allocate;
  void *data;
  sbx_bytes bytes;
  size_t at;
  bool busy; /* while values are made, a finalizer may call */
} lpo_declarations;

static lpo_declarations *check_declarations(lua_State *L) {
  return (lpo_declarations *)luaL_checkudata(L, 1, LPO_DECLARATIONS_NAME);
}

void lpo_push_declarations(lua_State *L, int anchors) {
  lpo_declarations *self = lua_newuserdata(L, sizeof *self);
  memset(self, 0, sizeof *self);
  self->allocate = lua_getallocf(L, &self->data);
  luaL_getmetatable(L, LPO_DECLARATIONS_NAME);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, anchors);
  lpo_set_anchors(L, -2);
}

void lpo_fill_declarations(lua_State *L, int index, sbx_state *state) {
  lpo_declarations *self = lua_touserdata(L, index);
  self->bytes = sbx_load_take(state);
}

static int close_declarations(lua_State *L) {
  lpo_declarations *self = check_declarations(L);
  if (!self->busy)
    sbx_bytes_free(self->allocate, self->data, &self->bytes);
  return 0;
}

static void read_field(sbx_reader *reader, const char *name) {
  sbx_read(reader);
  lua_setfield(reader->L, -2, name);
}

/* Pushes a declaration as a table; the anchors are at `anchors`. */
static void push_declaration(lua_State *L, const sbx_declaration *found,
                             bool addresses, int anchors) {
  sbx_reader reader = lpo_new_reader(L, addresses, anchors);
  reader.at = found->values;
  lua_createtable(L, found->count, 5);
  read_field(&reader, "word");
  read_field(&reader, "file");
  read_field(&reader, "name");
  lua_pushinteger(L, found->line);
  lua_setfield(L, -2, "line");
  lua_pushinteger(L, found->count);
  lua_setfield(L, -2, "n");
  for (int i = 1; i <= found->count; i++) {
    sbx_read(&reader);
    lua_rawseti(L, -2, i);
  }
}

/***
What a script declared, one by one, in the order in which it was begun.
@function declarations
@return `word`, `file`, `line`, the `name` of an event, and the `n` values, or
nil behind the last
@return roughly the bytes that it needs
*/
static int next_declaration(lua_State *L) {
  lpo_declarations *self = check_declarations(L);
  sbx_declaration found;
  if (self->busy)
    return luaL_error(L, "a finalizer reads declarations that are being read");
  if (!sbx_next_declaration(&self->bytes, &self->at, &found)) {
    lua_pushnil(L);
    return 1 + close_declarations(L);
  }
  self->busy = true; /* for good if there is no memory */
  lua_settop(L, 1);
  lpo_push_anchors(L, 1);
  push_declaration(L, &found, self->bytes.addresses, 2);
  self->busy = false;
  lua_pushnumber(L, (lua_Number)found.weight);
  return 2;
}

/* While a declaration is read, the stack holds them: they are no garbage. */
static int collect_declarations(lua_State *L) {
  lpo_declarations *self = check_declarations(L);
  self->busy = false;
  return close_declarations(L);
}

const luaL_Reg lpo_declarations_events[] = {{"__call", next_declaration},
                                            {"__gc", collect_declarations},
                                            {"__close", close_declarations},
                                            {NULL, NULL}};
