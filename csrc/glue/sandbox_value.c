/* Values and functions of a script as the host sees them. */
#include "sandbox.h"

#include <stdio.h>
#include <string.h>

#include "address.h"

sbx_state *lpo_check_state(lua_State *L) {
  return (sbx_state *)luaL_checkudata(L, 1, LPO_STATE_NAME);
}

void lpo_set_anchors(lua_State *L, int index) {
#if LUA_VERSION_NUM < 502
  lua_setfenv(L, index);
#else
  lua_setuservalue(L, index);
#endif
}

void lpo_push_anchors(lua_State *L, int index) {
#if LUA_VERSION_NUM < 502
  lua_getfenv(L, index);
#else
  lua_getuservalue(L, index);
#endif
}

static bool has_tables(lua_State *L, int first, int count) {
  for (int i = first; i < first + count; i++)
    if (lua_type(L, i) == LUA_TTABLE)
      return true;
  return false;
}

bool lpo_is_unpassable(sbx_crossing crossing) {
  return crossing != SBX_CROSSED && crossing != SBX_TOO_LARGE &&
         crossing != SBX_NO_MEMORY;
}

enum { MOST_FIELDS = PO_MAX_FIELDS + 6 }; /* with type and the notation's */

static int add_field(sbx_field *fields, int count, const char *name,
                     po_text text) {
  if (text.at == NULL)
    return count;
  fields[count] = (sbx_field){name, text};
  return count + 1;
}

/* Writes the fields that the table of an address has. */
static sbx_crossing write_address(sbx_writer *writer, const po_address *a) {
  sbx_field fields[MOST_FIELDS];
  int count = add_field(fields, 0, "type", a->type);
  for (int f = 0; a->dialect->fields[f] != NULL; f++)
    count = add_field(fields, count, a->dialect->fields[f], a->field[f]);
  count = add_field(fields, count, "display_name", a->display_name);
  count = add_field(fields, count, "display_raw", a->display_raw);
  count = add_field(fields, count, "comment", a->comment);
  count = add_field(fields, count, "route", a->route);
  if (a->secondary)
    fields[count++] = (sbx_field){"primary", {NULL, 0}};
  return sbx_write_address(writer, fields, count);
}

/* Writes an address, unless it is NULL, and values; the index of the last one
** is left in `*at`. */
static sbx_crossing write_values(lua_State *L, sbx_state *state,
                                 const po_address *address, int first,
                                 int count, int *at) {
  sbx_writer writer;
  sbx_crossing crossing = SBX_CROSSED;
  if (count + (address != NULL) > SBX_MAX_VALUES)
    luaL_error(L, "at most 16 values can be passed to a script");
  sbx_write_start(&writer, state, L);
  if (address != NULL)
    crossing = write_address(&writer, address);
  if (has_tables(L, first, count)) {
    luaL_checkstack(L, SBX_WRITE_STACK + 1, NULL);
    luaL_getmetatable(L, LPO_METATABLE_NAME);
    writer.address = lua_gettop(L);
  }
  for (int i = first; i < first + count && crossing == SBX_CROSSED; i++) {
    crossing = sbx_write(&writer, i);
    *at = i;
  }
  if (crossing != SBX_CROSSED) {
    state->failed = PO_POLICY_MEMORY;
    snprintf(state->message, sizeof state->message, "%s",
             sbx_crossing_message(crossing));
  }
  return crossing;
}

bool lpo_write_values(lua_State *L, sbx_state *state, const po_address *address,
                      int first, int count) {
  int at = first;
  sbx_crossing crossing = write_values(L, state, address, first, count, &at);
  if (lpo_is_unpassable(crossing))
    luaL_argerror(L, at, sbx_crossing_message(crossing));
  return crossing == SBX_CROSSED;
}

sbx_crossing lpo_write_answer(lua_State *L, sbx_state *state, int first,
                              int count) {
  int at = first;
  return write_values(L, state, NULL, first, count, &at);
}

static void push_function(sbx_reader *reader, const sbx_function *found) {
  lua_State *L = reader->L;
  lpo_function *self = lua_newuserdata(L, sizeof *self + found->length);
  lua_rawgeti(L, reader->anchor, LPO_ANCHOR_STATE);
  self->state = lua_touserdata(L, -1);
  lua_pop(L, 1);
  self->number = found->number;
  self->line = found->line;
  self->length = found->length;
  memcpy(self->file, found->file, found->length);
  lua_pushvalue(L, reader->anchor);
  lpo_set_anchors(L, -2);
  luaL_getmetatable(L, LPO_FUNCTION_NAME);
  lua_setmetatable(L, -2);
}

/*
** Copies the state's bytes to `small` or to a userdata, which it pushes: while
** values are made from them, a finalizer may use the state again.  That it did
** so already, the bytes not being those of `serial`, is an error.
*/
static const char *take_bytes(lua_State *L, const sbx_state *state,
                              unsigned serial, char *small) {
  size_t length = state->bytes.length;
  char *copy = small;
  if (length > LPO_SMALL_RESULT)
    copy = lua_newuserdata(L, length);
  if (state->bytes.serial != serial)
    luaL_error(L, "a finalizer called the script that was answering");
  if (length > 0)
    memcpy(copy, state->bytes.at, length);
  return copy;
}

sbx_reader lpo_new_reader(lua_State *L, bool addresses, int anchors) {
  sbx_reader reader = {L, NULL, NULL, 0, push_function, anchors};
  luaL_checkstack(L, SBX_READ_STACK + SBX_MAX_VALUES + 4, NULL);
  if (addresses) {
    luaL_getmetatable(L, LPO_METATABLE_NAME);
    reader.address = lua_gettop(L);
  }
  return reader;
}

sbx_reader lpo_start_reading(lua_State *L, const sbx_state *state,
                             unsigned serial, int anchors, char *small) {
  sbx_reader reader = lpo_new_reader(L, state->bytes.addresses, anchors);
  reader.at = take_bytes(L, state, serial, small);
  return reader;
}

static int function_index(lua_State *L) {
  const lpo_function *self =
      (lpo_function *)luaL_checkudata(L, 1, LPO_FUNCTION_NAME);
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(key, "line") == 0)
    lua_pushinteger(L, self->line);
  else if (strcmp(key, "file") == 0)
    lua_pushlstring(L, self->file, self->length);
  else
    lua_pushnil(L);
  return 1;
}

static int function_tostring(lua_State *L) {
  const lpo_function *self =
      (lpo_function *)luaL_checkudata(L, 1, LPO_FUNCTION_NAME);
  lua_pushliteral(L, "function at ");
  lua_pushlstring(L, self->file, self->length);
  lua_pushfstring(L, ":%d", self->line);
  lua_concat(L, 3);
  return 1;
}

/***
@function isfunction
@return whether a value is a function of a script; it has `.line` and `.file`
*/
int lpo_isfunction(lua_State *L) {
  bool is = false;
  luaL_checkany(L, 1);
  if (lua_touserdata(L, 1) != NULL && lua_getmetatable(L, 1)) {
    luaL_getmetatable(L, LPO_FUNCTION_NAME);
    is = lua_rawequal(L, -1, -2) != 0;
  }
  lua_pushboolean(L, is);
  return 1;
}

const luaL_Reg lpo_function_events[] = {{"__index", function_index},
                                        {"__tostring", function_tostring},
                                        {NULL, NULL}};
