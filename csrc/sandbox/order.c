/*
** `pairs` and `next` in a defined order, since a policy has to give the same
** answer in every process, and Lua's own order depends on addresses: first 1,
** 2, 3 and so on up to the first that is absent, then the other numbers, then
** strings by their bytes, then false and true.  Tables, functions and other
** keys without an order of their own are an error.
**
** The keys behind the sequence are sorted when the first of them is asked for,
** once a traversal: n keys cost n log n, charged.  A field that is set
** meanwhile and was not there may be left out; one that is cleared is.
*/
#include "order.h"

#include <string.h>

#include "meter.h"
#include "state.h"

/*
** In the registry's table SBX_ORDERS, whose keys are weak, each table that
** `next` goes through has the array of its keys in order; at LAST the place of
** the key that was given out last, at LENGTH that of the end of the sequence.
*/
enum { LAST = 0, LENGTH = -1 };

/* ---- The order of keys --------------------------------------------------- */

/* Types in the order of their keys; 0 for those that have none. */
static int rank(int type) {
  switch (type) {
  case LUA_TNUMBER:
    return 1;
  case LUA_TSTRING:
    return 2;
  case LUA_TBOOLEAN:
    return 3;
  default:
    return 0;
  }
}

static int compare_numbers(lua_State *L, int a, int b) {
#if LUA_VERSION_NUM < 502
  return lua_lessthan(L, a, b) ? -1 : 1;
#else
  return lua_compare(L, a, b, LUA_OPLT) ? -1 : 1;
#endif
}

static int compare_strings(lua_State *L, int a, int b) {
  size_t a_length, b_length;
  const char *a_text = lua_tolstring(L, a, &a_length);
  const char *b_text = lua_tolstring(L, b, &b_length);
  size_t shorter = a_length < b_length ? a_length : b_length;
  sbx_charge(L, shorter / SBX_LOOP_BYTES);
  int order = memcmp(a_text, b_text, shorter);
  return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

/* Less than 0 where the key at `a` comes before the other one at `b`. */
static int compare_keys(lua_State *L, int a, int b) {
  int a_rank = rank(lua_type(L, a)), b_rank = rank(lua_type(L, b));
  sbx_charge(L, 1);
  if (a_rank != b_rank)
    return a_rank - b_rank;
  if (a_rank == rank(LUA_TSTRING))
    return compare_strings(L, a, b);
  return a_rank == rank(LUA_TNUMBER)
             ? compare_numbers(L, a, b)
             : lua_toboolean(L, a) - lua_toboolean(L, b);
}

/* The elements after the first `base` of the array at `keys`. */
typedef struct range {
  int keys, base;
} range;

/* Whether element `a` comes before element `b`. */
static bool is_before(lua_State *L, const range *r, int a, int b) {
  lua_rawgeti(L, r->keys, r->base + a);
  lua_rawgeti(L, r->keys, r->base + b);
  bool before = compare_keys(L, lua_gettop(L) - 1, lua_gettop(L)) < 0;
  lua_pop(L, 2);
  return before;
}

static void swap(lua_State *L, const range *r, int a, int b) {
  lua_rawgeti(L, r->keys, r->base + a);
  lua_rawgeti(L, r->keys, r->base + b);
  lua_rawseti(L, r->keys, r->base + a);
  lua_rawseti(L, r->keys, r->base + b);
}

/* Lets element `root` sink to its place in the heap of `count` elements. */
static void sink(lua_State *L, const range *r, int root, int count) {
  for (int child; (child = 2 * root) <= count; root = child) {
    if (child < count && is_before(L, r, child, child + 1))
      child++;
    if (!is_before(L, r, root, child))
      return;
    swap(L, r, root, child);
  }
}

/* Heapsort: n log n for whatever a script puts into its tables. */
static void sort(lua_State *L, int keys, int base, int count) {
  range r = {keys, base};
  for (int root = count / 2; root >= 1; root--)
    sink(L, &r, root, count);
  for (int last = count; last > 1; last--) {
    swap(L, &r, 1, last);
    sink(L, &r, 1, last - 1);
  }
}

/* ---- The keys of a table ------------------------------------------------- */

/* The length of the sequence 1, 2, 3, ... of the table at 1. */
static int sequence_length(lua_State *L) {
  int length = 0;
  for (bool present = true; present; length += present) {
    lua_rawgeti(L, 1, length + 1);
    present = !lua_isnil(L, -1);
    lua_pop(L, 1);
    sbx_charge(L, 1);
  }
  return length;
}

/* Whether the key at `index` is among 1 .. `length`. */
static bool in_sequence(lua_State *L, int index, int length) {
  lua_Number key;
  if (lua_type(L, index) != LUA_TNUMBER)
    return false;
  key = lua_tonumber(L, index);
  return key >= 1 && key <= length && key == (lua_Number)(int)key;
}

/*
** Appends the keys of the table at 1, but for 1 .. `length`, to the array at
** `keys`, which has `count` elements, in their order.
*/
static void add_keys(lua_State *L, int keys, int count, int length) {
  int first = count;
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
    int key = lua_gettop(L) - 1;
    sbx_charge(L, 1);
    if (in_sequence(L, key, length))
      continue;
    if (rank(lua_type(L, key)) == 0)
      luaL_error(L,
                 "a key is a %s, which has no order; pairs and next need "
                 "strings, numbers or booleans",
                 luaL_typename(L, key));
    lua_pushvalue(L, key);
    lua_rawseti(L, keys, ++count);
  }
  sort(L, keys, first, count - first);
}

