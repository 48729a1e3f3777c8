/*
** The policy language's own words: declarators, `on`, `include`, `ask`, the
** verdicts, and what of `mail` the host does.  None of them does anything: a
** declaration is written for the host, a verdict a table, and whatever needs
** the host suspends the script.
*/
#include "language.h"

#include "declaration.h"
#include "frozen.h"
#include "meter.h"
#include "position.h"

/* ---- Declarations -------------------------------------------------------- */

static void check_loading(lua_State *L, const char *word) {
  if (sbx_of(L)->phase != SBX_LOADING)
    luaL_error(L, "%s is for the script's main part, not for its functions",
               word);
}

/* The second half of `word "name" { ... }`.  Upvalues: word, place. */
static int complete(lua_State *L) {
  const char *word = lua_tostring(L, lua_upvalueindex(1));
  lua_Number place_number = lua_tonumber(L, lua_upvalueindex(2));
  size_t place = (size_t)place_number;
  check_loading(L, word);
  if (sbx_declared_values(sbx_of(L), place) > 1)
    return luaL_error(L, "this %s has its table already", word);
  if (lua_gettop(L) > 0)
    sbx_declare_more(L, place, lua_gettop(L));
  return 0;
}

/* `word(...)`.  Upvalue: word. */
static int declare(lua_State *L) {
  sbx_declarer declarer = {lua_tostring(L, lua_upvalueindex(1)), "?", NULL, 0};
  int count = lua_gettop(L);
  lua_Debug info;
  check_loading(L, declarer.word);
  if (sbx_find_line(L, &info)) {
    declarer.file = sbx_file(&info);
    declarer.line = info.currentline;
  }
  size_t place = sbx_declare(L, &declarer, 1, count);
  if (count != 1 || lua_type(L, 1) != LUA_TSTRING)
    return 0;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushnumber(L, (lua_Number)place);
  lua_pushcclosure(L, complete, 2);
  return 1;
}

void sbx_set_declarator(lua_State *L) {
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, declare, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_LIBRARY);
  lua_insert(L, -3);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

/* on.name = function */
static int set_event(lua_State *L) {
  lua_Debug info;
  const char *name =
      lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "[...]";
  check_loading(L, "on");
  if (lua_type(L, 2) != LUA_TSTRING || lua_type(L, 3) != LUA_TFUNCTION)
    return luaL_error(L, "on.%s has to be a function, it is a %s", name,
                      luaL_typename(L, 3));
  sbx_find_definition(L, 3, &info);
  sbx_declarer declarer = {"on", sbx_file(&info), name, info.linedefined};
  sbx_declare(L, &declarer, 3, 1);
  return 0;
}

/* ---- Questions ----------------------------------------------------------- */

static int suspend(lua_State *L, sbx_reason reason, int count) {
  sbx_of(L)->reason = reason;
  return lua_yield(L, count);
}

static void check_running(lua_State *L, const char *word) {
  if (sbx_of(L)->phase != SBX_LOADED)
    luaL_error(L,
               "%s is for functions that a route calls; nothing can be "
               "asked while the script loads",
               word);
}

/* ask(name, key) */
static int ask(lua_State *L) {
  luaL_checktype(L, 1, LUA_TSTRING);
  luaL_checkany(L, 2);
  check_running(L, "ask");
  lua_settop(L, 2);
  return suspend(L, SBX_ASK, 2);
}

/* ---- What of `mail` the host does ---------------------------------------- */

/*
** What that costs, in instructions: a call, each byte of a pattern (LPeg reads
** it), each byte of an address.
*/
enum { HOST_COST = 500, PATTERN_BYTE_COST = 10, ADDRESS_BYTE_COST = 1 };

/* The bytes of an address: a text, or a table of texts; none of nil. */
static size_t address_size(lua_State *L, int index) {
  size_t size = 0;
  if (lua_type(L, index) == LUA_TSTRING)
    return lpo_rawlen(L, index);
  if (lua_isnil(L, index))
    return 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
    size += lua_type(L, -1) == LUA_TSTRING ? lpo_rawlen(L, -1) : 1;
  return size;
}

static void check_address(lua_State *L, int index) {
  int type = lua_type(L, index);
  luaL_argcheck(L, type == LUA_TTABLE || type == LUA_TSTRING, index,
                "address or text expected");
}

