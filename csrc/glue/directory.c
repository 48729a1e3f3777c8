#include "directory.h"

#include "core.h"
#include "dialect/dialect.h"
#include "input.h"
#include "types.h"

#include <string.h>

#define DIRECTORY_NAME "postoffice.directory"

lpo_directory *lpo_check_directory(lua_State *L, int index) {
  return (lpo_directory *)luaL_checkudata(L, index, DIRECTORY_NAME);
}

static const po_directory *check_directory(lua_State *L) {
  return &lpo_check_directory(L, 1)->table;
}

/* One that is still built. */
static po_directory *check_unfinished(lua_State *L) {
  po_directory *d = &lpo_check_directory(L, 1)->table;
  if (d->finished)
    luaL_argerror(L, 1, "the directory is finished");
  return d;
}

/* The same, which has an entry. */
static po_directory *check_begun(lua_State *L) {
  po_directory *d = check_unfinished(L);
  if (d->entries == 0)
    luaL_argerror(L, 1, "there is no entry");
  return d;
}

/* A whole number of 0 to `most`. */
static uint32_t check_number(lua_State *L, int index, uint32_t most) {
  lua_Number number = luaL_checknumber(L, index);
  luaL_argcheck(L, number >= 0 && number <= (lua_Number)most, index,
                "out of range");
  luaL_argcheck(L, (lua_Number)(uint32_t)number == number, index,
                "no whole number");
  return (uint32_t)number;
}

lpo_directory *lpo_push_directory(lua_State *L, size_t most) {
  lpo_directory *d = (lpo_directory *)lua_newuserdata(L, sizeof *d);
  po_allocator allocator;
  allocator.resize = lua_getallocf(L, &allocator.state);
  memset(d, 0, sizeof *d);
  po_directory_begin(&d->table, allocator, most);
  luaL_getmetatable(L, DIRECTORY_NAME);
  lua_setmetatable(L, -2);
  return d;
}

int lpo_new_directory(lua_State *L) {
  (void)lpo_push_directory(L, check_number(L, 1, UINT32_MAX));
  return 1;
}

static int l_gc(lua_State *L) {
  lpo_directory *d = lpo_check_directory(L, 1);
  if (d->image.at == NULL)
    po_directory_free(&d->table);
  lpo_free_image(&d->image);
  memset(&d->table, 0, sizeof d->table);
  d->table.finished = true; /* it has no allocator any more */
  return 0;
}

/* ---- Building ---- */

/* nil, message, code; raises where the host's memory has run out. */
static int push_no_room(lua_State *L, const po_directory *d) {
  if (!d->full)
    luaL_error(L, "not enough memory");
  return lpo_push_failure(L, PO_POLICY_DECLARATIONS, -1);
}

static int push_done(lua_State *L, const po_directory *d, bool done) {
  if (!done)
    return push_no_room(L, d);
  lua_pushboolean(L, 1);
  return 1;
}

static po_text text_or_none(lua_State *L, int index) {
  po_text none = {NULL, 0};
  return lua_isnoneornil(L, index) ? none : lpo_check_text(L, index);
}

static int push_record(lua_State *L, po_record record) {
  if (record == 0)
    lua_pushnil(L);
  else
    lua_pushinteger(L, (lua_Integer)record);
  return 1;
}

static const char *const kinds[] = {"recipient", "list", "person", "group",
                                    NULL};

static const unsigned kind_flags[] = {0, PO_ENTRY_LIST, PO_ENTRY_PERSON,
                                      PO_ENTRY_LIST | PO_ENTRY_PERSON};

/* add(name, kind, file, line) -> entry | nil, message, code
** `kind` is "recipient" or "list"; "person" or "group" if it is in a file. */
static int l_add(lua_State *L) {
  po_directory *d = check_unfinished(L);
  po_entry_facts facts = {
      lpo_check_text(L, 2), kind_flags[luaL_checkoption(L, 3, NULL, kinds)],
      check_number(L, 4, UINT16_MAX), check_number(L, 5, UINT32_MAX)};
  po_record entry = po_directory_add(d, &facts);
  return entry == 0 ? push_no_room(L, d) : push_record(L, entry);
}

static po_parse_options any_type(lua_State *L) {
  po_parse_options options = lpo_get_context(L)->defaults;
  options.unknown = true;
  return options;
}

