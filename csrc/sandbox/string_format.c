/* string.format, the same in every locale and on every Lua. */
#include "string_format.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "buffer.h"
#include "meter.h"
#include "number.h"

enum {
  MAX_SPEC = 32,
  MAX_MODIFIERS = 20, /* bytes between a % and its letter, as in Lua 5.4 */
  MAX_ITEM = 512      /* %99.99f of the largest number needs 410 */
};

/* What stands between a % and its letter: "-08.3". */
typedef struct format_spec {
  char text[MAX_SPEC]; /* with the %, room for a length and the letter */
  size_t length;
  char letter;
} format_spec;

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
  char item[MAX_ITEM];
  long long integer = sbx_check_integer(out->L, argument);
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

static void add_char(sbx_buffer *out, format_spec *spec, int argument) {
  char item[MAX_ITEM];
  lua_Integer byte = sbx_check_integer(out->L, argument);
  luaL_argcheck(out->L, byte >= 0 && byte <= 255, argument, "not a byte");
  finish_spec(spec, "");
  int length = snprintf(item, sizeof item, spec->text, (int)byte);
  add_item(out, item, length, false);
}

static void add_spaces(sbx_buffer *out, size_t count) {
  if (count > 0)
    memset(sbx_buffer_room(out, count), ' ', count);
}

/* `%-10.5s`: width and precision count bytes, NUL is a byte as any. */
static void add_string(sbx_buffer *out, format_spec *spec, int argument) {
  lua_State *L = out->L;
  size_t length, width = 0, most = 0;
  const char *at = spec->text + 1 + strspn(spec->text + 1, "-");
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

/* Writes the number at `argument` with all its digits; returns the length. */
static int write_literal(lua_State *L, int argument, char *item) {
  lua_Number number = lua_tonumber(L, argument);
  const char *form = "%.17g"; /* 5.1 and 5.2 read no %a */
#if LUA_VERSION_NUM >= 503
  form = "%a";
  if (lua_isinteger(L, argument)) {
    long long integer = lua_tointeger(L, argument);
    /* the digits of the least integer alone are a float */
    return snprintf(item, MAX_ITEM, integer == LLONG_MIN ? "0x%llx" : "%lld",
                    integer);
  }
#endif
  if (number != number)
    return snprintf(item, MAX_ITEM, "(0/0)");
  if (number - number != 0) /* it is infinite */
    return snprintf(item, MAX_ITEM, number > 0 ? "1e9999" : "-1e9999");
  snprintf(item, MAX_ITEM, form, number);
  return (int)sbx_plain_point(item);
}

/* A literal that Lua reads back. */
static void add_quoted(sbx_buffer *out, format_spec *spec, int argument) {
  lua_State *L = out->L;
  char item[MAX_ITEM];
  size_t length;
  int type = lua_type(L, argument);
  (void)spec;
  luaL_argcheck(L, type <= LUA_TSTRING && type != LUA_TLIGHTUSERDATA, argument,
                "value has no literal form");
  if (type == LUA_TNUMBER) {
    add_item(out, item, write_literal(L, argument, item), false);
    return;
  }
  sbx_push_text(L, argument);
  if (type != LUA_TSTRING) {
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

/* ---- What stands behind a % ---------------------------------------------- */

/* The letters, each with the modifiers that it takes in Lua 5.4. */
typedef struct conversion {
  const char *letters, *flags;
  bool width, precision;
  void (*add)(sbx_buffer *out, format_spec *spec, int argument);
} conversion;

static const conversion conversions[] = {
    {"di", "-+0 ", true, true, add_integer},
    {"u", "-0", true, true, add_integer},
    {"oxX", "-#0", true, true, add_integer},
    {"aAeEfgG", "-+#0 ", true, true, add_float},
    {"c", "-", true, false, add_char},
    {"s", "-", true, true, add_string},
    {"q", "", false, false, add_quoted}};

static const conversion *find_conversion(lua_State *L, char letter) {
  size_t count = sizeof conversions / sizeof *conversions;
  for (size_t i = 0; i < count && letter != '\0'; i++)
    if (strchr(conversions[i].letters, letter) != NULL)
      return &conversions[i];
  if (letter == '\0')
    luaL_error(L, "a '%%' has no letter in 'format'");
  luaL_error(L, "invalid option '%%%c' to 'format'", letter);
  return conversions; /* never: luaL_error does not return */
}

static const char *skip_two_digits(const char *at) {
  if (is_digit(*at))
    at++;
  return is_digit(*at) ? at + 1 : at;
}

/* Where the modifiers at `at` end that the conversion takes. */
static const char *skip_modifiers(const conversion *kind, const char *at) {
  at += strspn(at, kind->flags);
  if (kind->width && *at != '0') /* which is a flag, and none that it takes */
    at = skip_two_digits(at);
  if (kind->precision && *at == '.')
    at = skip_two_digits(at + 1);
  return at;
}

/*
** Reads the spec behind the % at `at` and finds its conversion; returns where
** the text goes on.
*/
static const char *read_spec(lua_State *L, const char *at, format_spec *out,
                             const conversion **kind) {
  size_t length = 1 + strspn(at + 1, "-+ #0123456789.");
  out->letter = at[length];
  out->length = length;
  *kind = find_conversion(L, out->letter);
  if (length > MAX_MODIFIERS || skip_modifiers(*kind, at + 1) != at + length)
    luaL_error(L, "invalid modifiers of '%%%c' in 'format'", out->letter);
  memcpy(out->text, at, length);
  out->text[length] = '\0';
  return at + length + 1;
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
    format_spec spec;
    const conversion *kind;
    sbx_buffer_add(&out, at, (size_t)(plain_end - at));
    if (percent == NULL)
      break;
    if (percent[1] == '%') {
      sbx_buffer_byte(&out, '%');
      at = percent + 2;
      continue;
    }
    at = read_spec(L, percent, &spec, &kind);
    if (++argument > arguments)
      return luaL_argerror(L, argument, "no value");
    sbx_charge(L, 1);
    kind->add(&out, &spec, argument);
  }
  sbx_buffer_finish(&out);
  return 1;
}
