/* Lists of addresses: parse_list, format_list, and list_places. */
#include "functions.h"

#include "input.h"
#include "notation/scanner.h"
#include "text.h"
#include "types.h"

#include <string.h>

/* ---- Reading ---- */

/* The stack while a list is read: the arguments, what is made of them, and the
** members of the group that is open, or nil. */
enum { TEXT = 1, OPTIONS, LIST, ERRORS, MEMBERS };

typedef struct reading {
  po_text text;
  lpo_input input;
  po_entry entry;
  int count[MEMBERS + 1]; /* of the values in each table: Lua would look */
} reading;

/* Appends the value at the top to the table at `index`. */
static void append(lua_State *L, reading *r, int index) {
  lua_rawseti(L, index, ++r->count[index]);
}

/* { code =, message =, position =, text = } */
static void append_error(lua_State *L, reading *r) {
  lua_createtable(L, 0, 4);
  lua_pushstring(L, po_code_slug(r->entry.code));
  lua_setfield(L, -2, "code");
  lpo_push_sentence(L, r->entry.code, r->input.address.type);
  lua_setfield(L, -2, "message");
  lua_pushinteger(L, (lua_Integer)r->entry.position + 1);
  lua_setfield(L, -2, "position");
  lpo_set_text(L, "text", r->entry.text);
  append(L, r, ERRORS);
}

/* { group =, members = {}, comment = }, whose members come next */
static void begin_group(lua_State *L, reading *r) {
  const po_address *name = &r->input.address;
  bool unnamed = name->display_name.at == NULL;
  lua_createtable(L, 0, 2);
  lpo_set_text(L, "group", unnamed ? po_constant("") : name->display_name);
  lpo_set_text(L, "display_raw", name->display_raw);
  lpo_set_text(L, "comment", name->comment);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "members");
  lua_replace(L, MEMBERS);
  r->count[MEMBERS] = 0;
  append(L, r, LIST);
}

static void end_group(lua_State *L) {
  lua_pushnil(L);
  lua_replace(L, MEMBERS);
}

/* PO_OK for a type that Lua defined, or that may be `unknown`; else what is
** wrong with it. */
static po_code check_type(lua_State *L, bool unknown,
                          const po_address *address) {
  if (address->dialect != &po_opaque || unknown || lpo_is_defined(L, address))
    return PO_OK;
  return po_is_scheme(address->type) ? PO_ADDRESS_URI : PO_TYPE_UNKNOWN;
}

/* A mailbox, or an error if its type is none. */
static void append_mailbox(lua_State *L, reading *r, bool unknown) {
  lpo_input *input = &r->input;
  const po_address *address = &input->address;
  po_code code = check_type(L, unknown, address);
  if (code == PO_OK)
    code = lpo_push_read(L, r->text, input);
  else /* at the word before the colon */
    input->place =
        address->origin - r->text.at - 1 - (long)address->type.length;
  if (code == PO_OK) {
    append(L, r, lua_isnil(L, MEMBERS) ? LIST : MEMBERS);
    return;
  }
  r->entry.code = code;
  r->entry.position = (size_t)input->place;
  append_error(L, r);
}

/* Makes room, and the tables. */
static void begin_reading(lua_State *L, reading *r, int items, size_t type) {
  memset(r->count, 0, sizeof r->count);
  lua_createtable(L, items, 0);
  lua_newtable(L);
  lua_pushnil(L);
  lpo_reserve(L, &r->input.memory, PO_SCRATCH_FOR(r->text.length + type));
}

static po_item read_item(po_list *list, reading *r) {
  return po_list_next(list, &r->input.memory.scratch, &r->input.address,
                      &r->entry);
}

static void read_items(lua_State *L, reading *r,
                       const po_parse_options *options) {
  po_list list;
  po_item item;
  po_parse_options any = *options;
  any.unknown = true;
  po_list_begin(&list, r->text, &any);
  while ((item = read_item(&list, r)) != PO_ITEM_END)
    if (item == PO_ITEM_MAILBOX)
      append_mailbox(L, r, options->unknown);
    else if (item == PO_ITEM_ERROR)
      append_error(L, r);
    else if (item == PO_ITEM_GROUP)
      begin_group(L, r);
    else
      end_group(L);
}

/* About how many items a text has, so that their table need not grow. */
static int guess_items(po_text text) {
  enum { MOST = 64 };
  int count = 1;
  const char *at = text.at, *end = po_end(text);
  while (count < MOST && (at = memchr(at, ',', (size_t)(end - at))) != NULL) {
    count++;
    at++;
  }
  return count;
}

