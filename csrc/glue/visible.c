/* Texts that a terminal shows as they are: what the library's own Lua needs. */
#include "visible.h"

#include "address.h"
#include "functions.h"

/* Pushes what `put` makes of the text at 1: that text, if nothing changes. */
static int rewrite(lua_State *L, void (*put)(po_buffer *, po_text)) {
  po_text text;
  po_buffer out = {NULL, 0, 0};
  lpo_memory memory;
  text.at = luaL_checklstring(L, 1, &text.length);
  lua_settop(L, 1);
  put(&out, text);
  if (out.length == text.length) /* an escape is longer than what it escapes */
    return 1;
  lpo_reserve(L, &memory, out.length);
  out = (po_buffer){memory.scratch.at, out.length, 0};
  put(&out, text);
  lua_pushlstring(L, out.at, out.length);
  return 1;
}

int lpo_single_line(lua_State *L) { return rewrite(L, po_put_single_line); }

int lpo_visible(lua_State *L) { return rewrite(L, po_put_visible); }

/* Puts the argument at `index` as a field: "-" for none. */
static void put_argument(lua_State *L, int index, po_buffer *out) {
  po_text text = {NULL, 0};
  if (!lua_isnil(L, index))
    text.at = luaL_checklstring(L, index, &text.length);
  if (text.length == 0)
    po_put_char(out, '-');
  else
    po_put_field(out, text);
}

static void put_row(lua_State *L, int count, po_buffer *out) {
  for (int i = 1; i <= count; i++) {
    put_argument(L, i, out);
    po_put_char(out, i < count ? '\t' : '\n');
  }
}

int lpo_row(lua_State *L) {
  enum { USUAL = 1024 };
  int count = lua_gettop(L);
  char usual[USUAL];
  po_buffer out = {usual, sizeof usual, 0};
  luaL_argcheck(L, count > 0, 1, "a row has a field");
  put_row(L, count, &out);
  if (out.length > out.size) {
    char *at = lua_newuserdata(L, out.length);
    out = (po_buffer){at, out.length, 0};
    put_row(L, count, &out);
  }
  lua_pushlstring(L, out.at, out.length);
  return 1;
}

int lpo_is_hidden(lua_State *L) {
  lua_Integer point = luaL_checkinteger(L, 1);
  lua_pushboolean(L, point >= 0 && point <= 0x10ffff &&
                         po_is_hidden((uint32_t)point));
  return 1;
}
