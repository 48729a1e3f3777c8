/* Judging addresses: validate and diagnose. */
#include "functions.h"

#include "address.h"
#include "types.h"

static int push_invalid(lua_State *L, po_code code, long position) {
  int count = lpo_push_failure(L, code, position);
  lua_pushboolean(L, 0);
  lua_replace(L, -count - 1);
  return count;
}

static int push_verdict(lua_State *L, po_code code, long position) {
  if (code != PO_OK)
    return push_invalid(L, code, position);
  lua_pushboolean(L, 1);
  return 1;
}

/* The check of the address's type; `index` is its table, if Lua defined it. */
static po_code check_address(lua_State *L, int index, const po_address *address,
                             const char **where) {
  *where = NULL;
  if (!lpo_is_defined(L, address))
    return po_check(address, where);
  return lpo_check_defined(L, index, address) ? PO_OK : PO_TYPE_CHECK;
}

static int validate_text(lua_State *L) {
  lpo_memory memory;
  po_address address;
  size_t position;
  const char *where;
  po_parse_options options = lpo_check_options(L, 2);
  po_code code = lpo_parse(L, 1, &options, &memory, &address, &position);
  if (code == PO_OK && lpo_is_defined(L, &address))
    code = lpo_push_parsed(L, 1, &address, &position);
  if (code != PO_OK)
    return push_invalid(L, code, (long)position);
  code = check_address(L, lua_gettop(L), &address, &where);
  return push_verdict(L, code, lpo_place(L, 1, &address, where));
}

static int validate_table(lua_State *L) {
  lpo_memory memory;
  po_address address;
  size_t position;
  const char *where;
  po_code code = lpo_check_address(L, 1, &memory, &address, &position);
  if (code == PO_OK)
    code = lpo_push_plain(L, &address);
  if (code == PO_OK)
    code = check_address(L, 1, &address, &where);
  return push_verdict(L, code, -1);
}

/* validate(text or address [, options]) -> true, or false and why */
int lpo_validate(lua_State *L) {
  return lua_type(L, 1) == LUA_TTABLE ? validate_table(L) : validate_text(L);
}

/* How good an address is: the grades of isEmail for SMTP (RFC 5321, comments,
** RFC 5322), their like for the others. */
static const char *grade_of(const po_address *address,
                            const po_findings *found) {
  bool smtp = address->dialect == po_dialects[0];
  for (int i = 0; i < found->count; i++)
    if (!po_code_is_note(found->list[i].code))
      return smtp ? "5322" : "limits";
  if (address->comment.at != NULL)
    return "cfws";
  if (found->count > 0)
    return smtp ? "5321" : "unusual";
  return "ok";
}

/* Pushes { code =, severity =, message =, position = }. */
static void push_finding(lua_State *L, po_code code, long position) {
  lua_createtable(L, 0, 4);
  lua_pushstring(L, po_code_slug(code));
  lua_setfield(L, -2, "code");
  lua_pushstring(L, po_code_is_note(code) ? "note" : "error");
  lua_setfield(L, -2, "severity");
  lua_pushstring(L, po_code_message(code));
  lua_setfield(L, -2, "message");
  if (position < 0)
    return;
  lua_pushinteger(L, (lua_Integer)position + 1);
  lua_setfield(L, -2, "position");
}

/* What cannot be read has the one finding that says why. */
static int push_unreadable(lua_State *L, po_code code, long position) {
  lua_pushliteral(L, "error");
  lua_createtable(L, 1, 0);
  push_finding(L, code, position);
  lua_rawseti(L, -2, 1);
  return 2;
}

/* diagnose(text or address [, options]) -> grade, findings */
int lpo_diagnose(lua_State *L) {
  lpo_memory memory;
  po_address address;
  po_findings found;
  size_t position;
  bool text = lua_type(L, 1) == LUA_TSTRING;
  po_parse_options options = lpo_check_options(L, 2);
  po_code code =
      text ? lpo_parse_whole(L, 1, &options, &memory, &address, &position)
           : lpo_check_address(L, 1, &memory, &address, &position);
  if (code == PO_OK && !text)
    code = lpo_push_plain(L, &address);
  if (code != PO_OK)
    return push_unreadable(L, code, text ? (long)position : -1);
  po_diagnose(&address, &found);
  lua_pushstring(L, grade_of(&address, &found));
  lua_createtable(L, found.count, 0);
  for (int i = 0; i < found.count; i++) {
    const po_finding *finding = &found.list[i];
    push_finding(L, finding->code, lpo_place(L, 1, &address, finding->where));
    lua_rawseti(L, -2, i + 1);
  }
  return 2;
}
