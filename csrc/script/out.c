/* A text that grows. */
#include "out.h"

#include <string.h>

#include "library.h"

enum { BYTES_AN_INSTRUCTION = 64 };

void pos_out_start(pos_out *out, lua_State *L) {
  out->L = L;
  out->at = out->small;
  out->length = 0;
  out->size = sizeof out->small;
  lua_pushnil(L);
  out->anchor = lua_gettop(L);
}

static void grow(pos_out *out, size_t more) {
  size_t size = out->size * 2;
  if (more > pos_of(out->L)->limits.memory - out->length)
    pos_kill(out->L, PO_POLICY_MEMORY);
  if (size < out->length + more)
    size = out->length + more;
  char *at = lua_newuserdata(out->L, size);
  memcpy(at, out->at, out->length);
  lua_replace(out->L, out->anchor);
  out->at = at;
  out->size = size;
}

char *pos_out_room(pos_out *out, size_t length) {
  if (length >= BYTES_AN_INSTRUCTION)
    pos_charge(out->L, length / BYTES_AN_INSTRUCTION);
  if (length > out->size - out->length)
    grow(out, length);
  char *room = out->at + out->length;
  out->length += length;
  return room;
}

void pos_out_add(pos_out *out, const char *text, size_t length) {
  char *room = pos_out_room(out, length);
  if (length > 0)
    memcpy(room, text, length);
}

void pos_out_byte(pos_out *out, char byte) { *pos_out_room(out, 1) = byte; }

void pos_out_value(pos_out *out) {
  size_t length;
  if (lua_type(out->L, -1) == LUA_TNUMBER) {
    pos_push_number(out->L, -1);
    lua_remove(out->L, -2);
  }
  const char *text = lua_tolstring(out->L, -1, &length);
  lua_pushvalue(out->L, -1); /* the buffer may grow: keep the text */
  pos_out_add(out, text, length);
  lua_pop(out->L, 2);
}

void pos_out_finish(pos_out *out) {
  lua_pushlstring(out->L, out->at, out->length);
  lua_replace(out->L, out->anchor);
  lua_settop(out->L, out->anchor);
}
