/* Declarations on their way out of a script. */
#include "declaration.h"

#include <string.h>

#include "meter.h"

/*
** Each declaration is a head and values: word, file, name, then what it was
** called with.  One whose second half comes when others have been begun in
** between moves to the end; its first head keeps its turn.
*/
typedef struct head {
  size_t size;   /* with this head */
  size_t moved;  /* where it is now; 0 if here */
  size_t weight; /* of its values */
  int line, count;
  bool copied; /* it has its turn elsewhere */
} head;

/* Bytes have no alignment. */
static head get_head(const sbx_bytes *bytes, size_t place) {
  head self;
  memcpy(&self, bytes->at + place, sizeof self);
  return self;
}

static void set_head(sbx_bytes *bytes, size_t place, const head *self) {
  memcpy(bytes->at + place, self, sizeof *self);
}

/* Room at the end of the bytes for more; raises if there is no memory. */
static size_t extend(lua_State *L, size_t more) {
  sbx_state *state = sbx_of(L);
  if (!sbx_bytes_reserve(state, &state->declared, more))
    sbx_abort(L, PO_POLICY_MEMORY);
  size_t place = state->declared.length;
  state->declared.length += more;
  return place;
}

/* ---- Writing ------------------------------------------------------------- */

/* Says of the declaration at a place why a value of it cannot cross. */
static void fail(lua_State *L, size_t place, sbx_crossing crossing) {
  const sbx_bytes *bytes = &sbx_of(L)->declared;
  head self = get_head(bytes, place);
  sbx_reader reader = {L, bytes->at + place + sizeof self, NULL, 0, NULL, 0};
  sbx_read(&reader);
  sbx_read(&reader);
  lua_pushfstring(L, "%s:%d: %s: %s", lua_tostring(L, -1), self.line,
                  lua_tostring(L, -2), sbx_crossing_message(crossing));
  lua_error(L);
}

static void check_crossing(lua_State *L, size_t place, sbx_crossing crossing) {
  if (crossing == SBX_TOO_LARGE || crossing == SBX_NO_MEMORY)
    sbx_abort(L, PO_POLICY_MEMORY);
  if (crossing != SBX_CROSSED)
    fail(L, place, crossing);
}

/* Starts to write at the end of what is declared; pushes what it needs. */
static sbx_writer start_writing(lua_State *L) {
  sbx_state *state = sbx_of(L);
  sbx_writer writer;
  if (!lua_checkstack(L, SBX_WRITE_STACK + 4))
    sbx_abort(L, PO_POLICY_MEMORY);
  sbx_write_behind(&writer, state, L, &state->declared);
  writer.functions = true;
  lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_ADDRESS);
  writer.address = lua_gettop(L);
  return writer;
}

static sbx_crossing write_declarer(sbx_writer *writer,
                                   const sbx_declarer *declarer) {
  sbx_crossing crossing = sbx_write_text(writer, declarer->word);
  if (crossing == SBX_CROSSED)
    crossing = sbx_write_text(writer, declarer->file);
  if (crossing == SBX_CROSSED)
    crossing = sbx_write_text(writer, declarer->name);
  return crossing;
}

/* Writes values for the declaration at a place, and charges for all of it. */
static void write_values(lua_State *L, sbx_writer *writer, size_t place,
                         int first, int count) {
  sbx_state *state = sbx_of(L);
  sbx_bytes *bytes = &state->declared;
  head self = get_head(bytes, place);
  for (int i = first; i < first + count; i++)
    check_crossing(L, place, sbx_write(writer, i));
  self.size = bytes->length - place;
  self.weight = bytes->weight;
  self.count += count;
  set_head(bytes, place, &self);
  if (bytes->length > state->limits.declarations)
    sbx_abort(L, PO_POLICY_DECLARATIONS);
  sbx_charge(L, self.weight / SBX_CROSSING_BYTES);
}

size_t sbx_declare(lua_State *L, const sbx_declarer *declarer, int first,
                   int count) {
  head self = {sizeof self, 0, 0, declarer->line, 0, false};
  size_t place = extend(L, sizeof self);
  set_head(&sbx_of(L)->declared, place, &self);
  sbx_writer writer = start_writing(L);
  check_crossing(L, place, write_declarer(&writer, declarer));
  write_values(L, &writer, place, first, count);
  return place;
}

/* Copies the declaration at a place to the end, where it can grow. */
static size_t move_to_end(lua_State *L, size_t place) {
  sbx_bytes *bytes = &sbx_of(L)->declared;
  head self = get_head(bytes, place);
  size_t moved = extend(L, self.size);
  memcpy(bytes->at + moved, bytes->at + place, self.size);
  self.moved = moved;
  set_head(bytes, place, &self);
  self.moved = 0;
  self.copied = true;
  set_head(bytes, moved, &self);
  return moved;
}

void sbx_declare_more(lua_State *L, size_t place, int count) {
  sbx_bytes *bytes = &sbx_of(L)->declared;
  head self = get_head(bytes, place);
  if (place + self.size != bytes->length)
    place = move_to_end(L, place);
  sbx_writer writer = start_writing(L);
  bytes->weight = self.weight;
  write_values(L, &writer, place, 1, count);
}

/* ---- Reading ------------------------------------------------------------- */

/* The head at a place, or where it moved to. */
static head find_head(const sbx_bytes *bytes, size_t *place) {
  head self = get_head(bytes, *place);
  if (self.moved == 0)
    return self;
  *place = self.moved;
  return get_head(bytes, *place);
}

int sbx_declared_values(const sbx_state *state, size_t place) {
  return find_head(&state->declared, &place).count;
}

bool sbx_next_declaration(const sbx_bytes *bytes, size_t *at,
                          sbx_declaration *out) {
  while (*at < bytes->length) {
    size_t place = *at;
    head turn = get_head(bytes, place);
    *at += turn.size;
    if (turn.copied)
      continue;
    head self = find_head(bytes, &place);
    *out = (sbx_declaration){self.line, self.count, self.weight,
                             bytes->at + place + sizeof self};
    return true;
  }
  return false;
}
