/* Lists of addresses: parse_list. */
#include "functions.h"

#include "input.h"
#include "types.h"

/* The stack while a list is read: the arguments, what is made of them, and the
** members of the group that is open, or nil. */
enum { TEXT = 1, OPTIONS, LIST, ERRORS, MEMBERS };

/* Appends the value at the top to the array at `index`. */
static void append(lua_State *L, int index) {
  lua_rawseti(L, index, (int)lpo_rawlen(L, index) + 1);
}

static void set_text(lua_State *L, const char *key, po_text text) {
  if (text.at == NULL)
    return;
  lua_pushlstring(L, text.at, text.length);
  lua_setfield(L, -2, key);
}

/* { code =, message =, position =, text = } */
static void append_error(lua_State *L, const po_entry *entry) {
  lua_createtable(L, 0, 4);
  lua_pushstring(L, po_code_slug(entry->code));
  lua_setfield(L, -2, "code");
  lua_pushstring(L, po_code_message(entry->code));
  lua_setfield(L, -2, "message");
  lua_pushinteger(L, (lua_Integer)entry->position + 1);
  lua_setfield(L, -2, "position");
  set_text(L, "text", entry->text);
  append(L, ERRORS);
}

/* { group =, members = {}, comment = }, whose members come next */
static void begin_group(lua_State *L, const po_address *name) {
  lua_createtable(L, 0, 2);
  set_text(L, "group", name->display_name);
  set_text(L, "display_raw", name->display_raw);
  set_text(L, "comment", name->comment);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "members");
  lua_replace(L, MEMBERS);
  append(L, LIST);
}

static void end_group(lua_State *L) {
  lua_pushnil(L);
  lua_replace(L, MEMBERS);
}

/* A type that Lua defined, or `unknown`; any other is an error. */
static void append_mailbox(lua_State *L, po_text text, bool unknown,
                           lpo_input *input, po_entry *entry) {
  po_code code = PO_OK;
  bool defined = lpo_is_defined(L, &input->address);
  input->place = (long)entry->position;
  if (input->address.dialect == &po_opaque && !defined && !unknown)
    code = PO_TYPE_UNKNOWN;
  if (code == PO_OK)
    code = lpo_push_read(L, text, input);
  if (code == PO_OK) {
    append(L, lua_isnil(L, MEMBERS) ? LIST : MEMBERS);
    return;
  }
  entry->code = code;
  entry->position = (size_t)input->place;
  append_error(L, entry);
}

static void read_items(lua_State *L, po_text text,
                       const po_parse_options *options) {
  po_list list;
  po_entry entry;
  lpo_input input;
  po_parse_options any = *options;
  any.unknown = true;
  lpo_reserve(L, &input.memory,
              PO_SCRATCH_FOR(text.length + options->type.length));
  po_list_begin(&list, text, &any);
  for (;;) {
    po_item item =
        po_list_next(&list, &input.memory.scratch, &input.address, &entry);
    if (item == PO_ITEM_END)
      return;
    if (item == PO_ITEM_MAILBOX)
      append_mailbox(L, text, options->unknown, &input, &entry);
    else if (item == PO_ITEM_ERROR)
      append_error(L, &entry);
    else if (item == PO_ITEM_GROUP)
      begin_group(L, &input.address);
    else
      end_group(L);
  }
}

/* parse_list(text [, options]) -> list, errors */
int lpo_parse_list(lua_State *L) {
  po_text text;
  lua_settop(L, OPTIONS);
  po_parse_options options = lpo_check_options(L, OPTIONS);
  luaL_checktype(L, TEXT, LUA_TSTRING);
  text.at = lua_tolstring(L, TEXT, &text.length);
  lua_newtable(L);
  lua_newtable(L);
  lua_pushnil(L);
  read_items(L, text, &options);
  lua_settop(L, ERRORS);
  return 2;
}
