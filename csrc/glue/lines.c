/*
** lines: a block of lines in, a row for each out.
**
** What a good line takes is on the C stack and in one userdata that grows, so
** that nothing of it reaches Lua; what a bad one has to say becomes a table.
*/
#include "functions.h"
#include "normalize.h"
#include "validate.h"
#include "visible.h"

#include <stdio.h>
#include <string.h>

/* The stack, and above it what a line takes. */
enum { BLOCK = 1, WHAT, OPTIONS, ROWS, ERRORS };

typedef struct batch {
  po_parse_options options;
  char type[LPO_TYPE_SIZE]; /* a copy: Lua may be called, and change options */
  po_domain_form form;
  po_buffer rows; /* in the userdata at ROWS, never too small */
  int errors;
  lua_Integer lines, addresses;
  lpo_input input;
  lpo_memory domain; /* in the form that is asked for */
  lpo_memory memory; /* to write in */
} batch;

/*
** Adds the row of a line that is not empty, and returns 0; if it is bad, the
** number of values at the top that say why: see lpo_push_failure.
*/
typedef int add_row(lua_State *L, batch *b, po_text line);

/* Makes room for `more` bytes of rows; what is at the top stays there. */
static void reserve(lua_State *L, po_buffer *rows, size_t more) {
  if (rows->size - rows->length >= more)
    return;
  size_t size = 2 * rows->size + more;
  char *at = lua_newuserdata(L, size);
  memcpy(at, rows->at, rows->length);
  lua_replace(L, ROWS);
  rows->at = at;
  rows->size = size;
}

/* The row of a bad line, whose `count` values are at the top. */
static void put_invalid(lua_State *L, po_buffer *rows, int count) {
  char position[32] = "-";
  if (count == 4)
    snprintf(position, sizeof position, "%.0f", lua_tonumber(L, -1));
  po_put(rows, po_constant("\tinvalid\t"));
  po_put(rows, po_constant(lua_tostring(L, 2 - count)));
  po_put_char(rows, '\t');
  po_put(rows, po_constant(position));
  po_put_char(rows, '\n');
}

/* The text, valid or invalid, code, byte. */
static int add_verdict(lua_State *L, batch *b, po_text line) {
  enum { VERDICT = 128 }; /* more than what stands after the text */
  int count = lpo_push_faults(L, line, &b->options, &b->input);
  reserve(L, &b->rows, 4 * line.length + VERDICT);
  po_put_field(&b->rows, line);
  if (count == 0)
    po_put(&b->rows, po_constant("\tvalid\t-\t-\n"));
  else
    put_invalid(L, &b->rows, count);
  return count;
}

/* Writes the address that was read after the rows; leaves its length. */
static po_code write(lua_State *L, batch *b, po_notation notation,
                     lpo_writer *writer, size_t *length) {
  const po_address *address = &b->input.address;
  po_buffer out = {NULL, 256, 0};
  for (;;) {
    reserve(L, &b->rows, out.size + 1);
    lpo_reserve(L, &b->memory, PO_SCRATCH_FOR(out.size + address->type.length));
    out.at = b->rows.at + b->rows.length;
    out.length = 0;
    po_code code = writer(address, notation, &out, &b->memory.scratch);
    *length = out.length;
    if (code != PO_OK || out.length <= out.size)
      return code;
    out.size = out.length;
  }
}

/* Makes a row of the `length` bytes after the rows. */
static void end_row(lua_State *L, po_buffer *rows, size_t length) {
  po_buffer counted = {NULL, 0, 0};
  po_text text = {rows->at + rows->length, length};
  po_put_single_line(&counted, text);
  if (counted.length == length) {
    rows->length += length;
  } else {
    lua_pushlstring(L, text.at, length);
    text.at = lua_tostring(L, -1);
    reserve(L, rows, counted.length + 1);
    po_put_single_line(rows, text);
  }
  po_put_char(rows, '\n');
}

