/*
** Sets of patterns (table/set.h) as userdata.
*/
#include "set.h"

#define METATABLE "postoffice.set"

/* The host's allocator as the set's. */
typedef struct lpo_host {
  lua_Alloc allocate;
  void *data;
} lpo_host;

typedef struct lpo_set {
  lpo_host host;
  po_set *set;
} lpo_set;

static void *resize(void *state, void *at, size_t size, size_t wanted) {
  const lpo_host *host = (const lpo_host *)state;
  return host->allocate(host->data, at, size, wanted);
}

static int l_free(lua_State *L) {
  lpo_set *held = (lpo_set *)luaL_checkudata(L, 1, METATABLE);
  po_set_free(held->set);
  held->set = NULL;
  return 0;
}

/* The item at a rank of the table at 1: a text, or false for none. */
static po_set_item item_at(lua_State *L, int rank, int whole) {
  po_set_item item = {{NULL, 0}, rank <= whole};
  lua_rawgeti(L, 1, rank);
  if (lua_type(L, -1) == LUA_TSTRING) /* the table anchors it */
    item.text.at = lua_tolstring(L, -1, &item.text.length);
  lua_pop(L, 1);
  return item;
}

/* set(texts, whole) -> set
** Of patterns by rank, false for none; the first `whole` are texts. */
static int l_set(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  int whole = (int)luaL_checkinteger(L, 2);
  size_t count = lpo_rawlen(L, 1);
  lpo_set *held = (lpo_set *)lua_newuserdata(L, sizeof *held);
  held->set = NULL;
  held->host.allocate = lua_getallocf(L, &held->host.data);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_setmetatable(L, -2);
  po_set_item *items =
      (po_set_item *)lua_newuserdata(L, (count + 1) * sizeof *items);
  for (size_t i = 0; i < count; i++)
    items[i] = item_at(L, (int)i + 1, whole);
  po_allocator allocator = {resize, &held->host};
  held->set = po_set_new(&allocator, items, (uint32_t)count);
  if (held->set == NULL)
    return luaL_error(L, "not enough memory");
  lua_pop(L, 1);
  return 1;
}

/* The set at 1, whose metatable is the upvalue; raises where it is none. */
static const po_set *check_set(lua_State *L) {
  const lpo_set *held = (const lpo_set *)lua_touserdata(L, 1);
  bool is_set = held != NULL && lua_getmetatable(L, 1) != 0 &&
                lua_rawequal(L, -1, lua_upvalueindex(1)) != 0;
  if (!is_set)
    luaL_argerror(L, 1, "a set is expected");
  lua_pop(L, 1);
  return is_set ? held->set : NULL;
}

/* The text at `index`, or an absent one. */
static po_text to_text(lua_State *L, int index) {
  po_text text = {NULL, 0};
  if (lua_type(L, index) == LUA_TSTRING)
    text.at = lua_tolstring(L, index, &text.length);
  return text;
}

static int push_rank(lua_State *L, uint32_t rank) {
  if (rank == 0)
    return 0;
  lua_pushinteger(L, (lua_Integer)rank);
  return 1;
}

static int push_ranks(lua_State *L, uint32_t rank, uint32_t following) {
  return rank == 0 ? 0 : push_rank(L, rank) + push_rank(L, following);
}

/* next(set, after, whole, from [, text]) -> rank [, the next one] | nothing
** What begins at the byte `from` of `whole` is the whole, and the text too
** unless that is given. */
static int l_next(lua_State *L) {
  const po_set *set = check_set(L);
  uint32_t after = (uint32_t)lua_tointeger(L, 2), following;
  po_text whole = to_text(L, 3), text = to_text(L, 5);
  size_t skipped = (size_t)lua_tointeger(L, 4) - 1;
  if (whole.at != NULL && skipped <= whole.length) {
    whole.at += skipped;
    whole.length -= skipped;
  }
  uint32_t rank = po_set_next(set, text.at == NULL ? whole : text, whole, after,
                              &following);
  return push_ranks(L, rank, following);
}

/* near(set, after, text) -> rank | nothing */
static int l_near(lua_State *L) {
  const po_set *set = check_set(L);
  uint32_t after = (uint32_t)lua_tointeger(L, 2);
  return push_rank(L, po_set_near(set, to_text(L, 3), after));
}

const po_set *lpo_check_set(lua_State *L, int index) {
  return lua_isnil(L, index)
             ? NULL
             : ((const lpo_set *)luaL_checkudata(L, index, METATABLE))->set;
}

void lpo_open_sets(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"new", l_set}, {"next", l_next}, {"near", l_near}, {NULL, NULL}};
  lua_newtable(L);
  luaL_newmetatable(L, METATABLE);
  lua_pushcfunction(L, l_free);
  lua_setfield(L, -2, "__gc");
  for (const luaL_Reg *f = functions; f->name != NULL; f++) {
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, f->func, 1);
    lua_setfield(L, -3, f->name);
  }
  lua_pop(L, 1);
}
