/*
** JSON: a string, and an object on a line, such as a log's.
**
** It is written on the C stack; what is longer, in a userdata as soon as its
** length is known.
*/
#include "functions.h"
#include "visible.h"

#include <stdint.h>

enum { USUAL = 1024 };

/* Writes what is on the stack of `L`, from 1 on. */
typedef void put_all(lua_State *L, po_buffer *out);

static int push_written(lua_State *L, put_all *put) {
  char usual[USUAL];
  po_buffer out = {usual, sizeof usual, 0};
  put(L, &out);
  if (out.length > out.size) {
    out = (po_buffer){lua_newuserdata(L, out.length), out.length, 0};
    put(L, &out);
  }
  lua_pushlstring(L, out.at, out.length);
  return 1;
}

static po_text text_at(lua_State *L, int index) {
  po_text text;
  text.at = luaL_checklstring(L, index, &text.length);
  return text;
}

static void put_string(lua_State *L, po_buffer *out) {
  po_put_json(out, text_at(L, 1));
}

/* json_string(text) -> string */
int lpo_json_string(lua_State *L) {
  lua_settop(L, 1);
  return push_written(L, put_string);
}

static void put_whole(po_buffer *out, uint64_t number, int least_digits) {
  char digits[20];
  int count = 0;
  while (number > 0 || count < least_digits) {
    digits[count++] = (char)('0' + number % 10);
    number /= 10;
  }
  while (count > 0)
    po_put_char(out, digits[--count]);
}

enum { MILLION = 1000000 };

/* A number that is not negative: whole, or with six digits after the point. */
static void put_number(po_buffer *out, lua_Number number) {
  uint64_t whole = (uint64_t)number;
  uint64_t rest = (uint64_t)((number - (lua_Number)whole) * MILLION + 0.5);
  put_whole(out, whole + rest / MILLION, 1);
  if (number == (lua_Number)whole)
    return;
  po_put_char(out, '.');
  put_whole(out, rest % MILLION, 6);
}

static void put_value(lua_State *L, int index, po_buffer *out) {
  if (lua_type(L, index) == LUA_TNUMBER)
    put_number(out, lua_tonumber(L, index));
  else
    po_put_json(out, text_at(L, index));
}

static void put_line(lua_State *L, po_buffer *out) {
  int top = lua_gettop(L); /* the last value, or the memory after it */
  char before = '{';
  for (int name = 1; name < top; name += 2) {
    if (lua_isnil(L, name + 1))
      continue;
    po_put_char(out, before);
    po_put_char(out, '"');
    po_put(out, text_at(L, name)); /* one of ours: nothing is to be escaped */
    po_put(out, po_constant("\":"));
    put_value(L, name + 1, out);
    before = ',';
  }
  if (before == '{')
    po_put_char(out, before);
  po_put(out, po_constant("}\n"));
}

static void check_values(lua_State *L) {
  int top = lua_gettop(L);
  luaL_argcheck(L, top % 2 == 0, top, "a name without a value");
  for (int index = 2; index <= top; index += 2)
    if (lua_type(L, index) == LUA_TNUMBER) {
      lua_Number number = lua_tonumber(L, index);
      luaL_argcheck(L, number >= 0 && number < 1e15, index, "out of range");
    }
}

/* json_line(name, value, ...) -> string */
int lpo_json_line(lua_State *L) {
  check_values(L);
  return push_written(L, put_line);
}
