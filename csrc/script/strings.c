/*
** The string library: ASCII in every locale, and each function charges for
** what it does.  Strings find it through their metatable, too.
*/
#include <string.h>

#include "format.h"
#include "library.h"
#include "match.h"
#include "out.h"

enum {
  BYTES_AN_INSTRUCTION = 16, /* that a simple loop handles */
  MAX_BYTES_RETURNED = 1000  /* values of one string.byte */
};

static po_text check_text(lua_State *L, int argument) {
  po_text text;
  text.at = luaL_checklstring(L, argument, &text.length);
  return text;
}

/* A position as scripts give it, 1-based or from the end; 0 is before. */
static size_t start_position(lua_Integer position, size_t length) {
  if (position > 0)
    return (size_t)position > length ? length + 1 : (size_t)position;
  if (position == 0 || position < -(lua_Integer)length)
    return 1;
  return (size_t)((lua_Integer)length + position + 1);
}

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
static po_text part(lua_State *L, po_text text, lua_Integer first,
                    lua_Integer last) {
  size_t from = start_position(first, text.length);
  size_t to = end_position(last, text.length);
  (void)L;
  return (po_text){text.at + from - 1, to < from ? 0 : to - from + 1};
}

static int string_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_text(L, 1).length);
  return 1;
}

static int string_sub(lua_State *L) {
  po_text text = check_text(L, 1);
  text = part(L, text, luaL_checkinteger(L, 2), luaL_optinteger(L, 3, -1));
  pos_charge(L, text.length / BYTES_AN_INSTRUCTION);
  lua_pushlstring(L, text.at, text.length);
  return 1;
}

static int string_byte(lua_State *L) {
  po_text text = check_text(L, 1);
  lua_Integer first = luaL_optinteger(L, 2, 1);
  text = part(L, text, first, luaL_optinteger(L, 3, first));
  luaL_argcheck(L, text.length <= MAX_BYTES_RETURNED, 1,
                "too many bytes; the limit is 1000");
  pos_charge(L, text.length);
  luaL_checkstack(L, (int)text.length, "too many bytes");
  for (size_t i = 0; i < text.length; i++)
    lua_pushinteger(L, (unsigned char)text.at[i]);
  return (int)text.length;
}

static int string_char(lua_State *L) {
  int count = lua_gettop(L);
  pos_out out;
  pos_charge(L, (size_t)count);
  pos_out_start(&out, L);
  for (int i = 1; i <= count; i++) {
    lua_Integer byte = luaL_checkinteger(L, i);
    luaL_argcheck(L, byte >= 0 && byte <= 255, i, "not a byte");
    pos_out_byte(&out, (char)(unsigned char)byte);
  }
  pos_out_finish(&out);
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
  po_text text = check_text(L, 1);
  pos_out out;
  pos_out_start(&out, L);
  pos_charge(L, text.length / BYTES_AN_INSTRUCTION);
  char *room = pos_out_room(&out, text.length);
  for (size_t i = 0; i < text.length; i++)
    room[i] = map(text.at[i]);
  pos_out_finish(&out);
  return 1;
}

static int string_lower(lua_State *L) { return map_bytes(L, lower); }
static int string_upper(lua_State *L) { return map_bytes(L, upper); }