/* Pushes the key of an address as it was written on top of what that takes: of
** one that can be written again, or it could be another's. */
static po_code push_key_of(lua_State *L, po_text text, lpo_input *input) {
  size_t length;
  po_parse_options options = any_type(L);
  po_code code = lpo_read_whole(L, text, &options, input);
  if (code != PO_OK)
    return code;
  input->place = -1;
  code = lpo_check_plain(L, &input->address, &length);
  return code == PO_OK
             ? lpo_push_written(L, &input->address, PO_PROXY, lpo_write_key)
             : code;
}

/* The bytes of the key of an address that are that of its mailbox alone, whose
** name is unique in a cc:Mail directory (Q197255, Q184052); 0 in other types.
*/
static size_t bare_length(lua_State *L, const po_address *address) {
  po_address mailbox = *address;
  po_code code = PO_OK;
  size_t length = 0;
  int top = lua_gettop(L);
  if (address->dialect != &po_ccmail ||
      address->field[PO_POSTOFFICE].at == NULL)
    return 0;
  mailbox.field[PO_POSTOFFICE].at = NULL;
  mailbox.field[PO_POSTOFFICE].length = 0;
  code = lpo_push_written(L, &mailbox, PO_PROXY, lpo_write_key);
  if (code == PO_OK)
    length = lpo_rawlen(L, -1);
  lua_settop(L, top);
  return length;
}

/* add_proxy(text) -> the entry that has it | nil, message, code, position */
static int l_add_proxy(lua_State *L) {
  lpo_input input;
  po_directory *d = check_begun(L);
  po_text text = lpo_check_text(L, 2);
  po_code code = push_key_of(L, text, &input);
  if (code != PO_OK)
    return lpo_push_unread(L, code, &input);
  po_record owner = po_directory_add_proxy(d, text, lpo_check_text(L, -1),
                                           bare_length(L, &input.address),
                                           input.address.secondary);
  return owner == 0 ? push_no_room(L, d) : push_record(L, owner);
}

/* set_target(text) -> true | nil, message, code
** What cannot be read as an address has to be the name of an entry. */
static int l_set_target(lua_State *L) {
  lpo_input input;
  po_directory *d = check_begun(L);
  po_text text = lpo_check_text(L, 2);
  bool done =
      push_key_of(L, text, &input) == PO_OK
          ? po_directory_set_keyed_target(d, text, lpo_check_text(L, -1))
          : po_directory_set_target(d, text);
  return push_done(L, d, done);
}

/* restrict() -> true | nil, message, code: not everybody may write to the last
** entry */
static int l_restrict(lua_State *L) {
  po_directory *d = check_begun(L);
  return push_done(L, d, po_directory_restrict(d));
}

/* set_refusal([text]) -> true | nil, message, code */
static int l_set_refusal(lua_State *L) {
  po_directory *d = check_begun(L);
  return push_done(L, d, po_directory_set_refusal(d, text_or_none(L, 2)));
}

/* The length of the array of texts at 2. */
static uint32_t check_texts(lua_State *L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  return (uint32_t)lpo_rawlen(L, 2);
}

/* Sets the members of the last entry, `done` if there is room for them so far,
** to the texts of the array at 2. */
static int set_each(lua_State *L, po_directory *d, uint32_t count, bool done) {
  for (uint32_t i = 0; done && i < count; i++) {
    lua_rawgeti(L, 2, (int)i + 1);
    done = po_directory_set_member(d, i, lpo_check_text(L, -1));
    lua_pop(L, 1);
  }
  return push_done(L, d, done);
}

/* set_members(texts [, owner]) -> true | nil, message, code */
static int l_set_members(lua_State *L) {
  po_directory *d = check_begun(L);
  uint32_t count = check_texts(L);
  return set_each(L, d, count,
                  po_directory_set_members(d, count, text_or_none(L, 3)));
}

/* set_targets(texts [, kept]) -> true | nil, message, code
** `kept`: and it is a mailbox here, too */
static int l_set_targets(lua_State *L) {
  po_directory *d = check_begun(L);
  uint32_t count = check_texts(L);
  return set_each(L, d, count,
                  po_directory_set_targets(d, count, lua_toboolean(L, 3) != 0));
}

/* The entry at `index`; raises where there is none. */
static po_record check_entry_at(lua_State *L, int index, const po_directory *d,
                                po_entry_view *out) {
  po_record entry = check_number(L, index, UINT32_MAX);
  luaL_argcheck(L, po_directory_entry(d, entry, out), index, "no entry");
  return entry;
}

