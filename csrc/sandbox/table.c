/*
** The table library: concat, insert, remove, sort, unpack.  Each charges for
** the elements it touches, and none writes to a table that is not plain.
*/
#include "table.h"

#include <string.h>

#include "buffer.h"
#include "frozen.h"
#include "meter.h"
#include "number.h"

/* Elements that one instruction's worth of work moves. */
enum { ELEMENTS = 4 };

static int own_length(lua_State *L, int index) {
  size_t length = lpo_rawlen(L, index);
  if (length >= INT32_MAX)
    luaL_argerror(L, index, "this table is too long");
  return (int)length;
}

static void charge_elements(lua_State *L, int count) {
  sbx_charge(L, (size_t)(count < 0 ? 0 : count) / ELEMENTS + 1);
}

/* Moves the elements first..last of the table at 1 by one place. */
static void move_up(lua_State *L, int first, int last) {
  charge_elements(L, last - first);
  for (int i = last; i >= first; i--) {
    lua_rawgeti(L, 1, i);
    lua_rawseti(L, 1, i + 1);
  }
}

static void move_down(lua_State *L, int first, int last) {
  charge_elements(L, last - first);
  for (int i = first; i <= last; i++) {
    lua_rawgeti(L, 1, i);
    lua_rawseti(L, 1, i - 1);
  }
}

static int table_insert(lua_State *L) {
  sbx_check_own_table(L, 1);
  int length = own_length(L, 1);
  lua_Integer place = length + 1;
  if (lua_gettop(L) == 3) {
    place = sbx_check_integer(L, 2);
    luaL_argcheck(L, place >= 1 && place <= length + 1, 2,
                  "position out of bounds");
    move_up(L, (int)place, length);
  } else if (lua_gettop(L) != 2) {
    return luaL_error(L, "wrong number of arguments to 'insert'");
  }
  lua_rawseti(L, 1, (int)place);
  return 0;
}

static int table_remove(lua_State *L) {
  sbx_check_own_table(L, 1);
  int length = own_length(L, 1);
  lua_Integer place = sbx_opt_integer(L, 2, length);
  bool last = place == length; /* 0 in an empty table */
  luaL_argcheck(L, last || (place >= 1 && place <= length + 1), 2,
                "position out of bounds");
  lua_rawgeti(L, 1, (int)place);
  move_down(L, (int)place + 1, length);
  lua_pushnil(L);
  lua_rawseti(L, 1, place > length ? (int)place : length);
  return 1;
}

static int table_concat(lua_State *L) {
  size_t separator_length;
  luaL_checktype(L, 1, LUA_TTABLE);
  const char *separator = luaL_optlstring(L, 2, "", &separator_length);
  lua_Integer first = sbx_opt_integer(L, 3, 1);
  lua_Integer last =
      lua_isnoneornil(L, 4) ? own_length(L, 1) : sbx_check_integer(L, 4);
  if (first > last) {
    lua_pushliteral(L, "");
    return 1;
  }
  luaL_argcheck(L, first >= INT32_MIN && first < INT32_MAX, 3, "out of bounds");
  luaL_argcheck(L, last >= INT32_MIN && last < INT32_MAX, 4, "out of bounds");
  sbx_buffer out;
  sbx_buffer_start(&out, L);
  for (lua_Integer i = first; i <= last; i++) {
    sbx_charge(L, 1);
    lua_rawgeti(L, 1, (int)i);
    if (!lua_isnumber(L, -1) && !lua_isstring(L, -1))
      return luaL_error(L, "element %d is a %s; concat needs strings", (int)i,
                        luaL_typename(L, -1));
    sbx_buffer_value(&out);
    if (i < last)
      sbx_buffer_add(&out, separator, separator_length);
  }
  sbx_buffer_finish(&out);
  return 1;
}

/* ---- sort ---------------------------------------------------------------- */

