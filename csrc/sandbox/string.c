/*
** The string library: ASCII in every locale, and each function charges for
** what it does.  Strings find it through their metatable, too.
*/
#include "string.h"

#include <string.h>

#include "buffer.h"
#include "meter.h"
#include "number.h"
#include "string_format.h"
#include "string_match.h"

enum { MAX_BYTES_RETURNED = 1000 }; /* values of one string.byte */

static size_t end_position(lua_Integer position, size_t length) {
  if (position > (lua_Integer)length)
    return length;
  if (position >= 0)
    return (size_t)position;
  return position < -(lua_Integer)length
             ? 0
             : (size_t)((lua_Integer)length + position + 1);
}

/* The part of `text` that the arguments `first` and `last` name. */
static po_text part(po_text text, lua_Integer first, lua_Integer last) {
  size_t from = sbx_start_position(first, text.length);
  size_t to = end_position(last, text.length);
  return (po_text){text.at + from - 1, to < from ? 0 : to - from + 1};
}

static int string_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)sbx_check_text(L, 1).length);
  return 1;
}

static int string_sub(lua_State *L) {
  po_text text = sbx_check_text(L, 1);
  text = part(text, sbx_check_integer(L, 2), sbx_opt_integer(L, 3, -1));
  sbx_charge(L, text.length / SBX_LOOP_BYTES);
  lua_pushlstring(L, text.at, text.length);
  return 1;
}

static int string_byte(lua_State *L) {
  po_text text = sbx_check_text(L, 1);
  lua_Integer first = sbx_opt_integer(L, 2, 1);
  text = part(text, first, sbx_opt_integer(L, 3, first));
  luaL_argcheck(L, text.length <= MAX_BYTES_RETURNED, 1,
                "too many bytes; the limit is 1000");
  sbx_charge(L, text.length);
  luaL_checkstack(L, (int)text.length, "too many bytes");
  for (size_t i = 0; i < text.length; i++)
    lua_pushinteger(L, (unsigned char)text.at[i]);
  return (int)text.length;
}

static int string_char(lua_State *L) {
  int count = lua_gettop(L);
  sbx_buffer out;
  sbx_charge(L, (size_t)count);
  sbx_buffer_start(&out, L);
  for (int i = 1; i <= count; i++) {
    lua_Integer byte = sbx_check_integer(L, i);
    luaL_argcheck(L, byte >= 0 && byte <= 255, i, "not a byte");
    sbx_buffer_byte(&out, (char)(unsigned char)byte);
  }
  sbx_buffer_finish(&out);
  return 1;
}

/* ---- A byte for a byte --------------------------------------------------- */

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static char upper(char c) {
  return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

static int map_bytes(lua_State *L, char (*map)(char)) {
  po_text text = sbx_check_text(L, 1);
  sbx_buffer out;
  sbx_buffer_start(&out, L);
  sbx_charge(L, text.length / SBX_LOOP_BYTES);
  char *room = sbx_buffer_room(&out, text.length);
  for (size_t i = 0; i < text.length; i++)
    room[i] = map(text.at[i]);
  sbx_buffer_finish(&out);
  return 1;
}

static int string_lower(lua_State *L) { return map_bytes(L, lower); }
static int string_upper(lua_State *L) { return map_bytes(L, upper); }

static int string_reverse(lua_State *L) {
  po_text text = sbx_check_text(L, 1);
  sbx_buffer out;
  sbx_buffer_start(&out, L);
  sbx_charge(L, text.length / SBX_LOOP_BYTES);
  char *room = sbx_buffer_room(&out, text.length);
  for (size_t i = 0; i < text.length; i++)
    room[i] = text.at[text.length - 1 - i];
  sbx_buffer_finish(&out);
  return 1;
}

/* Fills `size` bytes with the first `done` of them, again and again. */
static void repeat(char *room, size_t done, size_t size) {
  while (done < size) {
    size_t more = done < size - done ? done : size - done;
    memcpy(room + done, room, more);
    done += more;
  }
}

static int string_rep(lua_State *L) {
  po_text text = sbx_check_text(L, 1), separator = {"", 0};
  lua_Integer count = sbx_check_integer(L, 2);
  sbx_buffer out;
  if (!lua_isnoneornil(L, 3))
    separator = sbx_check_text(L, 3);
  size_t piece = text.length + separator.length;
  if (count < 1 || piece == 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  if ((uint64_t)count > sbx_of(L)->limits.memory / piece)
    return sbx_abort(L, PO_POLICY_MEMORY);
  size_t size = piece * (size_t)count;
  sbx_buffer_start(&out, L);
  char *room = sbx_buffer_room(&out, size);
  memcpy(room, text.at, text.length);
  memcpy(room + text.length, separator.at, separator.length);
  repeat(room, piece, size);
  out.length = size - separator.length;
  sbx_buffer_finish(&out);
  return 1;
}

/* ---- Arithmetic on strings ----------------------------------------------- */

#if LUA_VERSION_NUM >= 504
/*
** `"10" + 1` is 11 in every Lua, but since 5.4 through metamethods that its
** own string library brings.
*/
static void push_operand(lua_State *L, int index) {
  size_t length;
  if (lua_type(L, index) == LUA_TSTRING) {
    const char *text = lua_tolstring(L, index, &length);
    sbx_charge(L, length / SBX_LOOP_BYTES);
    if (lua_stringtonumber(L, text) == length + 1)
      return;
  }
  if (lua_type(L, index) != LUA_TNUMBER)
    luaL_error(L, "attempt to perform arithmetic on a %s value",
               luaL_typename(L, index));
  lua_pushvalue(L, index);
}

static int arithmetic(lua_State *L) {
  int operation = (int)lua_tointeger(L, lua_upvalueindex(1));
  lua_settop(L, 2);
  push_operand(L, 1);
  if (operation != LUA_OPUNM)
    push_operand(L, 2);
  lua_arith(L, operation);
  return 1;
}

static void set_arithmetic(lua_State *L) {
  static const struct {
    const char *name;
    int operation;
  } events[] = {{"__add", LUA_OPADD},   {"__sub", LUA_OPSUB},
                {"__mul", LUA_OPMUL},   {"__div", LUA_OPDIV},
                {"__mod", LUA_OPMOD},   {"__pow", LUA_OPPOW},
                {"__idiv", LUA_OPIDIV}, {"__unm", LUA_OPUNM}};
  for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
    lua_pushinteger(L, events[i].operation);
    lua_pushcclosure(L, arithmetic, 1);
    lua_setfield(L, -2, events[i].name);
  }
}
#else
static void set_arithmetic(lua_State *L) { (void)L; }
#endif

static const luaL_Reg functions[] = {
    {"byte", string_byte},         {"char", string_char},
    {"find", sbx_string_find},     {"format", sbx_string_format},
    {"gmatch", sbx_string_gmatch}, {"gsub", sbx_string_gsub},
    {"len", string_len},           {"lower", string_lower},
    {"match", sbx_string_match},   {"rep", string_rep},
    {"reverse", string_reverse},   {"sub", string_sub},
    {"upper", string_upper},       {NULL, NULL}};

/* The metatable of strings reads the very table, not its frozen form. */
void sbx_push_string_library(lua_State *L) {
  lua_newtable(L);
  lpo_setfuncs(L, functions);
  lua_pushliteral(L, "");
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  set_arithmetic(L);
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}