/* The same, 0 for nil: before the first. */
static po_record opt_entry_at(lua_State *L, int index, const po_directory *d) {
  po_entry_view entry;
  return lua_isnoneornil(L, index) ? 0 : check_entry_at(L, index, d, &entry);
}

static const char *const role_names[] = {
    [PO_ROLE_TARGET] = "target",
    [PO_ROLE_OWNER] = "owner",
    [PO_ROLE_MEMBER] = "member",
};

/* Whether a reference leads somewhere: to one entry, or to an address. */
static bool leads_somewhere(lua_State *L, const po_directory *d,
                            const po_reference *reference) {
  po_entry_view entry;
  lpo_input input;
  int top = lua_gettop(L);
  if (reference->named != 0)
    return po_directory_entry(d, reference->named, &entry) &&
           (entry.flags & PO_ENTRY_AMBIGUOUS) == 0;
  po_code code = push_key_of(L, reference->text, &input);
  lua_settop(L, top);
  return code == PO_OK;
}

/*
** resolve(entry, step, count) -> true when all references are
**   | false, entry, step          when `count` more are
**   | entry, step, role, text     of one that leads nowhere
** The entry and the step are where to go on; nil and nil at first.
*/
static int l_resolve(lua_State *L) {
  po_reference reference;
  po_directory *d = check_unfinished(L);
  po_cursor cursor = {opt_entry_at(L, 2, d), 0};
  uint32_t count = check_number(L, 4, UINT32_MAX);
  if (!lua_isnoneornil(L, 3))
    cursor.step = check_number(L, 3, UINT32_MAX);
  for (; count > 0; count--) {
    if (!po_directory_resolve(d, &cursor, &reference)) {
      lua_pushboolean(L, 1);
      return 1;
    }
    if (leads_somewhere(L, d, &reference))
      continue;
    push_record(L, reference.entry);
    lua_pushinteger(L, (lua_Integer)cursor.step);
    lua_pushstring(L, role_names[reference.role]);
    lua_pushlstring(L, reference.text.at, reference.text.length);
    return 4;
  }
  lua_pushboolean(L, 0);
  push_record(L, cursor.entry);
  lua_pushinteger(L, (lua_Integer)cursor.step);
  return 3;
}

/* finish(): nothing is added any more, and names are forgotten */
static int l_finish(lua_State *L) {
  po_directory_finish(check_unfinished(L));
  return 0;
}

/* ---- Entries ---- */

/* The entry at 2; raises where there is none. */
static const po_directory *check_entry(lua_State *L, po_entry_view *out) {
  const po_directory *d = check_directory(L);
  (void)check_entry_at(L, 2, d, out);
  return d;
}

/* find(key) -> entry | nil */
static int l_find(lua_State *L) {
  const po_directory *d = check_directory(L);
  return push_record(L, po_directory_find(d, lpo_check_text(L, 2)));
}

/* find_target(key) -> the only entry that has it as its target | nil */
static int l_find_target(lua_State *L) {
  const po_directory *d = check_directory(L);
  return push_record(L, po_directory_find_target(d, lpo_check_text(L, 2)));
}

/* find_bare(key) -> the only entry with a mailbox of that name | nil */
static int l_find_bare(lua_State *L) {
  const po_directory *d = check_directory(L);
  return push_record(L, po_directory_find_bare(d, lpo_check_text(L, 2)));
}

/* named(name) -> entry, whether another has that name too | nil */
static int l_named(lua_State *L) {
  po_entry_view view;
  const po_directory *d = check_directory(L);
  po_record entry = po_directory_named(d, lpo_check_text(L, 2));
  if (!po_directory_entry(d, entry, &view))
    return 0;
  push_record(L, entry);
  lua_pushboolean(L, (view.flags & PO_ENTRY_AMBIGUOUS) != 0);
  return 2;
}

/* has(number) -> whether it is an entry */
static int l_has(lua_State *L) {
  po_entry_view entry;
  const po_directory *d = check_directory(L);
  lua_Number number = luaL_checknumber(L, 2);
  bool whole = number >= 0 && number <= UINT32_MAX &&
               (lua_Number)(po_record)number == number;
  lua_pushboolean(L, whole && po_directory_entry(d, (po_record)number, &entry));
  return 1;
}

