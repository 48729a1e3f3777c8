/* What is wrong with an address: validate and diagnose. */
#include "validate.h"

#include "dialect/dialect.h"
#include "functions.h"
#include "types.h"

/* The `count` values of a failure at the top, with false in place of nil. */
static int push_invalid(lua_State *L, int count) {
  lua_pushboolean(L, 0);
  lua_replace(L, -count - 1);
  return count;
}

/* Pushes true, or false and why. */
static int push_verdict(lua_State *L, po_code code, long place) {
  if (code != PO_OK)
    return push_invalid(L, lpo_push_failure(L, code, place));
  lua_pushboolean(L, 1);
  return 1;
}

/*
** The check of the address's type; `index` is its table, if Lua defined it.
** Leaves the byte that offends, NULL if none is known.
*/
static po_code check_address(lua_State *L, int index, const po_address *address,
                             const char **where) {
  *where = NULL;
  if (!lpo_is_defined(L, address))
    return po_check(address, where);
  return lpo_check_defined(L, index, address) ? PO_OK : PO_TYPE_CHECK;
}

int lpo_push_faults(lua_State *L, po_text text, const po_parse_options *options,
                    lpo_input *input) {
  const char *where;
  po_code code = lpo_read_text(L, text, options, input);
  if (code == PO_OK && lpo_is_defined(L, &input->address))
    code = lpo_push_read(L, text, input);
  if (code != PO_OK)
    return push_invalid(L, lpo_push_unread(L, code, input));
  code = check_address(L, lua_gettop(L), &input->address, &where);
  if (code == PO_OK)
    return 0;
  long place = (long)po_position(text, &input->address, where);
  return push_invalid(L, lpo_push_failure(L, code, place));
}

static int validate_text(lua_State *L, const po_parse_options *options) {
  lpo_input input;
  int count = lpo_push_faults(L, lpo_check_text(L, 1), options, &input);
  if (count > 0)
    return count;
  lua_pushboolean(L, 1);
  return 1;
}

static int validate_table(lua_State *L, const po_parse_options *options) {
  lpo_input input;
  const char *where;
  size_t length;
  po_code code = lpo_read(L, 1, options, &input);
  if (code != PO_OK)
    return push_invalid(L, lpo_push_unread(L, code, &input));
  code = lpo_check_plain(L, &input.address, &length);
  if (code == PO_OK)
    code = check_address(L, 1, &input.address, &where);
  return push_verdict(L, code, -1);
}

/* validate(text or address [, options]) -> true, or false and why */
int lpo_validate(lua_State *L) {
  lpo_input input;
  if (lpo_read_at_once(L, &input) && input.address.valid) {
    lua_pushboolean(L, 1);
    return 1;
  }
  po_parse_options options = lpo_check_options(L, 2);
  return lua_type(L, 1) == LUA_TTABLE ? validate_table(L, &options)
                                      : validate_text(L, &options);
}

/* The worst of the findings' grades: isEmail's, for SMTP. */
static po_grade grade_smtp(const po_findings *found) {
  po_grade worst = PO_GRADE_OK;
  for (int i = 0; i < found->count; i++)
    if (po_code_grade(found->list[i].code) > worst)
      worst = po_code_grade(found->list[i].code);
  return worst;
}

/* How good an address is. */
static const char *grade_of(const po_address *address,
                            const po_findings *found) {
  static const char *const grades[] = {
      [PO_GRADE_OK] = "ok",     [PO_GRADE_5321] = "5321",
      [PO_GRADE_CFWS] = "cfws", [PO_GRADE_DEPRECATED] = "deprecated",
      [PO_GRADE_5322] = "5322", [PO_GRADE_ERROR] = "error"};
  if (address->dialect == po_dialects[0])
    return grades[grade_smtp(found)];
  for (int i = 0; i < found->count; i++)
    if (!po_code_is_note(found->list[i].code))
      return "limits";
  if (address->comment.at != NULL)
    return "cfws";
  return found->count > 0 ? "unusual" : "ok";
}

/* Pushes { code =, severity =, message =, source =, position = }. */
static void push_finding(lua_State *L, po_code code, bool note, long place) {
  lua_createtable(L, 0, 5);
  lua_pushstring(L, po_code_slug(code));
  lua_setfield(L, -2, "code");
  lua_pushstring(L, note ? "note" : "error");
  lua_setfield(L, -2, "severity");
  lua_pushstring(L, po_code_message(code));
  lua_setfield(L, -2, "message");
  if (po_code_source(code) != NULL) {
    lua_pushstring(L, po_code_source(code));
    lua_setfield(L, -2, "source");
  }
  if (place < 0)
    return;
  lua_pushinteger(L, (lua_Integer)place + 1);
  lua_setfield(L, -2, "position");
}

/* What cannot be read has the one finding that says why. */
static int push_unreadable(lua_State *L, po_code code, long place) {
  lua_pushliteral(L, "error");
  lua_createtable(L, 1, 0);
  push_finding(L, code, false, place);
  lua_rawseti(L, -2, 1);
  return 2;
}

/* diagnose(text or address [, options]) -> grade, findings */
int lpo_diagnose(lua_State *L) {
  lpo_input input;
  po_findings found;
  size_t length;
  po_parse_options options = lpo_check_options(L, 2);
  found.count = 0;
  options.notes = &found;
  options.graded = true;
  po_code code = lpo_read(L, 1, &options, &input);
  if (code == PO_OK && lua_type(L, 1) == LUA_TTABLE)
    code = lpo_check_plain(L, &input.address, &length);
  if (code != PO_OK)
    return push_unreadable(L, code, input.place);
  po_diagnose(&input.address, &found);
  if (input.table != 0 && !lpo_check_defined(L, input.table, &input.address))
    po_report(&found, PO_TYPE_CHECK, NULL); /* whose place Lua does not say */
  lua_pushstring(L, grade_of(&input.address, &found));
  lua_createtable(L, found.count, 0);
  for (int i = 0; i < found.count; i++) {
    const po_finding *finding = &found.list[i];
    push_finding(L, finding->code, po_code_is_note(finding->code),
                 lpo_place(L, 1, &input.address, finding->where));
    lua_rawseti(L, -2, i + 1);
  }
  return 2;
}
