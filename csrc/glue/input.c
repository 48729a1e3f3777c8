#include "input.h"

#include "types.h"

#include <string.h>

/* Options. */

const char *lpo_word_at(lua_State *L, int index) {
  return lua_isstring(L, index) ? lua_tostring(L, index)
                                : luaL_typename(L, index);
}

po_notation lpo_check_notation(lua_State *L, int index, po_notation absent) {
  if (lua_isnoneornil(L, index))
    return absent;
  const char *name = lpo_word_at(L, index);
  for (int n = PO_PROXY; n < PO_NOTATION_COUNT; n++)
    if (strcmp(name, po_notation_name((po_notation)n)) == 0)
      return (po_notation)n;
  luaL_error(L,
             "unknown notation '%s'; known: proxy, native, oneoff, header, "
             "path",
             name);
  return absent;
}

const char *lpo_option_name(lua_State *L) {
  return lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
}

po_text lpo_option_text(lua_State *L) {
  po_text text;
  if (lua_type(L, -1) != LUA_TSTRING)
    luaL_error(L, "the option '%s' is a string, not a %s", lpo_option_name(L),
               luaL_typename(L, -1));
  text.at = lua_tolstring(L, -1, &text.length);
  return text;
}

/* Profiles. */

/* The profile named at `index`; raises on unknown ones. */
static po_switches check_profile_name(lua_State *L, int index) {
  const char *name = lua_tostring(L, index);
  if (name == NULL)
    luaL_error(L, "a profile is a name, or a table that begins with one");
  for (int p = 0; p < PO_PROFILE_COUNT; p++)
    if (strcmp(name, po_profile_name((po_profile)p)) == 0)
      return po_profile_switches((po_profile)p);
  luaL_error(L, "unknown profile '%s'; known: smtp, header, obsolete, lenient",
             name);
  return 0;
}

/* Raises: no switch has this name. */
static void raise_switch(lua_State *L, const char *name) {
  luaL_Buffer known;
  luaL_buffinit(L, &known);
  for (int s = 0; s < PO_SWITCH_COUNT; s++) {
    luaL_addstring(&known, s == 0 ? "" : ", ");
    luaL_addstring(&known, po_switch_option((po_switch)s));
  }
  luaL_pushresult(&known);
  luaL_error(L, "unknown switch '%s' of a profile; known: %s", name,
             lua_tostring(L, -1));
}

/* Turns on or off the switch whose name is at -2, by the value at -1. */
static void check_switch(lua_State *L, po_switches *set) {
  const char *name = lpo_option_name(L);
  for (int s = 0; s < PO_SWITCH_COUNT; s++) {
    if (strcmp(name, po_switch_option((po_switch)s)) != 0)
      continue;
    *set &= ~PO_SWITCH_BIT(s);
    if (lua_toboolean(L, -1))
      *set |= PO_SWITCH_BIT(s);
    return;
  }
  raise_switch(L, name);
}

/* A profile's name, or { name, switch = boolean, ... }. */
static po_switches check_profile(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TTABLE)
    return check_profile_name(L, index);
  lua_rawgeti(L, index, 1);
  po_switches set = check_profile_name(L, lua_gettop(L));
  lua_pop(L, 1);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
    if (lua_type(L, -2) != LUA_TNUMBER || lua_tonumber(L, -2) != 1)
      check_switch(L, &set);
  return set;
}

/* Reads the option whose name is at -2 and value at -1. */
static void check_option(lua_State *L, po_parse_options *options) {
  const char *name = lpo_option_name(L);
  int value = lua_gettop(L);
  if (strcmp(name, "type") == 0)
    options->type = lpo_option_text(L);
  else if (strcmp(name, "notation") == 0)
    options->notation = lpo_check_notation(L, value, PO_GUESS);
  else if (strcmp(name, "unknown") == 0)
    options->unknown = lua_toboolean(L, value) != 0;
  else if (strcmp(name, "profile") == 0)
    options->allowed = check_profile(L, value);
  else
    luaL_error(L,
               "unknown option '%s'; known: notation, profile, type, unknown",
               name);
}

po_parse_options lpo_check_options(lua_State *L, int index) {
  return lpo_check_options_but(L, index, "");
}