/* next(entry or nil) -> the entry after it, or the first | nil */
static int l_next(lua_State *L) {
  const po_directory *d = check_directory(L);
  return push_record(L, po_directory_next(d, opt_entry_at(L, 2, d)));
}

/* next_declared(entry or nil): the same without persons */
static int l_next_declared(lua_State *L) {
  po_entry_view entry;
  const po_directory *d = check_directory(L);
  po_record at = opt_entry_at(L, 2, d);
  do
    at = po_directory_next(d, at);
  while (po_directory_entry(d, at, &entry) &&
         (entry.flags & PO_ENTRY_PERSON) != 0);
  return push_record(L, at);
}

/* count() -> how many entries there are */
static int l_count(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_directory(L)->entries);
  return 1;
}

/* bytes() -> what records and slots take */
static int l_bytes(lua_State *L) {
  const po_directory *d = check_directory(L);
  lua_pushnumber(L, (lua_Number)d->records.capacity +
                        (lua_Number)d->keys.count * sizeof *d->keys.at +
                        (lua_Number)d->others.count * sizeof *d->others.at +
                        (lua_Number)d->names.count * sizeof *d->names.at);
  return 1;
}

/* name(entry) -> text */
static int l_name(lua_State *L) {
  po_entry_view entry;
  (void)check_entry(L, &entry);
  lua_pushlstring(L, entry.name.at, entry.name.length);
  return 1;
}

/* place(entry) -> the number of its file, line, whether it is a list */
static int l_place(lua_State *L) {
  po_entry_view entry;
  (void)check_entry(L, &entry);
  lua_pushinteger(L, (lua_Integer)entry.file);
  lua_pushinteger(L, (lua_Integer)entry.line);
  lua_pushboolean(L, (entry.flags & PO_ENTRY_LIST) != 0);
  return 3;
}

/* Whether the mail of an entry may become more than one delivery. */
static bool is_several(const po_directory *d, const po_entry_view *entry) {
  if ((entry->flags & PO_ENTRY_REFUSED) != 0)
    return false;
  return (entry->flags & PO_ENTRY_LIST) != 0 ||
         ((entry->flags & PO_ENTRY_TARGET) != 0 &&
          po_directory_member_count(d, entry) > 0);
}

static const char *kind_of(const po_directory *d, const po_entry_view *entry) {
  if ((entry->flags & PO_ENTRY_REFUSED) != 0)
    return "refused";
  if ((entry->flags & PO_ENTRY_LIST) != 0)
    return "list";
  if ((entry->flags & PO_ENTRY_TARGET) == 0)
    return "mailbox";
  return po_directory_member_count(d, entry) > 0 ? "targets" : "target";
}

/* next_several(entry or nil): as `next`, the lists and those with several
** targets, be they persons */
static int l_next_several(lua_State *L) {
  po_entry_view entry;
  const po_directory *d = check_directory(L);
  po_record at = opt_entry_at(L, 2, d);
  do
    at = po_directory_next(d, at);
  while (po_directory_entry(d, at, &entry) && !is_several(d, &entry));
  return push_record(L, at);
}

/* kind(entry) -> "refused", "list", "target", "targets" or "mailbox" */
static int l_kind(lua_State *L) {
  po_entry_view entry;
  const po_directory *d = check_entry(L, &entry);
  lua_pushstring(L, kind_of(d, &entry));
  return 1;
}

/* is_kept(entry) -> whether one that goes on is a mailbox here, too */
static int l_is_kept(lua_State *L) {
  po_entry_view entry;
  (void)check_entry(L, &entry);
  lua_pushboolean(L, (entry.flags & PO_ENTRY_KEPT) != 0);
  return 1;
}

/* ---- Addresses ---- */

/* Pushes an address as it was written, and its key. */
static po_code push_written(lua_State *L, po_text text, lpo_input *input) {
  int base = lua_gettop(L);
  po_parse_options options = any_type(L);
  po_code code = lpo_read_text(L, text, &options, input);
  if (code == PO_OK)
    code = lpo_push_read(L, text, input);
  int address = lua_gettop(L);
  if (code == PO_OK && lpo_is_defined(L, &input->address))
    code = lpo_read_defined(L, address, &input->address);
  if (code == PO_OK)
    code = lpo_push_written(L, &input->address, PO_PROXY, lpo_write_key);
  if (code != PO_OK)
    return code;
  lua_pushvalue(L, address);
  lua_insert(L, base + 1);
  lua_insert(L, base + 2);
  lua_settop(L, base + 2);
  return PO_OK;
}