static int add_normalized(lua_State *L, batch *b, po_text line) {
  size_t length;
  po_code code = lpo_read_whole(L, line, &b->options, &b->input);
  if (code == PO_OK)
    code = lpo_convert(L, line, b->form, &b->input, &b->domain);
  if (code != PO_OK)
    return lpo_push_unread(L, code, &b->input);
  code = write(L, b, b->input.address.notation, po_normalize, &length);
  if (code != PO_OK)
    return lpo_push_failure(L, code, -1);
  end_row(L, &b->rows, length);
  return 0;
}

static int add_key(lua_State *L, batch *b, po_text line) {
  size_t length;
  po_code code = lpo_read_whole(L, line, &b->options, &b->input);
  if (code == PO_OK) {
    b->input.place = -1;
    code = write(L, b, PO_PROXY, lpo_write_key, &length);
  }
  if (code != PO_OK)
    return lpo_push_unread(L, code, &b->input);
  end_row(L, &b->rows, length);
  return 0;
}

static void set_number(lua_State *L, const char *name, lua_Integer number) {
  lua_pushinteger(L, number);
  lua_setfield(L, -2, name);
}

static void set_value(lua_State *L, const char *name, int index) {
  lua_pushvalue(L, index);
  lua_setfield(L, -2, name);
}

/* Adds an error with the values from the index `why` on, the first of which is
** nil or false. */
static void add_error(lua_State *L, batch *b, po_text line, int why) {
  int top = lua_gettop(L);
  lua_createtable(L, 0, 6);
  set_number(L, "line", b->lines);
  lpo_set_text(L, "text", line);
  set_value(L, "message", why + 1);
  set_value(L, "code", why + 2);
  if (top == why + 3)
    set_value(L, "position", top);
  set_number(L, "written", (lua_Integer)b->rows.length);
  lua_rawseti(L, ERRORS, ++b->errors);
}

/* A line without its end: LF, or CR and LF. */
static void add_line(lua_State *L, batch *b, add_row *add, po_text line) {
  b->lines++;
  if (line.length > 0 && po_end(line)[-1] == '\r')
    line.length--;
  if (line.length == 0)
    return;
  b->addresses++;
  int count = add(L, b, line);
  if (count > 0)
    add_error(L, b, line, lua_gettop(L) - count + 1);
  lua_settop(L, ERRORS);
}

/* Rows are most often a little longer than their lines. */
static void start(lua_State *L, batch *b, size_t block) {
  b->errors = 0;
  b->lines = b->addresses = 0;
  b->rows.length = 0;
  b->rows.size = block + block / 2 + 256;
  b->rows.at = lua_newuserdata(L, b->rows.size);
  lua_newtable(L);
}

/* Only normalize knows the form of domains. */
static void set_options(lua_State *L, batch *b, add_row *add) {
  const char *other = add == add_normalized ? LPO_OPTION_IDN : "";
  b->options = lpo_check_options_but(L, OPTIONS, other);
  b->form = lpo_check_form(L, OPTIONS);
  po_text type = b->options.type;
  if (type.at == NULL)
    return;
  memcpy(b->type, type.at, type.length);
  b->options.type.at = b->type;
}

static const char *find_end(const char *at, const char *end) {
  return memchr(at, '\n', (size_t)(end - at));
}

/* lines(block, what [, options]) -> rows, errors, rest, lines, addresses */
int lpo_lines(lua_State *L) {
  static const char *const names[] = {"validate", "normalize", "key", NULL};
  static add_row *const adders[] = {add_verdict, add_normalized, add_key};
  batch b;
  po_text block = lpo_check_text(L, BLOCK);
  add_row *add = adders[luaL_checkoption(L, WHAT, NULL, names)];
  lua_settop(L, OPTIONS);
  set_options(L, &b, add);
  start(L, &b, block.length);
  const char *at = block.at, *end = block.at + block.length, *newline;
  for (newline = find_end(at, end); newline != NULL;
       newline = find_end(at, end)) {
    add_line(L, &b, add, po_slice(at, newline));
    at = newline + 1;
  }
  lua_pushlstring(L, b.rows.at, b.rows.length);
  lua_replace(L, ROWS);
  lua_pushlstring(L, at, (size_t)(end - at));
  lua_pushinteger(L, b.lines);
  lua_pushinteger(L, b.addresses);
  return 5;
}