/*
** Pushes the first key at or after place `*place` of the array at `keys` that
** the table at 1 still has, and its value; returns 2, or 1 for a nil.
*/
static int push_from(lua_State *L, int keys, int *place) {
  for (;; ++*place) {
    sbx_charge(L, 1);
    lua_rawgeti(L, keys, *place);
    if (lua_isnil(L, -1))
      return 1;
    lua_pushvalue(L, -1);
    lua_rawget(L, 1);
    if (!lua_isnil(L, -1))
      return 2;
    lua_pop(L, 2);
  }
}

/* Pushes `place` and the value there, if the table at 1 has one. */
static bool push_element(lua_State *L, int place) {
  lua_rawgeti(L, 1, place);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return false;
  }
  lua_pushinteger(L, place);
  lua_insert(L, -2);
  return true;
}

/* ---- pairs --------------------------------------------------------------- */

enum { PAIRS_PLACE = 1, PAIRS_KEYS }; /* upvalues; no keys: in the sequence */

static void set_place(lua_State *L, int place) {
  lua_pushinteger(L, place);
  lua_replace(L, lua_upvalueindex(PAIRS_PLACE));
}

static int step(lua_State *L) {
  int place = (int)lua_tointeger(L, lua_upvalueindex(PAIRS_PLACE)) + 1;
  lua_settop(L, 1);
  luaL_checktype(L, 1, LUA_TTABLE);
  sbx_charge(L, 1);
  if (lua_isnil(L, lua_upvalueindex(PAIRS_KEYS))) {
    if (push_element(L, place)) {
      set_place(L, place);
      return 2;
    }
    lua_newtable(L);
    add_keys(L, 2, 0, place - 1);
    lua_replace(L, lua_upvalueindex(PAIRS_KEYS));
    place = 1;
  }
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(PAIRS_KEYS));
  int results = push_from(L, 2, &place);
  set_place(L, place);
  return results;
}

int sbx_pairs(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_pushinteger(L, 0);
  lua_pushnil(L);
  lua_pushcclosure(L, step, 2);
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  return 3;
}

/* ---- next ---------------------------------------------------------------- */

static void set_mark(lua_State *L, int keys, int mark, int place) {
  lua_pushinteger(L, place);
  lua_rawseti(L, keys, mark);
}

static int mark(lua_State *L, int keys, int mark) {
  lua_rawgeti(L, keys, mark);
  int place = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return place;
}

/* Pushes the keys of the table at 1, all of them, in their order. */
static void push_all_keys(lua_State *L) {
  int length = sequence_length(L);
  lua_newtable(L);
  int keys = lua_gettop(L);
  for (int i = 1; i <= length; i++) {
    lua_pushinteger(L, i);
    lua_rawseti(L, keys, i);
  }
  add_keys(L, keys, length, length);
  set_mark(L, keys, LENGTH, length);
  set_mark(L, keys, LAST, 0);
}

/* Pushes the entry of the table at 1 in SBX_ORDERS, made where it is absent;
** returns its stack index. */
static int push_order(lua_State *L) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_ORDERS);
  lua_pushvalue(L, 1);
  lua_rawget(L, -2);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    push_all_keys(L);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
  }
  lua_remove(L, -2);
  return lua_gettop(L);
}

static void forget_order(lua_State *L) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_ORDERS);
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

/* Whether the key at 2 stands at `place`. */
static bool is_at(lua_State *L, int keys, int place) {
  lua_rawgeti(L, keys, place);
  bool same = lua_rawequal(L, -1, 2) != 0;
  lua_pop(L, 1);
  return same;
}

/* Whether the key at `place` comes before the one at 2. */
static bool comes_before(lua_State *L, int keys, int place) {
  lua_rawgeti(L, keys, place);
  bool before =
      !lua_rawequal(L, -1, 2) && compare_keys(L, lua_gettop(L), 2) < 0;
  lua_pop(L, 1);
  return before;
}

/* The place of the key at 2 in its order: by the mark, else by bisection. */
static int find_place(lua_State *L, int keys) {
  int last = mark(L, keys, LAST), length = mark(L, keys, LENGTH);
  if (last > 0 && is_at(L, keys, last))
    return last;
  if (in_sequence(L, 2, length))
    return (int)lua_tointeger(L, 2);
  int low = length + 1, high = (int)lpo_rawlen(L, keys);
  while (low < high) {
    int middle = low + (high - low) / 2;
    if (comes_before(L, keys, middle))
      low = middle + 1;
    else
      high = middle;
  }
  if (!is_at(L, keys, low))
    luaL_error(L, "the key that next was given is not in the table");
  return low;
}

int sbx_next(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  sbx_charge(L, 1);
  int place = 1;
  if (lua_isnil(L, 2)) {
    forget_order(L); /* a traversal begins: the table may have changed */
    if (push_element(L, 1))
      return 2;
  }
  int keys = push_order(L);
  if (!lua_isnil(L, 2))
    place = find_place(L, keys) + 1;
  int results = push_from(L, keys, &place);
  set_mark(L, keys, LAST, place);
  return results;
}

void sbx_open_order(lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_rawseti(L, LUA_REGISTRYINDEX, SBX_ORDERS);
}