/*
** A stable merge sort between two copies of the table: however the comparing
** function behaves, it sorts n elements in n log n steps, and equal elements
** keep their order, on every Lua.
*/
enum { SORT_TABLE = 1, SORT_BEFORE, SORT_FROM, SORT_TO };

static int compare_text(lua_State *L, int a, int b) {
  size_t a_length, b_length;
  const char *a_text = lua_tolstring(L, a, &a_length);
  const char *b_text = lua_tolstring(L, b, &b_length);
  size_t shorter = a_length < b_length ? a_length : b_length;
  sbx_charge(L, shorter / 64);
  int order = memcmp(a_text, b_text, shorter);
  return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

/* True where the value on top belongs before the one below it. */
static bool top_is_before(lua_State *L) {
  int top = lua_gettop(L);
  bool before;
  sbx_charge(L, 1);
  if (!lua_isnil(L, SORT_BEFORE)) {
    lua_pushvalue(L, SORT_BEFORE);
    lua_pushvalue(L, top);
    lua_pushvalue(L, top - 1);
    sbx_call_back(L, 2, 1);
    before = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
    return before;
  }
  if (lua_type(L, top) == LUA_TSTRING && lua_type(L, top - 1) == LUA_TSTRING)
    return compare_text(L, top, top - 1) < 0;
#if LUA_VERSION_NUM < 502
  before = lua_lessthan(L, top, top - 1) != 0;
#else
  before = lua_compare(L, top, top - 1, LUA_OPLT) != 0;
#endif
  return before;
}

/* Merges first..middle-1 and middle..end-1 of FROM into TO. */
static void merge(lua_State *L, int first, int middle, int end) {
  int left = first, right = middle;
  for (int out = first; out < end; out++) {
    bool from_right = left >= middle;
    lua_rawgeti(L, SORT_FROM, left);
    lua_rawgeti(L, SORT_FROM, right);
    if (left < middle && right < end)
      from_right = top_is_before(L);
    lua_pushvalue(L, from_right ? -1 : -2);
    lua_rawseti(L, SORT_TO, out);
    lua_pop(L, 2);
    *(from_right ? &right : &left) += 1;
  }
}

static void merge_all(lua_State *L, int count, int width) {
  charge_elements(L, count);
  for (int first = 1; first <= count; first += 2 * width) {
    int middle = first + width < count + 1 ? first + width : count + 1;
    int end = middle + width < count + 1 ? middle + width : count + 1;
    merge(L, first, middle, end);
  }
}

static void copy_elements(lua_State *L, int from, int to, int count) {
  charge_elements(L, count);
  for (int i = 1; i <= count; i++) {
    lua_rawgeti(L, from, i);
    lua_rawseti(L, to, i);
  }
}

static int table_sort(lua_State *L) {
  sbx_check_own_table(L, 1);
  if (!lua_isnoneornil(L, 2))
    luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, SORT_BEFORE);
  int count = own_length(L, SORT_TABLE);
  luaL_argcheck(L, count < INT32_MAX / 4, 1, "this table is too long");
  lua_createtable(L, count, 0);
  lua_createtable(L, count, 0);
  copy_elements(L, SORT_TABLE, SORT_FROM, count);
  for (int width = 1; width < count; width *= 2) {
    merge_all(L, count, width);
    lua_insert(L, SORT_FROM); /* TO is what the next round reads */
  }
  copy_elements(L, SORT_FROM, SORT_TABLE, count);
  return 0;
}

static const luaL_Reg functions[] = {{"concat", table_concat},
                                     {"insert", table_insert},
                                     {"remove", table_remove},
                                     {"sort", table_sort},
                                     {NULL, NULL}};

void sbx_push_table_library(lua_State *L) {
  lua_newtable(L);
  lpo_setfuncs(L, functions);
  lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_LIBRARY);
  lua_getfield(L, -1, "unpack");
  lua_setfield(L, -3, "unpack");
  lua_pop(L, 1);
}
