/* Numbers as text. */
#include "number.h"

#include <string.h>

enum {
  MAX_NUMBER_LENGTH = 200, /* bytes of a text that is read */
  NUMBER_SIZE = 64         /* bytes that the text of a number needs */
};

lua_Integer sbx_check_integer(lua_State *L, int argument) {
#if LUA_VERSION_NUM >= 503
  return luaL_checkinteger(L, argument);
#else
  lua_Number number = luaL_checknumber(L, argument);
  bool fits = number >= -9223372036854775808.0 &&
              number < 9223372036854775808.0 &&
              (lua_Number)(lua_Integer)number == number;
  luaL_argcheck(L, fits, argument, "number has no integer representation");
  return (lua_Integer)number;
#endif
}

lua_Integer sbx_opt_integer(lua_State *L, int argument, lua_Integer standard) {
  return lua_isnoneornil(L, argument) ? standard
                                      : sbx_check_integer(L, argument);
}

/* A comma, or whatever the locale writes, becomes a point. */
size_t sbx_plain_point(char *text) {
  static const char digits[] = " +-.0123456789abcdefinptxyABCDEFINPTXY";
  size_t length = strspn(text, digits);
  if (text[length] == '\0')
    return length;
  char *rest = text + length + 1;
  while (*rest != '\0' && strchr(digits, *rest) == NULL)
    rest++;
  text[length] = '.';
  memmove(text + length + 1, rest, strlen(rest) + 1);
  return strlen(text);
}

void sbx_push_number(lua_State *L, int index) {
  char text[NUMBER_SIZE];
  size_t length;
  lua_pushvalue(L, index);
  const char *digits = lua_tolstring(L, -1, &length);
  if (length < sizeof text) {
    memcpy(text, digits, length + 1);
    lua_pop(L, 1);
    length = sbx_plain_point(text);
    lua_pushlstring(L, text, length);
  }
}

static int digit_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 36;
}

static const char *skip_space(const char *at, const char *end) {
  while (at < end && (*at == ' ' || (*at >= '\t' && *at <= '\r')))
    at++;
  return at;
}

/* Reads digits of `base`; false where there is anything else. */
static bool read_digits(const char *at, const char *end, int base,
                        lua_Number *number) {
  at = skip_space(at, end);
  bool negative = at < end && *at == '-';
  at += negative;
  const char *first = at;
  for (*number = 0; at < end && digit_value(*at) < base; at++)
    *number = *number * base + digit_value(*at);
  bool found = at > first;
  if (negative)
    *number = -*number;
  return found && skip_space(at, end) == end;
}

int sbx_read_digits(lua_State *L, lua_Integer base) {
  size_t length;
  lua_Number number;
  const char *text = lua_tolstring(L, 1, &length);
  if (length > MAX_NUMBER_LENGTH ||
      !read_digits(text, text + length, (int)base, &number))
    return 0;
#if LUA_VERSION_NUM >= 503
  if (number >= -9007199254740992.0 && number <= 9007199254740992.0) {
    lua_pushinteger(L, (lua_Integer)number);
    return 1;
  }
#endif
  lua_pushnumber(L, number);
  return 1;
}

int sbx_read_number(lua_State *L) {
  size_t length;
  const char *text = lua_tolstring(L, 1, &length);
  if (length > MAX_NUMBER_LENGTH)
    return 0;
#if LUA_VERSION_NUM >= 503
  return lua_stringtonumber(L, text) == length + 1;
#else
  if (length == 0 || strpbrk(text, "nN") != NULL || !lua_isnumber(L, 1))
    return 0;
  lua_pushnumber(L, lua_tonumber(L, 1));
  return 1;
#endif
}
