/* string.find, match, gmatch and gsub. */
#include "string_match.h"

#include <string.h>

#include "buffer.h"
#include "meter.h"
#include "number.h"
#include "pattern.h"

po_text sbx_check_text(lua_State *L, int argument) {
  po_text text;
  text.at = luaL_checklstring(L, argument, &text.length);
  return text;
}

size_t sbx_start_position(lua_Integer position, size_t length) {
  if (position > 0)
    return (size_t)position > length ? length + 1 : (size_t)position;
  if (position == 0 || position < -(lua_Integer)length)
    return 1;
  return (size_t)((lua_Integer)length + position + 1);
}

/* Where `wanted` is in `text` at or after `from`; NULL if nowhere. */
static const char *find_plain(lua_State *L, po_text text, const char *from,
                              po_text wanted) {
  const char *end = text.at + text.length;
  if (wanted.length == 0)
    return from;
  while ((size_t)(end - from) >= wanted.length) {
    size_t room = (size_t)(end - from) - wanted.length + 1;
    const char *at = memchr(from, wanted.at[0], room);
    sbx_charge(L, (at == NULL ? room : (size_t)(at - from)) / 64 +
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
static const char *search(sbx_match *match, const char **from, bool anchored) {
  const char *to = NULL;
  do {
    to = sbx_match_at(match, *from);
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
  size_t start = sbx_start_position(sbx_opt_integer(L, 3, 1), text.length);
  *from = text.at + (start - 1);
  return lua_isnoneornil(L, 3) ||
         sbx_check_integer(L, 3) <= (lua_Integer)text.length + 1;
}

int sbx_string_find(lua_State *L) {
  po_text text = sbx_check_text(L, 1), pattern = sbx_check_text(L, 2);
  const char *from;
  sbx_match match;
  if (!check_start(L, text, &from)) {
    lua_pushnil(L);
    return 1;
  }
  sbx_charge(L, pattern.length / SBX_LOOP_BYTES);
  if (lua_toboolean(L, 4) || !has_specials(pattern))
    return push_found(L, text, find_plain(L, text, from, pattern),
                      pattern.length);
  bool anchored = take_anchor(&pattern);
  sbx_match_start(&match, L, text, pattern);
  const char *to = search(&match, &from, anchored);
  if (to == NULL)
    return push_found(L, text, NULL, 0);
  push_found(L, text, from, (size_t)(to - from));
  return 2 + (match.captures == 0 ? 0 : sbx_push_captures(&match, from, to));
}

int sbx_string_match(lua_State *L) {
  po_text text = sbx_check_text(L, 1), pattern = sbx_check_text(L, 2);
  const char *from, *to = NULL;
  sbx_match match;
  bool anchored = take_anchor(&pattern);
  sbx_match_start(&match, L, text, pattern);
  if (check_start(L, text, &from))
    to = search(&match, &from, anchored);
  if (to != NULL)
    return sbx_push_captures(&match, from, to);
  lua_pushnil(L);
  return 1;
}

/*
** An iteration of gmatch.  Upvalues: text, pattern, the next start and the
** end of the last match (0-based; -1 for none): no empty match follows there.
*/
static int next_match(lua_State *L) {
  po_text text = sbx_check_text(L, lua_upvalueindex(1));
  po_text pattern = sbx_check_text(L, lua_upvalueindex(2));
  const char *from = text.at + lua_tointeger(L, lua_upvalueindex(3));
  lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
  sbx_match match;
  sbx_match_start(&match, L, text, pattern);
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
    return sbx_push_captures(&match, from, to);
  }
  return 0;
}

int sbx_string_gmatch(lua_State *L) {
  sbx_check_text(L, 1);
  sbx_check_text(L, 2);
  lua_settop(L, 2);
  lua_pushinteger(L, 0);
  lua_pushinteger(L, -1);
  lua_pushcclosure(L, next_match, 4);
  return 1;
}

/* Adds the replacement text of argument 3 with its %0 to %9 filled in. */
static void add_template(sbx_match *match, sbx_buffer *out, po_text template,
                         const char *from, const char *to) {
  lua_State *L = match->L;
  sbx_charge(L, template.length / 4);
  for (size_t i = 0; i < template.length; i++) {
    char c = template.at[i];
    if (c != '%') {
      sbx_buffer_byte(out, c);
      continue;
    }
    c = ++i < template.length ? template.at[i] : '\0';
    if (c == '%') {
      sbx_buffer_byte(out, c);
    } else if (c == '0') {
      sbx_buffer_add(out, from, (size_t)(to - from));
    } else if (c >= '1' && c <= '9') {
      sbx_push_capture(match, c - '1', from, to);
      sbx_buffer_value(out);
    } else {
      luaL_error(L, "invalid use of '%%' in replacement string");
    }
  }
}

/* Adds what the table or function at 3 has for the match; else the match. */
static void add_result(sbx_match *match, sbx_buffer *out, const char *from,
                       const char *to) {
  lua_State *L = match->L;
  if (lua_type(L, 3) == LUA_TTABLE) {
    sbx_push_capture(match, 0, from, to);
    lua_gettable(L, 3);
  } else {
    lua_pushvalue(L, 3);
    sbx_call_back(L, sbx_push_captures(match, from, to), 1);
  }
  if (!lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    sbx_buffer_add(out, from, (size_t)(to - from));
    return;
  }
  if (!lua_isnumber(L, -1) && !lua_isstring(L, -1))
    luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  sbx_buffer_value(out);
}

static void add_replacement(sbx_match *match, sbx_buffer *out, const char *from,
                            const char *to) {
  int type = lua_type(match->L, 3);
  sbx_charge(match->L, 1);
  if (type == LUA_TSTRING || type == LUA_TNUMBER)
    add_template(match, out, sbx_check_text(match->L, 3), from, to);
  else
    add_result(match, out, from, to);
}

int sbx_string_gsub(lua_State *L) {
  po_text text = sbx_check_text(L, 1), pattern = sbx_check_text(L, 2);
  int type = lua_type(L, 3);
  luaL_argcheck(L,
                type == LUA_TNUMBER || type == LUA_TSTRING ||
                    type == LUA_TTABLE || type == LUA_TFUNCTION,
                3, "string, table or function expected");
  lua_Integer most = sbx_opt_integer(L, 4, (lua_Integer)text.length + 1);
  lua_Integer count = 0;
  bool anchored = take_anchor(&pattern);
  const char *at = text.at, *last = NULL;
  sbx_match match;
  sbx_buffer out;
  lua_settop(L, 3);
  sbx_buffer_start(&out, L);
  sbx_match_start(&match, L, text, pattern);
  while (count < most) {
    const char *to = sbx_match_at(&match, at);
    if (to != NULL && to != last) {
      count++;
      add_replacement(&match, &out, at, to);
      at = last = to;
    } else if (at < match.text_end) {
      sbx_buffer_byte(&out, *at++);
    } else {
      break;
    }
    if (anchored)
      break;
  }
  sbx_buffer_add(&out, at, (size_t)(match.text_end - at));
  sbx_buffer_finish(&out);
  lua_pushinteger(L, count);
  return 2;
}