static int string_reverse(lua_State *L) {
  po_text text = check_text(L, 1);
  pos_out out;
  pos_out_start(&out, L);
  pos_charge(L, text.length / BYTES_AN_INSTRUCTION);
  char *room = pos_out_room(&out, text.length);
  for (size_t i = 0; i < text.length; i++)
    room[i] = text.at[text.length - 1 - i];
  pos_out_finish(&out);
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
  po_text text = check_text(L, 1), separator = {"", 0};
  lua_Number count = luaL_checknumber(L, 2);
  pos_out out;
  if (!lua_isnoneornil(L, 3))
    separator = check_text(L, 3);
  size_t piece = text.length + separator.length;
  if (!(count >= 1) || piece == 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  if (count * (lua_Number)piece > (lua_Number)pos_of(L)->limits.memory)
    return pos_kill(L, PO_POLICY_MEMORY);
  size_t size = piece * (size_t)count;
  pos_out_start(&out, L);
  char *room = pos_out_room(&out, size);
  memcpy(room, text.at, text.length);
  memcpy(room + text.length, separator.at, separator.length);
  repeat(room, piece, size);
  out.length = size - separator.length;
  pos_out_finish(&out);
  return 1;
}

/* ---- Patterns ------------------------------------------------------------ */

/* Where `wanted` is in `text` at or after `from`; NULL if nowhere. */
static const char *find_plain(lua_State *L, po_text text, const char *from,
                              po_text wanted) {
  const char *end = text.at + text.length;
  if (wanted.length == 0)
    return from;
  while ((size_t)(end - from) >= wanted.length) {
    size_t room = (size_t)(end - from) - wanted.length + 1;
    const char *at = memchr(from, wanted.at[0], room);
    pos_charge(L, (at == NULL ? room : (size_t)(at - from)) / 64 +
                      wanted.length / 64 + 1);
    if (at == NULL)
      return NULL;
    if (memcmp(at, wanted.at, wanted.length) == 0)
      return at;
    from = at + 1;
  }
  return NULL;
}

static bool has_specials(po_text pattern) {
  for (size_t i = 0; i < pattern.length; i++)
    if (pattern.at[i] != '\0' && strchr("^$*+?.([%-", pattern.at[i]) != NULL)
      return true;
  return false;
}

/* Takes a leading ^ from the pattern. */
static bool take_anchor(po_text *pattern) {
  if (pattern->length == 0 || pattern->at[0] != '^')
    return false;
  pattern->at++;
  pattern->length--;
  return true;
}

/*
** The first match at or after `from`.  Moves `*from` to its start; returns
** its end, or NULL.
*/
static const char *search(pos_match *match, const char **from, bool anchored) {
  const char *to = NULL;
  do {
    to = pos_match_at(match, *from);
  } while (to == NULL && !anchored && (*from)++ < match->text_end);
  return to;
}

static int push_found(lua_State *L, po_text text, const char *at,
                      size_t length) {
  if (at == NULL) {
    lua_pushnil(L);
    return 1;
  }
  lua_pushinteger(L, at - text.at + 1);
  lua_pushinteger(L, (lua_Integer)(at - text.at) + (lua_Integer)length);
  return 2;
}

/* The start that argument 3 gives; false where it lies behind the text. */
static bool check_start(lua_State *L, po_text text, const char **from) {
  size_t start = start_position(luaL_optinteger(L, 3, 1), text.length);
  *from = text.at + (start - 1);
  return lua_isnoneornil(L, 3) ||
         luaL_checkinteger(L, 3) <= (lua_Integer)text.length + 1;
}

static int string_find(lua_State *L) {
  po_text text = check_text(L, 1), pattern = check_text(L, 2);
  const char *from;
  pos_match match;
  if (!check_start(L, text, &from)) {
    lua_pushnil(L);
    return 1;
  }
  pos_charge(L, pattern.length / BYTES_AN_INSTRUCTION);
  if (lua_toboolean(L, 4) || !has_specials(pattern))
    return push_found(L, text, find_plain(L, text, from, pattern),
                      pattern.length);
  bool anchored = take_anchor(&pattern);
  pos_match_start(&match, L, text, pattern);
  const char *to = search(&match, &from, anchored);
  if (to == NULL)
    return push_found(L, text, NULL, 0);
  push_found(L, text, from, (size_t)(to - from));
  return 2 + (match.captures == 0 ? 0 : pos_push_captures(&match, from, to));
}

static int string_match(lua_State *L) {
  po_text text = check_text(L, 1), pattern = check_text(L, 2);
  const char *from, *to = NULL;
  pos_match match;
  bool anchored = take_anchor(&pattern);
  pos_match_start(&match, L, text, pattern);
  if (check_start(L, text, &from))
    to = search(&match, &from, anchored);
  if (to != NULL)
    return pos_push_captures(&match, from, to);
  lua_pushnil(L);
  return 1;
}

/*
** An iteration of gmatch.  Upvalues: text, pattern, the next start and the
** end of the last match (0-based; -1 for none): no empty match follows there.
*/
static int next_match(lua_State *L) {
  po_text text = check_text(L, lua_upvalueindex(1));
  po_text pattern = check_text(L, lua_upvalueindex(2));
  const char *from = text.at + lua_tointeger(L, lua_upvalueindex(3));
  lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
  pos_match match;
  pos_match_start(&match, L, text, pattern);
  for (; from <= match.text_end; from++) {
    const char *to = search(&match, &from, false);
    if (to == NULL)
      return 0;
    if (to - text.at == last)
      continue;
    lua_pushinteger(L, to - text.at);
    lua_pushvalue(L, -1);
    lua_replace(L, lua_upvalueindex(3));
    lua_replace(L, lua_upvalueindex(4));
    return pos_push_captures(&match, from, to);
  }
  return 0;
}

static int string_gmatch(lua_State *L) {
  check_text(L, 1);
  check_text(L, 2);
  lua_settop(L, 2);
  lua_pushinteger(L, 0);
  lua_pushinteger(L, -1);
  lua_pushcclosure(L, next_match, 4);
  return 1;
}

/* ---- gsub ---------------------------------------------------------------- */

/* Adds the replacement text of argument 3 with its %0 to %9 filled in. */
static void add_template(pos_match *match, pos_out *out, po_text template,
                         const char *from, const char *to) {
  lua_State *L = match->L;
  pos_charge(L, template.length / 4);
  for (size_t i = 0; i < template.length; i++) {
    char c = template.at[i];
    if (c != '%') {
      pos_out_byte(out, c);
      continue;
    }
    c = ++i < template.length ? template.at[i] : '\0';
    if (c == '%') {
      pos_out_byte(out, c);
    } else if (c == '0') {
      pos_out_add(out, from, (size_t)(to - from));
    } else if (c >= '1' && c <= '9') {
      pos_push_capture(match, c - '1', from, to);
      pos_out_value(out);
    } else {
      luaL_error(L, "invalid use of '%%' in replacement string");
    }
  }
}

/* Adds what the table or function at 3 has for the match; else the match. */
static void add_result(pos_match *match, pos_out *out, const char *from,
                       const char *to) {
  lua_State *L = match->L;
  if (lua_type(L, 3) == LUA_TTABLE) {
    pos_push_capture(match, 0, from, to);
    lua_gettable(L, 3);
  } else {
    lua_pushvalue(L, 3);
    pos_call_back(L, pos_push_captures(match, from, to), 1);
  }
  if (!lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    pos_out_add(out, from, (size_t)(to - from));
    return;
  }
  if (!lua_isnumber(L, -1) && !lua_isstring(L, -1))
    luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  pos_out_value(out);
}

static void add_replacement(pos_match *match, pos_out *out, const char *from,
                            const char *to) {
  int type = lua_type(match->L, 3);
  pos_charge(match->L, 1);
  if (type == LUA_TSTRING || type == LUA_TNUMBER)
    add_template(match, out, check_text(match->L, 3), from, to);
  else
    add_result(match, out, from, to);
}

static int string_gsub(lua_State *L) {
  po_text text = check_text(L, 1), pattern = check_text(L, 2);
  int type = lua_type(L, 3);
  luaL_argcheck(L,
                type == LUA_TNUMBER || type == LUA_TSTRING ||
                    type == LUA_TTABLE || type == LUA_TFUNCTION,
                3, "string, table or function expected");
  lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)text.length + 1);
  lua_Integer count = 0;
  bool anchored = take_anchor(&pattern);
  const char *at = text.at, *last = NULL;
  pos_match match;
  pos_out out;
  lua_settop(L, 3);
  pos_out_start(&out, L);
  pos_match_start(&match, L, text, pattern);
  while (count < most) {
    const char *to = pos_match_at(&match, at);
    if (to != NULL && to != last) {
      count++;
      add_replacement(&match, &out, at, to);
      at = last = to;
    } else if (at < match.text_end) {
      pos_out_byte(&out, *at++);
    } else {
      break;
    }
    if (anchored)
      break;
  }
  pos_out_add(&out, at, (size_t)(match.text_end - at));
  pos_out_finish(&out);
  lua_pushinteger(L, count);
  return 2;
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
    pos_charge(L, length / BYTES_AN_INSTRUCTION);
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
    {"byte", string_byte},       {"char", string_char},
    {"find", string_find},       {"format", pos_string_format},
    {"gmatch", string_gmatch},   {"gsub", string_gsub},
    {"len", string_len},         {"lower", string_lower},
    {"match", string_match},     {"rep", string_rep},
    {"reverse", string_reverse}, {"sub", string_sub},
    {"upper", string_upper},     {NULL, NULL}};

/* The metatable of strings reads the very table, not its frozen form. */
void pos_push_strings(lua_State *L) {
  lua_newtable(L);
  pos_set_functions(L, functions);
  lua_pushliteral(L, "");
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  set_arithmetic(L);
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}
