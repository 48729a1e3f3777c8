#include "charsets.h"

#include <iconv.h>
#include <string.h>

#include "charset.h"

enum { MAX_NAMES = 7 };

/*
** What mail has, by the name that glibc and musl know, or by one of each.  The
** sets that vendors extended are read as the extended ones, as browsers and
** mail clients do (WHATWG Encoding 4.2): a name in GB2312 often has a character
** of GBK.  Not here: UTF-7, which hides ASCII, and UTF-16, which is no charset
** of text/plain (RFC 2781 4.3).  Of none do n bytes become more than 3 n of
** UTF-8.
*/
static const struct {
  const char *iconv[2];
  const char *names[MAX_NAMES]; /* as for po_is_charset */
} sets[] = {
    {{"ISO-8859-2"}, {"iso88592", "latin2", "l2", "csisolatin2"}},
    {{"ISO-8859-3"}, {"iso88593", "latin3", "l3", "csisolatin3"}},
    {{"ISO-8859-4"}, {"iso88594", "latin4", "l4", "csisolatin4"}},
    {{"ISO-8859-5"}, {"iso88595", "cyrillic", "csisolatincyrillic"}},
    {{"ISO-8859-6"}, {"iso88596", "arabic", "csisolatinarabic"}},
    {{"ISO-8859-7"}, {"iso88597", "greek", "csisolatingreek"}},
    {{"ISO-8859-8"}, {"iso88598", "iso88598i", "iso88598e", "hebrew"}},
    {{"ISO-8859-9"}, {"iso88599", "latin5", "l5", "csisolatin5"}},
    {{"ISO-8859-10"}, {"iso885910", "latin6", "l6", "csisolatin6"}},
    {{"ISO-8859-11"}, {"iso885911", "tis620"}},
    {{"ISO-8859-13"}, {"iso885913"}},
    {{"ISO-8859-14"}, {"iso885914", "latin8", "l8"}},
    {{"ISO-8859-16"}, {"iso885916", "latin10", "l10"}},
    {{"WINDOWS-1250"}, {"windows1250", "cp1250", "xcp1250"}},
    {{"WINDOWS-1251"}, {"windows1251", "cp1251", "xcp1251"}},
    {{"WINDOWS-1253"}, {"windows1253", "cp1253", "xcp1253"}},
    {{"WINDOWS-1254"}, {"windows1254", "cp1254", "xcp1254"}},
    {{"WINDOWS-1255"}, {"windows1255", "cp1255", "xcp1255"}},
    {{"WINDOWS-1256"}, {"windows1256", "cp1256", "xcp1256"}},
    {{"WINDOWS-1257"}, {"windows1257", "cp1257", "xcp1257"}},
    {{"WINDOWS-1258"}, {"windows1258", "cp1258", "xcp1258"}},
    {{"CP874", "ISO-8859-11"}, {"windows874", "cp874"}},
    {{"KOI8-R"}, {"koi8r", "koi8", "cskoi8r"}},
    {{"KOI8-U"}, {"koi8u", "koi8ru"}},
    {{"CP932", "SHIFT_JIS"},
     {"shiftjis", "sjis", "xsjis", "cp932", "windows31j", "mskanji",
      "csshiftjis"}},
    {{"EUC-JP"}, {"eucjp", "xeucjp", "cseucpkdfmtjapanese"}},
    {{"ISO-2022-JP"}, {"iso2022jp", "csiso2022jp"}},
    {{"GB18030"},
     {"gb18030", "gbk", "xgbk", "gb2312", "gb231280", "cp936", "euccn"}},
    {{"BIG5"}, {"big5", "xxbig5", "cnbig5", "csbig5"}},
    {{"BIG5-HKSCS"}, {"big5hkscs"}},
    {{"CP949"},
     {"euckr", "ksc56011987", "ksc5601", "cp949", "windows949", "cseuckr",
      "uhc"}},
    {{"ISO-2022-KR"}, {"iso2022kr", "csiso2022kr"}},
};

enum { SETS = sizeof sets / sizeof *sets };

typedef struct converter {
  bool tried, open;
  iconv_t descriptor;
} converter;

typedef struct converters {
  po_charsets hook;
  converter of[SETS];
} converters;

static const char registry_key[] = "postoffice.charsets";

/* The place of a set in the list; SETS if it has none of that name. */
static int find_set(po_text name) {
  for (int set = 0; set < SETS; set++)
    for (int i = 0; i < MAX_NAMES && sets[set].names[i] != NULL; i++)
      if (po_is_charset(name, sets[set].names[i]))
        return set;
  return SETS;
}

/* Whether the set's converter is open: iconv may know fewer than we do. */
static bool open_set(converter *c, int set) {
  for (int i = 0; i < 2 && !c->tried && sets[set].iconv[i] != NULL; i++) {
    c->descriptor = iconv_open("UTF-8", sets[set].iconv[i]);
    c->open = (intptr_t)c->descriptor != -1;
    c->tried = c->open;
  }
  c->tried = true;
  return c->open;
}

/* Whether all of `bytes` could be converted, none replaced by another. */
static bool convert(iconv_t descriptor, po_text bytes, char **to,
                    size_t *room) {
  union {
    const char *text;
    char *read; /* iconv does not write there */
  } from = {bytes.at};
  size_t left = bytes.length;
  return iconv(descriptor, &from.read, &left, to, room) == 0 &&
         iconv(descriptor, NULL, NULL, to, room) == 0;
}

/* Back to the first state of the set.  musl forgets that the text before may
** have ended in another. */
static void reset(iconv_t descriptor, int set) {
  char none[1], *to = none;
  size_t room = 0;
  iconv(descriptor, NULL, NULL, NULL, NULL);
  if (strcmp(sets[set].iconv[0], "ISO-2022-JP") == 0)
    convert(descriptor, po_constant("\033(B"), &to, &room);
}

/* po_charsets.put: what would grow more than fourfold is refused. */
static po_code put(void *state, po_text charset, po_text bytes,
                   po_buffer *out) {
  converters *all = (converters *)state;
  int set = find_set(charset);
  if (set == SETS || !open_set(&all->of[set], set))
    return PO_ENCODED_WORD_CHARSET;
  char *to = out->at + out->length;
  size_t room = out->size - out->length;
  if (room / 4 > bytes.length)
    room = 4 * bytes.length;
  iconv_t descriptor = all->of[set].descriptor;
  reset(descriptor, set);
  if (!convert(descriptor, bytes, &to, &room))
    return PO_ENCODED_WORD_UNSAFE;
  out->length = (size_t)(to - out->at);
  return PO_OK;
}

/* Finalizers of the host may still parse after this: they know no more sets. */
static int close_all(lua_State *L) {
  converters *all = (converters *)lua_touserdata(L, 1);
  for (int set = 0; set < SETS; set++) {
    if (all->of[set].open)
      iconv_close(all->of[set].descriptor);
    all->of[set].open = false;
    all->of[set].tried = true;
  }
  return 0;
}

/* Pushes the converters of a state that has none. */
static void push_new(lua_State *L) {
  converters *all = (converters *)lua_newuserdata(L, sizeof *all);
  memset(all, 0, sizeof *all);
  all->hook.put = put;
  all->hook.state = all;
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, close_all);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
}

const po_charsets *lpo_get_charsets(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, registry_key);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    push_new(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, registry_key);
  }
  const converters *all = (const converters *)lua_touserdata(L, -1);
  lua_pop(L, 1);
  return &all->hook;
}