static int push_address(lua_State *L, po_text text) {
  lpo_input input;
  po_code code = push_written(L, text, &input);
  return code == PO_OK ? 2 : lpo_push_unread(L, code, &input);
}

/* Pushes an entry; or nil and what push_address pushes. */
static int push_way(lua_State *L, const po_way *way) {
  if (way->entry != 0)
    return push_record(L, way->entry);
  int count = push_address(L, way->text);
  lua_pushnil(L);
  lua_insert(L, -(count + 1));
  return count + 1;
}

/* primary(entry) -> address, key | nil, message, code; nothing without one */
static int l_primary(lua_State *L) {
  po_text text;
  po_entry_view entry;
  const po_directory *d = check_entry(L, &entry);
  return po_directory_primary(d, &entry, &text) ? push_address(L, text) : 0;
}

/* target(entry) -> entry | nil, address, key | nil, nil, message, code;
** nothing without one */
static int l_target(lua_State *L) {
  po_way way;
  po_entry_view entry;
  const po_directory *d = check_entry(L, &entry);
  return po_directory_target(d, &entry, &way) ? push_way(L, &way) : 0;
}

/* owner(entry): likewise, who a list's members have as their sender */
static int l_owner(lua_State *L) {
  po_way way;
  po_entry_view entry;
  const po_directory *d = check_entry(L, &entry);
  return po_directory_owner(d, &entry, &way) ? push_way(L, &way) : 0;
}

/* member(entry, index): likewise, of a list's members or of several targets */
static int l_member(lua_State *L) {
  po_way way;
  po_entry_view entry;
  const po_directory *d = check_entry(L, &entry);
  uint32_t index = check_number(L, 3, UINT32_MAX) - 1; /* of 0 none */
  return po_directory_member(d, &entry, index, &way) ? push_way(L, &way) : 0;
}

/* member_count(entry) -> how many members it has, or several targets */
static int l_member_count(lua_State *L) {
  po_entry_view entry;
  const po_directory *d = check_entry(L, &entry);
  lua_pushinteger(L, (lua_Integer)po_directory_member_count(d, &entry));
  return 1;
}

/* refusal(entry) -> the reason | nil */
static int l_refusal(lua_State *L) {
  po_entry_view entry;
  const po_directory *d = check_entry(L, &entry);
  po_text reason = po_directory_refusal(d, &entry);
  if (reason.at == NULL)
    lua_pushnil(L);
  else
    lua_pushlstring(L, reason.at, reason.length);
  return 1;
}

/* proxies(entry) -> array of addresses as they were written */
static int l_proxies(lua_State *L) {
  po_text text;
  bool secondary;
  po_entry_view entry;
  const po_directory *d = check_entry(L, &entry);
  po_record at = entry.proxies;
  lua_newtable(L);
  for (int i = 1; po_directory_proxy(d, &at, &text, &secondary); i++) {
    lua_pushlstring(L, text.at, text.length);
    lua_rawseti(L, -2, i);
  }
  return 1;
}

static const luaL_Reg methods[] = {
    {"add", l_add},
    {"add_proxy", l_add_proxy},
    {"set_target", l_set_target},
    {"set_refusal", l_set_refusal},
    {"set_members", l_set_members},
    {"set_targets", l_set_targets},
    {"restrict", l_restrict},
    {"resolve", l_resolve},
    {"finish", l_finish},
    {"find", l_find},
    {"find_target", l_find_target},
    {"find_bare", l_find_bare},
    {"named", l_named},
    {"has", l_has},
    {"next", l_next},
    {"next_declared", l_next_declared},
    {"next_several", l_next_several},
    {"count", l_count},
    {"bytes", l_bytes},
    {"name", l_name},
    {"place", l_place},
    {"kind", l_kind},
    {"is_kept", l_is_kept},
    {"primary", l_primary},
    {"target", l_target},
    {"owner", l_owner},
    {"member", l_member},
    {"member_count", l_member_count},
    {"refusal", l_refusal},
    {"proxies", l_proxies},
    {NULL, NULL},
};

void lpo_open_directory(lua_State *L) {
  luaL_newmetatable(L, DIRECTORY_NAME);
  lua_pushcfunction(L, l_gc);
  lua_setfield(L, -2, "__gc");
  lua_newtable(L);
  lpo_set_closures(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}
