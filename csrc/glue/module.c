/*
** The module postoffice.core: the functions of core.c, those that only the
** library's own Lua needs, and sandboxes.
*/
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core.h"
#include "directory.h"
#include "file.h"
#include "functions.h"
#include "input.h"
#include "notation/plain.h"
#include "process.h"
#include "sandbox.h"
#include "set.h"
#include "snapshot.h"
#include "survey.h"
#include "table/digest.h"
#include "table/lot.h"
#include "types.h"

/* fields(type) -> array of the names of a dialect's fields, or nothing */
static int l_fields(lua_State *L) {
  po_text type;
  type.at = luaL_checklstring(L, 1, &type.length);
  const po_dialect *dialect = po_dialect_of(type);
  if (dialect == NULL)
    return 0;
  lua_newtable(L);
  for (int f = 0; dialect->fields[f] != NULL; f++) {
    lua_pushstring(L, dialect->fields[f]);
    lua_rawseti(L, -2, f + 1);
  }
  return 1;
}

/* Pushes the names of the fields that belong to the notation. */
static void push_notation_fields(lua_State *L) {
  lua_newtable(L);
  for (int f = 0; lpo_notation_fields[f] != NULL; f++) {
    lua_pushstring(L, lpo_notation_fields[f]);
    lua_rawseti(L, -2, f + 1);
  }
}

/* glob_match(pattern, text) -> false | true, captures... (postoffice.h) */
static int l_glob_match(lua_State *L) {
  po_text pattern, text, captures[PO_MAX_CAPTURES];
  size_t count;
  pattern.at = luaL_checklstring(L, 1, &pattern.length);
  text.at = luaL_checklstring(L, 2, &text.length);
  bool matches = po_glob_match(pattern, text, captures, &count);
  lua_pushboolean(L, matches);
  if (!matches)
    return 1;
  luaL_checkstack(L, PO_MAX_CAPTURES, "captures");
  for (size_t i = 0; i < count; i++)
    lua_pushlstring(L, captures[i].at, captures[i].length);
  return 1 + (int)count;
}

/* fold_domain(domain) -> text | nil, message, code, position
** As the key of an address has it: A-labels in lower case. */
static int l_fold_domain(lua_State *L) {
  po_text domain;
  const char *where;
  lpo_memory memory;
  domain.at = luaL_checklstring(L, 1, &domain.length);
  lpo_reserve(L, &memory, PO_DOMAIN_FOR(domain.length));
  po_buffer out = {memory.scratch.at, memory.scratch.length, 0};
  po_code code = po_put_domain(domain, PO_DOMAIN_ASCII, &out, &where);
  if (code != PO_OK)
    return lpo_push_failure(L, code, where - domain.at);
  lua_pushlstring(L, out.at, out.length);
  return 1;
}

/* digest(text [, before]) -> 64 bits as 16 hexadecimal digits: of a text, or of
** it after another with the digest `before` (table/digest.h) */
static int l_digest(lua_State *L) {
  char digits[17];
  po_text text;
  text.at = luaL_checklstring(L, 1, &text.length);
  const char *before = luaL_optstring(L, 2, NULL);
  uint64_t digest = before != NULL ? strtoull(before, NULL, 16) : PO_NO_DIGEST;
  snprintf(digits, sizeof digits, "%016" PRIx64, po_digest(digest, text));
  lua_pushstring(L, digits);
  return 1;
}

/* lot(text, name) -> number: the lower, the sooner (table/lot.h) */
static int l_lot(lua_State *L) {
  po_text text, name;
  text.at = luaL_checklstring(L, 1, &text.length);
  name.at = luaL_checklstring(L, 2, &name.length);
  uint64_t lot = po_lot(text, name);
  lua_pushnumber(L, (lua_Number)lot);
  return 1;
}

/* is_plain(text) -> whether it is an address of SMTP in whatever notation it
** is read, and a valid one; false says nothing. */
static int l_is_plain(lua_State *L) {
  po_text text;
  po_address address;
  text.at = luaL_checklstring(L, 1, &text.length);
  lua_pushboolean(L, po_read_plain_text(text, PO_NATIVE, &address) &&
                         address.plain && address.valid);
  return 1;
}

LPO_EXPORT int luaopen_postoffice_core(lua_State *L);

int luaopen_postoffice_core(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"fields", l_fields},
      {"glob_match", l_glob_match},
      {"is_plain", l_is_plain},
      {"new_survey", lpo_new_survey},
      {"fold_domain", l_fold_domain},
      {"define", lpo_define},
      {"digest", l_digest},
      {"lot", l_lot},
      {"read_file", lpo_read_file},
      {"read_part", lpo_read_part},
      {"stat_file", lpo_stat_file},
      {"write_file", lpo_write_file},
      {"create_file", lpo_create_file},
      {"read_stream", lpo_read_stream},
      {"write_stream", lpo_write_stream},
      {"lock_folder", lpo_lock_folder},
      {"unlock_folder", lpo_unlock_folder},
      {"send_datagram", lpo_send_datagram},
      {"new_directory", lpo_new_directory},
      {"is_snapshot", lpo_is_snapshot},
      {"write_snapshot", lpo_write_snapshot},
      {"open_snapshot", lpo_open_snapshot},
      {"encode_printable", lpo_encode_printable},
      {"decode_printable", lpo_decode_printable},
      {"visible", lpo_visible},
      {"single_line", lpo_single_line},
      {"is_hidden", lpo_is_hidden},
      {"row", lpo_row},
      {"json_string", lpo_json_string},
      {"json_line", lpo_json_line},
      {"hmac_sha1", lpo_hmac_sha1},
      {"is_same_secret", lpo_is_same_secret},
      {NULL, NULL},
  };
  lpo_checkversion(L);
  lpo_open_core(L);
  lpo_setfuncs(L, functions);
  lua_pushstring(L, po_unicode_version()); /* or nil */
  lua_setfield(L, -2, "UNICODE");
  push_notation_fields(L);
  lua_setfield(L, -2, "notation_fields");
  lpo_push_printable(L);
  lua_setfield(L, -2, "printable");
  lua_pushinteger(L, PO_MAX_CARRIERS);
  lua_setfield(L, -2, "max_carriers");
  lpo_open_directory(L);
  lpo_open_sets(L);
  lua_setfield(L, -2, "set");
  lpo_open_sandbox(L);
  lua_setfield(L, -2, "script");
  return 1;
}