/* An address, or nil for one that nobody knows, such as a message's sender. */
static void check_optional_address(lua_State *L, int index) {
  if (!lua_isnil(L, index))
    check_address(L, index);
}

/* Suspends the script until the host has done `word` with its arguments, as
** many as there are on the stack. */
static int leave_to_host(lua_State *L, const char *word, size_t cost) {
  check_running(L, word);
  sbx_charge(L, HOST_COST + cost);
  lua_pushstring(L, word);
  lua_insert(L, 1);
  return suspend(L, SBX_HOST, lua_gettop(L));
}

/* mail.matches(address, pattern) */
static int matches(lua_State *L) {
  check_optional_address(L, 1);
  luaL_checktype(L, 2, LUA_TSTRING);
  lua_settop(L, 2);
  return leave_to_host(L, "mail.matches",
                       PATTERN_BYTE_COST * lpo_rawlen(L, 2) +
                           ADDRESS_BYTE_COST * address_size(L, 1));
}

/* mail.in_set(address, name) */
static int in_set(lua_State *L) {
  check_optional_address(L, 1);
  luaL_checktype(L, 2, LUA_TSTRING);
  lua_settop(L, 2);
  return leave_to_host(L, "mail.in_set",
                       ADDRESS_BYTE_COST * address_size(L, 1));
}

/* mail.localpart(address [, options]): each byte may be looked at by many */
static int localpart(lua_State *L) {
  enum { BYTE_COST = 16, PROFILES_COST = 1000 };
  check_address(L, 1);
  if (!lua_isnoneornil(L, 2))
    luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  return leave_to_host(L, "mail.localpart",
                       PROFILES_COST + BYTE_COST * address_size(L, 1));
}

/* mail.date(now): a number, and no text of one */
static int date(lua_State *L) {
  enum { DATE_COST = 500 };
  luaL_checktype(L, 1, LUA_TNUMBER);
  lua_settop(L, 1);
  return leave_to_host(L, "mail.date", DATE_COST);
}

/* include "file" */
static int include(lua_State *L) {
  luaL_checktype(L, 1, LUA_TSTRING);
  check_loading(L, "include");
  lua_settop(L, 1);
  return suspend(L, SBX_INCLUDE, 1);
}

/* ---- Verdicts ------------------------------------------------------------ */

/* reject(message, status, code); upvalue: the verdict. */
static int verdict(lua_State *L) {
  static const char *const fields[] = {"message", "status", "code"};
  lua_settop(L, 3);
  lua_createtable(L, 0, 4);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_setfield(L, -2, "verdict");
  for (int i = 1; i <= 3; i++) {
    if (!lua_isnil(L, i))
      luaL_checktype(L, i, LUA_TSTRING);
    lua_pushvalue(L, i);
    lua_setfield(L, -2, fields[i - 1]);
  }
  return 1;
}

static void set_verdict(lua_State *L, const char *name) {
  lua_pushstring(L, name);
  lua_pushcclosure(L, verdict, 1);
  lua_setfield(L, -2, name);
}

/* The pure functions of the library. */
static const char *const mail_names[] = {
    "parse", "format",      "validate",    "normalize", "key",
    "equal", "encapsulate", "decapsulate", NULL};

/* Those that the host does. */
static const luaL_Reg host_functions[] = {{"matches", matches},
                                          {"in_set", in_set},
                                          {"localpart", localpart},
                                          {"date", date},
                                          {NULL, NULL}};

void sbx_set_language(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"ask", ask}, {"include", include}, {NULL, NULL}};
  lpo_setfuncs(L, functions);
  set_verdict(L, "reject");
  set_verdict(L, "defer");
  set_verdict(L, "pass");
  lua_newtable(L);
  sbx_freeze(L, set_event);
  lua_setfield(L, -2, "on");
  lua_getfield(L, -1, "mail");
  lua_newtable(L);
  sbx_copy_names(L, lua_gettop(L) - 1, mail_names);
  lua_remove(L, -2);
  lpo_setfuncs(L, host_functions);
  sbx_tell_lacks(L, "mail.");
  sbx_freeze_library(L);
  lua_setfield(L, -2, "mail");
}
