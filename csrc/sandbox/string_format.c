/* string.format, the same in every locale and on every Lua. */
#include "string_format.h"

#include <stdio.h>
#include <string.h>

#include "base.h"
#include "buffer.h"
#include "meter.h"
#include "number.h"

enum {
  MAX_SPEC = 32,
  MAX_ITEM = 512 /* %99.99f of the largest number needs 410 */
};

/* What stands between a % and its letter: "-08.3". */
typedef struct format_spec {
  char text[MAX_SPEC]; /* with the %, room for a length and the letter */
  size_t length;
  char letter;
} format_spec;

static const char *skip_digits(lua_State *L, const char *at) {
  const char *first = at;
  while (*at >= '0' && *at <= '9')
    at++;
  if (at - first > 2)
    luaL_error(L, "invalid format (width or precision too long)");
  return at;
}

/* Reads the spec behind the % at `at`; returns where the text goes on. */
static const char *read_spec(lua_State *L, const char *at, format_spec *out) {
  const char *first = at++;
  at += strspn(at, "-+ #0");
  if (at - first > 6)
    luaL_error(L, "invalid format (repeated flags)");
  at = skip_digits(L, at);
  if (*at == '.')
    at = skip_digits(L, at + 1);
  out->length = (size_t)(at - first);
  memcpy(out->text, first, out->length);
  out->text[out->length] = '\0';
  out->letter = *at;
  return at + 1;
}

static void finish_spec(format_spec *spec, const char *size) {
  snprintf(spec->text + spec->length, MAX_SPEC - spec->length, "%s%c", size,
           spec->letter);
}

static void add_item(sbx_buffer *out, char *item, int length, bool number) {
  size_t size = length < 0 ? 0 : (size_t)length;
  if (number)
    size = sbx_plain_point(item);
  sbx_buffer_add(out, item, size < MAX_ITEM ? size : MAX_ITEM - 1);
}

static void add_integer(sbx_buffer *out, format_spec *spec, int argument) {
  lua_State *L = out->L;
  char item[MAX_ITEM];
  lua_Number number = luaL_checknumber(L, argument);
  long long integer;
#if LUA_VERSION_NUM >= 503
  int exact;
  integer = lua_tointegerx(L, argument, &exact);
  (void)number;
#else
  bool exact =
      number >= -9223372036854775808.0 && number < 9223372036854775808.0;
  integer = exact ? (long long)number : 0;
  exact = exact && (lua_Number)integer == number;
#endif
  luaL_argcheck(L, exact, argument, "number has no integer representation");
  finish_spec(spec, "ll");
  int length = spec->letter == 'd' || spec->letter == 'i'
                   ? snprintf(item, sizeof item, spec->text, integer)
                   : snprintf(item, sizeof item, spec->text,
                              (unsigned long long)integer);
  add_item(out, item, length, false);
}

static void add_float(sbx_buffer *out, format_spec *spec, int argument) {
  char item[MAX_ITEM];
  double number = (double)luaL_checknumber(out->L, argument);
  finish_spec(spec, "");
  int length = snprintf(item, sizeof item, spec->text, number);
  add_item(out, item, length, true);
}

static void add_char(sbx_buffer *out, int argument) {
  lua_Integer byte = luaL_checkinteger(out->L, argument);
  luaL_argcheck(out->L, byte >= 0 && byte <= 255, argument, "not a byte");
  sbx_buffer_byte(out, (char)(unsigned char)byte);
}

static void add_spaces(sbx_buffer *out, size_t count) {
  if (count > 0)
    memset(sbx_buffer_room(out, count), ' ', count);
}

/* `%-10.5s`: width and precision count bytes, NUL is a byte as any. */
static void add_string(sbx_buffer *out, const format_spec *spec, int argument) {
  lua_State *L = out->L;
  size_t length, width = 0, most = 0;
  const char *at = spec->text + 1 + strspn(spec->text + 1, "-+ #0");
  const char *end = spec->text + spec->length;
  bool left = memchr(spec->text, '-', (size_t)(at - spec->text)) != NULL;
  luaL_checkany(L, argument);
  sbx_push_text(L, argument);
  const char *text = lua_tolstring(L, -1, &length);
  for (; at < end && *at != '.'; at++)
    width = width * 10 + (size_t)(*at - '0');
  if (at < end) {
    while (++at < end)
      most = most * 10 + (size_t)(*at - '0');
    length = length < most ? length : most;
  }
  size_t space = width > length ? width - length : 0;
  add_spaces(out, left ? 0 : space);
  sbx_buffer_add(out, text, length);
  add_spaces(out, left ? space : 0);
  lua_pop(L, 1);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static void add_quoted_byte(sbx_buffer *out, char c, char next) {
  char item[8];
  unsigned char byte = (unsigned char)c;
  if (c == '"' || c == '\\' || c == '\n') {
    sbx_buffer_byte(out, '\\');
    sbx_buffer_byte(out, c);
  } else if (byte < 32 || byte == 127) {
    int length =
        snprintf(item, sizeof item, is_digit(next) ? "\\%03d" : "\\%d", byte);
    sbx_buffer_add(out, item, (size_t)length);
  } else {
    sbx_buffer_byte(out, c);
  }
}

/* A literal that Lua reads back. */
static void add_quoted(sbx_buffer *out, int argument) {
  lua_State *L = out->L;
  size_t length;
  if (lua_type(L, argument) != LUA_TSTRING) {
    luaL_argcheck(L, lua_type(L, argument) <= LUA_TNUMBER, argument,
                  "value has no literal form");
    sbx_push_text(L, argument);
    sbx_buffer_value(out);
    return;
  }
  const char *text = lua_tolstring(L, argument, &length);
  sbx_charge(L, length / 4);
  sbx_buffer_byte(out, '"');
  for (size_t i = 0; i < length; i++)
    add_quoted_byte(out, text[i], i + 1 < length ? text[i + 1] : '\0');
  sbx_buffer_byte(out, '"');
}

static void add_argument(sbx_buffer *out, format_spec *spec, int argument) {
  sbx_charge(out->L, 1);
  switch (spec->letter) {
  case 'c':
    add_char(out, argument);
    break;
  case 'd':
  case 'i':
  case 'o':
  case 'u':
  case 'x':
  case 'X':
    add_integer(out, spec, argument);
    break;
  case 'e':
  case 'E':
  case 'f':
  case 'F':
  case 'g':
  case 'G':
    add_float(out, spec, argument);
    break;
  case 'q':
    add_quoted(out, argument);
    break;
  case 's':
    add_string(out, spec, argument);
    break;
  default:
    luaL_error(out->L, "invalid option '%%%c' to 'format'", spec->letter);
  }
}

int sbx_string_format(lua_State *L) {
  size_t length;
  int argument = 1, arguments = lua_gettop(L);
  const char *at = luaL_checklstring(L, 1, &length), *end = at + length;
  sbx_buffer out;
  sbx_buffer_start(&out, L);
  while (at < end) {
    const char *percent = memchr(at, '%', (size_t)(end - at));
    const char *plain_end = percent == NULL ? end : percent;
    format_spec item;
    sbx_buffer_add(&out, at, (size_t)(plain_end - at));
    if (percent == NULL)
      break;
    if (percent[1] == '%') {
      sbx_buffer_byte(&out, '%');
      at = percent + 2;
      continue;
    }
    at = read_spec(L, percent, &item);
    if (++argument > arguments)
      return luaL_argerror(L, argument, "no value");
    add_argument(&out, &item, argument);
  }
  sbx_buffer_finish(&out);
  return 1;
}