/* parse_list(text [, options]) -> list, errors */
int lpo_parse_list(lua_State *L) {
  reading r;
  lua_settop(L, OPTIONS);
  po_parse_options options = lpo_check_options(L, OPTIONS);
  r.text = lpo_check_text(L, TEXT);
  begin_reading(L, &r, guess_items(r.text), options.type.length);
  read_items(L, &r, &options);
  lua_settop(L, ERRORS);
  return 2;
}

/* ---- Places ---- */

/*
** What stands in the list for the address alone, without names and comments: an
** address with a type or a source route before it is in angle brackets, and has
** them, too.
*/
static po_text written_of(const po_address *address, const po_entry *entry) {
  po_scanner s = {entry->text.at,
                  address->native.at,
                  {po_profile_switches(PO_PROFILE_OBSOLETE), NULL},
                  NULL};
  if (address->dialect == po_dialects[0] && address->route.length == 0)
    return address->native;
  po_scan_to_bracket(&s);
  s.at++;
  po_skip_cfws(&s, NULL);
  return po_slice(s.at, po_end(address->native));
}

static void set_place(lua_State *L, const char *key, const char *at,
                      po_text text) {
  lua_pushinteger(L, (lua_Integer)(at - text.at));
  lua_setfield(L, -2, key);
}

/* Appends the mailbox with the places of the first and last byte that stand for
** its address, and of the last of all that belongs to it. */
static void append_place(lua_State *L, reading *r) {
  const po_address *read = &r->input.address;
  po_text written = written_of(read, &r->entry);
  lpo_push_address(L, read);
  lua_createtable(L, 0, 4);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "address");
  set_place(L, "stop", po_end(r->entry.text), r->text);
  set_place(L, "first", written.at + 1, r->text);
  set_place(L, "last", po_end(written), r->text);
  append(L, r, LIST);
  lua_pop(L, 1);
}

/* list_places(text) -> { { address =, first =, last =, stop = }, ... }, errors;
** by the profile obsolete: what lenient reads may not stand in the text. */
int lpo_list_places(lua_State *L) {
  po_list list;
  po_item item;
  reading r;
  lua_settop(L, OPTIONS);
  po_parse_options options = lpo_check_options(L, OPTIONS);
  options.allowed = po_profile_switches(PO_PROFILE_OBSOLETE);
  r.text = lpo_check_text(L, TEXT);
  begin_reading(L, &r, 0, 0);
  po_list_begin(&list, r.text, &options);
  while ((item = read_item(&list, &r)) != PO_ITEM_END)
    if (item == PO_ITEM_MAILBOX)
      append_place(L, &r);
    else if (item == PO_ITEM_ERROR)
      append_error(L, &r);
  lua_settop(L, ERRORS);
  return 2;
}

/* ---- Writing ---- */

/* A list while it is written, into the userdata at BUFFER; what an item takes
** stands above it. */
enum { BUFFER = LIST };

typedef struct writing {
  po_list_writer writer;
  po_buffer out;
  lpo_memory memory;
  lua_Integer items; /* how many have been begun */
} writing;

/* A whole number of octets, or false for none. */
static size_t check_octets(lua_State *L, int value, const char *name,
                           int least) {
  if (lua_isboolean(L, value) && !lua_toboolean(L, value) && least > 0)
    return SIZE_MAX;
  lua_Number octets = lua_tonumber(L, value); /* 0 of what is none */
  if (!lua_isnumber(L, value) || !(octets >= least && octets <= 1e9))
    luaL_error(L, "the option '%s' is a number of octets, %d or more", name,
               least);
  return (size_t)octets;
}

static void check_list_option(lua_State *L, po_list_writer *writer) {
  enum { LEAST_WIDTH = 32 };
  const char *name = lpo_option_name(L);
  int value = lua_gettop(L);
  if (strcmp(name, "width") == 0)
    writer->width = check_octets(L, value, name, LEAST_WIDTH);
  else if (strcmp(name, "column") == 0)
    writer->column = check_octets(L, value, name, 0);
  else if (strcmp(name, "utf8") == 0)
    writer->utf8 = lua_toboolean(L, value) != 0;
  else
    luaL_error(L, "unknown option '%s'; known: column, utf8, width", name);
}

