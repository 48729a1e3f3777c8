/* A text that grows. */
#include "buffer.h"

#include <string.h>

#include "meter.h"
#include "number.h"

enum { BYTES_AN_INSTRUCTION = 64 };

void sbx_buffer_start(sbx_buffer *out, lua_State *L) {
  out->L = L;
  out->at = out->small;
  out->length = 0;
  out->size = sizeof out->small;
  lua_pushnil(L);
  out->anchor = lua_gettop(L);
}

static void grow(sbx_buffer *out, size_t more) {
  size_t size = out->size * 2;
  if (more > sbx_of(out->L)->limits.memory - out->length)
    sbx_abort(out->L, PO_POLICY_MEMORY);
  if (size < out->length + more)
    size = out->length + more;
  char *at = lua_newuserdata(out->L, size);
  memcpy(at, out->at, out->length);
  lua_replace(out->L, out->anchor);
  out->at = at;
  out->size = size;
}

char *sbx_buffer_room(sbx_buffer *out, size_t length) {
  if (length >= BYTES_AN_INSTRUCTION)
    sbx_charge(out->L, length / BYTES_AN_INSTRUCTION);
  if (length > out->size - out->length)
    grow(out, length);
  char *room = out->at + out->length;
  out->length += length;
  return room;
}

void sbx_buffer_add(sbx_buffer *out, const char *text, size_t length) {
  char *room = sbx_buffer_room(out, length);
  if (length > 0)
    memcpy(room, text, length);
}

void sbx_buffer_byte(sbx_buffer *out, char byte) {
  *sbx_buffer_room(out, 1) = byte;
}

void sbx_buffer_value(sbx_buffer *out) {
  size_t length;
  if (lua_type(out->L, -1) == LUA_TNUMBER) {
    sbx_push_number(out->L, -1);
    lua_remove(out->L, -2);
  }
  const char *text = lua_tolstring(out->L, -1, &length);
  lua_pushvalue(out->L, -1); /* the buffer may grow: keep the text */
  sbx_buffer_add(out, text, length);
  lua_pop(out->L, 2);
}

void sbx_buffer_finish(sbx_buffer *out) {
  lua_pushlstring(out->L, out->at, out->length);
  lua_replace(out->L, out->anchor);
  lua_settop(out->L, out->anchor);
}