po_parse_options lpo_check_options_but(lua_State *L, int index,
                                       const char *other) {
  po_parse_options options = lpo_get_context(L)->defaults;
  if (lua_isnoneornil(L, index))
    return options;
  luaL_checktype(L, index, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
    if (strcmp(lpo_option_name(L), other) != 0)
      check_option(L, &options);
  return options;
}

/* Texts. */

po_text lpo_check_text(lua_State *L, int index) {
  po_text text;
  luaL_checktype(L, index, LUA_TSTRING);
  text.at = lua_tolstring(L, index, &text.length);
  return text;
}

/* po_parse with the scratch from its start; the place is that of a failure. */
static po_code parse(po_text text, const po_parse_options *options,
                     lpo_input *input) {
  size_t position = 0;
  input->memory.scratch.used = 0;
  po_code code = po_parse(text, options, &input->memory.scratch,
                          &input->address, &position);
  input->place = (long)position;
  input->table = 0;
  return code;
}

/* Whether the text was refused for a type that is no word of ours. */
static bool names_unknown(const po_address *address) {
  return address->dialect == NULL && address->type.at != NULL;
}

/* A second look, after `failure`, at a type that has no dialect: Lua may have
** defined it. */
static po_code parse_defined(lua_State *L, po_text text,
                             const po_parse_options *options, po_code failure,
                             lpo_input *input) {
  po_parse_options unknown = *options;
  po_text type = input->address.type;
  long place = input->place;
  unknown.unknown = true;
  po_code code = parse(text, &unknown, input);
  if (input->address.dialect == &po_opaque &&
      lpo_is_defined(L, &input->address))
    return code;
  input->address.type = type;
  input->place = place;
  return failure;
}

po_code lpo_read_text(lua_State *L, po_text text,
                      const po_parse_options *options, lpo_input *input) {
  lpo_reserve(L, &input->memory,
              PO_SCRATCH_FOR(text.length + options->type.length));
  po_code code = parse(text, options, input);
  return code != PO_OK && names_unknown(&input->address)
             ? parse_defined(L, text, options, code, input)
             : code;
}

bool lpo_read_at_once(lua_State *L, lpo_input *input) {
  po_text text;
  if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TSTRING)
    return false;
  text.at = lua_tolstring(L, 1, &text.length);
  input->place = -1;
  input->table = 0;
  return po_parse_at_once(text, &lpo_get_context(L)->defaults, &input->address);
}

long lpo_place(lua_State *L, int index, const po_address *address,
               const char *where) {
  po_text text;
  if (lua_type(L, index) != LUA_TSTRING)
    return -1;
  text.at = lua_tolstring(L, index, &text.length);
  return (long)po_position(text, address, where);
}

po_code lpo_push_read(lua_State *L, po_text text, lpo_input *input) {
  const po_address *address = &input->address;
  if (!lpo_is_defined(L, address)) {
    lpo_push_address(L, address);
    return PO_OK;
  }
  size_t offset;
  po_code code = lpo_push_defined(L, address, &offset);
  if (code != PO_OK)
    input->place =
        (long)po_position(text, address, address->native.at + offset);
  return code;
}

po_code lpo_read_whole(lua_State *L, po_text text,
                       const po_parse_options *options, lpo_input *input) {
  po_code code = lpo_read_text(L, text, options, input);
  if (code != PO_OK || !lpo_is_defined(L, &input->address))
    return code;
  code = lpo_push_read(L, text, input);
  if (code != PO_OK)
    return code;
  input->table = lua_gettop(L);
  return lpo_read_defined(L, input->table, &input->address);
}

/* Tables. */

static po_code read_table(lua_State *L, int index,
                          const po_parse_options *options, lpo_input *input) {
  po_address *address = &input->address;
  input->place = -1;
  input->table = 0;
  po_code code = lpo_get_fields(L, index, &input->memory, address);
  if (code != PO_OK)
    return code;
  if (lpo_is_defined(L, address)) {
    input->table = index;
    return lpo_read_defined(L, index, address);
  }
  if (address->dialect == &po_opaque && !options->unknown &&
      !lpo_is_address(L, index))
    return PO_TYPE_UNKNOWN;
  return PO_OK;
}

po_code lpo_read(lua_State *L, int index, const po_parse_options *options,
                 lpo_input *input) {
  if (lua_type(L, index) == LUA_TTABLE)
    return read_table(L, index, options, input);
  if (lua_type(L, index) != LUA_TSTRING)
    luaL_argerror(L, index, "an address is a table or a string");
  return lpo_read_whole(L, lpo_check_text(L, index), options, input);
}

po_code lpo_read_bound(lua_State *L, int index, lpo_input *input) {
  return lpo_read(L, index, &lpo_get_context(L)->defaults, input);
}

void lpo_push_sentence(lua_State *L, po_code code, po_text type) {
  if (code != PO_TYPE_UNKNOWN || !lpo_push_near_type(L, type)) {
    lua_pushstring(L, po_code_message(code));
    return;
  }
  lua_pushfstring(L, "%s; did you mean %s?", po_code_message(code),
                  lua_tostring(L, -1));
  lua_remove(L, -2);
}

int lpo_push_unread(lua_State *L, po_code code, const lpo_input *input) {
  int count = lpo_push_failure(L, code, input->place);
  lpo_push_sentence(L, code, input->address.type);
  lua_replace(L, -count); /* the message */
  return count;
}