static po_list_writer check_list_options(lua_State *L, int index) {
  po_list_writer writer = {.width = 78};
  if (lua_isnoneornil(L, index))
    return writer;
  luaL_checktype(L, index, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
    check_list_option(L, &writer);
  return writer;
}

/* Makes the buffer larger than what is needed. */
static void enlarge(lua_State *L, po_buffer *out, size_t needed) {
  char *at = lua_newuserdata(L, 2 * needed);
  memcpy(at, out->at, out->length);
  lua_replace(L, BUFFER);
  out->at = at;
  out->size = 2 * needed;
}

typedef po_code put_item(po_list_writer *writer, const po_address *address,
                         po_scratch *scratch);

/* Puts an item, again with more room if there was too little. */
static po_code put_with_room(lua_State *L, writing *w, put_item *put,
                             const po_address *address) {
  for (;;) {
    po_list_writer before = w->writer;
    size_t length = w->out.length;
    lpo_reserve(L, &w->memory, PO_SCRATCH_FOR(w->out.size - length));
    po_code code = put(&w->writer, address, &w->memory.scratch);
    size_t needed = w->out.length;
    if (code == PO_OK && needed <= w->out.size)
      return PO_OK;
    w->writer = before;
    w->out.length = length;
    if (code != PO_SCRATCH_FULL && code != PO_OK)
      return code;
    enlarge(L, &w->out, needed > w->out.size ? needed : 2 * w->out.size);
  }
}

static po_code put_mailbox(lua_State *L, int index, writing *w,
                           lpo_input *input) {
  w->items++;
  po_code code = lpo_read_bound(L, index, input);
  return code == PO_OK ? put_with_room(L, w, po_list_put, &input->address)
                       : code;
}

/* The text under `key` of the table at `index`, which the table anchors. */
static po_code get_text(lua_State *L, int index, const char *key,
                        po_text *text) {
  lua_pushstring(L, key);
  lua_rawget(L, index);
  int type = lua_type(L, -1);
  *text = (po_text){NULL, 0};
  if (type == LUA_TSTRING)
    text->at = lua_tolstring(L, -1, &text->length);
  lua_pop(L, 1);
  return type == LUA_TSTRING || type == LUA_TNIL ? PO_OK : PO_FIELD_TYPE;
}

/* { group =, comment =, members = {} } */
static po_code put_group(lua_State *L, int index, writing *w,
                         lpo_input *input) {
  po_address name = {.display_name = {NULL, 0}};
  w->items++;
  po_code code = get_text(L, index, "group", &name.display_name);
  if (code == PO_OK)
    code = get_text(L, index, "comment", &name.comment);
  if (code == PO_OK)
    code = put_with_room(L, w, po_list_put_group, &name);
  lua_pushliteral(L, "members");
  lua_rawget(L, index);
  int members = lua_gettop(L), base = members;
  if (code == PO_OK && lua_type(L, members) != LUA_TTABLE)
    code = PO_FIELD_TYPE;
  for (int i = 1; code == PO_OK; i++, lua_settop(L, base)) {
    lua_rawgeti(L, members, i);
    if (lua_isnil(L, -1))
      break;
    code = put_mailbox(L, lua_gettop(L), w, input);
  }
  if (w->out.length == w->out.size)
    enlarge(L, &w->out, w->out.size);
  po_list_end_group(&w->writer);
  return code;
}

static bool is_group(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TTABLE)
    return false;
  lua_pushliteral(L, "group");
  lua_rawget(L, index);
  bool group = !lua_isnil(L, -1);
  lua_pop(L, 1);
  return group;
}

static po_code put_items(lua_State *L, writing *w, lpo_input *input) {
  po_code code = PO_OK;
  int base = lua_gettop(L);
  for (int i = 1; code == PO_OK; i++, lua_settop(L, base)) {
    lua_rawgeti(L, TEXT, i);
    int item = lua_gettop(L);
    if (lua_isnil(L, item))
      break;
    code = is_group(L, item) ? put_group(L, item, w, input)
                             : put_mailbox(L, item, w, input);
  }
  return code;
}

/* format_list(list [, options]) -> text */
int lpo_format_list(lua_State *L) {
  enum { SIZE = 1024 };
  writing w = {.items = 0};
  lpo_input input;
  lua_settop(L, OPTIONS);
  luaL_checktype(L, TEXT, LUA_TTABLE);
  w.writer = check_list_options(L, OPTIONS);
  w.writer.out = &w.out;
  w.out = (po_buffer){lua_newuserdata(L, SIZE), SIZE, 0};
  po_code code = put_items(L, &w, &input);
  if (code != PO_OK)
    return lpo_push_failure(L, code, (long)w.items - 1);
  lua_pushlstring(L, w.out.at, w.out.length);
  return 1;
}
