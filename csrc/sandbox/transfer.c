/* Values between two Lua states, as bytes. */
#include "transfer.h"

#include <string.h>

#include "position.h"

/* The kind of value that follows; the first byte of each. */
enum {
  TAG_NIL = 'n',
  TAG_FALSE = 'f',
  TAG_TRUE = 't',
  TAG_INTEGER = 'i',
  TAG_NUMBER = 'd',
  TAG_STRING = 's',  /* length, bytes */
  TAG_TABLE = 'T',   /* sizes, then keys and values */
  TAG_ADDRESS = 'A', /* the same */
  TAG_FUNCTION = 'F' /* number, line, file as a string */
};

/* Rough costs on the other side, so that a small script stays small there. */
enum { WEIGHT_VALUE = 16, WEIGHT_STRING = 40, WEIGHT_TABLE = 64 };

typedef struct table_sizes {
  int sequence, other;
} table_sizes;

const char *sbx_crossing_message(sbx_crossing crossing) {
  static const char *const messages[] = {
      "",
      "a table is nested too deeply; 16 levels can be passed",
      "a table contains itself",
      "nil, booleans, numbers, strings and tables of them can be passed",
      "the keys of a table that is passed are strings, numbers or booleans",
      "the values to be passed are larger than a script's memory",
      "at most 16 values can be passed at once",
      "not enough memory"};
  return messages[crossing];
}

/* ---- Writing ------------------------------------------------------------- */

/* The tables around the one being written, innermost first. */
typedef struct parents {
  const void *table;
  const struct parents *outer;
  int depth;
} parents;

void sbx_write_behind(sbx_writer *writer, sbx_state *state, lua_State *L,
                      sbx_bytes *bytes) {
  memset(writer, 0, sizeof *writer);
  writer->state = state;
  writer->bytes = bytes;
  writer->L = L;
  writer->depth = SBX_MAX_DEPTH;
  writer->limit = state->limits.memory;
  bytes->weight = 0;
}

void sbx_write_start(sbx_writer *writer, sbx_state *state, lua_State *L) {
  sbx_write_behind(writer, state, L, &state->bytes);
  state->bytes.length = 0;
  state->bytes.serial++;
  state->bytes.addresses = false;
}

/* Room at the end of the bytes, or NULL where there is no memory. */
static char *room(sbx_writer *writer, size_t length) {
  sbx_bytes *bytes = writer->bytes;
  if (!sbx_bytes_reserve(writer->state, bytes, length))
    return NULL;
  char *at = bytes->at + bytes->length;
  bytes->length += length;
  return at;
}

static sbx_crossing put_tagged(sbx_writer *writer, char tag, const void *data,
                               size_t length) {
  char *at = room(writer, 1 + length);
  if (at == NULL)
    return SBX_NO_MEMORY;
  *at = tag;
  if (length > 0)
    memcpy(at + 1, data, length);
  return SBX_CROSSED;
}

static sbx_crossing weigh(sbx_writer *writer, size_t weight) {
  writer->bytes->weight += weight;
  return writer->bytes->weight > writer->limit ? SBX_TOO_LARGE : SBX_CROSSED;
}

static sbx_crossing put_text(sbx_writer *writer, const char *text,
                             size_t length) {
  if (weigh(writer, WEIGHT_STRING + length) != SBX_CROSSED)
    return SBX_TOO_LARGE;
  uint32_t size = (uint32_t)length; /* a script's memory is 1 GiB at most */
  char *at = room(writer, 1 + sizeof size + length);
  if (at == NULL)
    return SBX_NO_MEMORY;
  *at = TAG_STRING;
  memcpy(at + 1, &size, sizeof size);
  memcpy(at + 1 + sizeof size, text, length);
  return SBX_CROSSED;
}

static sbx_crossing put_number(sbx_writer *writer, int index) {
  lua_Number number = lua_tonumber(writer->L, index);
#if LUA_VERSION_NUM >= 503
  if (lua_isinteger(writer->L, index)) {
    lua_Integer integer = lua_tointeger(writer->L, index);
    return put_tagged(writer, TAG_INTEGER, &integer, sizeof integer);
  }
#endif
  return put_tagged(writer, TAG_NUMBER, &number, sizeof number);
}

/* Keeps the function for later calls and writes its number. */
static sbx_crossing put_function(sbx_writer *writer, int index) {
  lua_State *L = writer->L;
  lua_Debug info;
  if (!writer->functions)
    return SBX_BAD_VALUE;
  int number = ++writer->state->function_count;
  lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_FUNCTIONS);
  lua_pushvalue(L, index);
  lua_rawseti(L, -2, number);
  lua_pop(L, 1);
  sbx_find_definition(L, index, &info);
  int place[2] = {number, info.linedefined};
  const char *file = sbx_file(&info);
  sbx_crossing crossing = put_tagged(writer, TAG_FUNCTION, place, sizeof place);
  return crossing == SBX_CROSSED ? put_text(writer, file, strlen(file))
                                 : crossing;
}

static bool is_address(sbx_writer *writer, int index) {
  lua_State *L = writer->L;
  if (writer->address == 0 || !lua_getmetatable(L, index))
    return false;
  bool same = lua_rawequal(L, -1, writer->address) != 0;
  lua_pop(L, 1);
  if (same)
    writer->bytes->addresses = true;
  return same;
}

static bool is_key(int type) {
  return type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TBOOLEAN;
}

static sbx_crossing put_value(sbx_writer *writer, int index,
                              const parents *outer);

/* Writes the pairs of a table and counts them. */
static sbx_crossing put_pairs(sbx_writer *writer, int index,
                              const parents *outer, table_sizes *sizes) {
  lua_State *L = writer->L;
  int top = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    int type = lua_type(L, top + 1);
    sbx_crossing crossing = is_key(type) ? SBX_CROSSED : SBX_BAD_KEY;
    if (crossing == SBX_CROSSED)
      crossing = put_value(writer, top + 1, outer);
    if (crossing == SBX_CROSSED)
      crossing = put_value(writer, top + 2, outer);
    if (crossing != SBX_CROSSED) {
      lua_settop(L, top);
      return crossing;
    }
    *(type == LUA_TNUMBER ? &sizes->sequence : &sizes->other) += 1;
    lua_settop(L, top + 1);
  }
  return SBX_CROSSED;
}

static sbx_crossing put_table(sbx_writer *writer, int index,
                              const parents *outer) {
  table_sizes sizes = {0, 0};
  parents self = {lua_topointer(writer->L, index), outer,
                  outer == NULL ? 1 : outer->depth + 1};
  for (const parents *table = outer; table != NULL; table = table->outer)
    if (table->table == self.table)
      return SBX_CYCLE;
  if (self.depth > writer->depth)
    return SBX_TOO_DEEP;
  char tag = is_address(writer, index) ? TAG_ADDRESS : TAG_TABLE;
  sbx_crossing crossing = weigh(writer, WEIGHT_TABLE);
  if (crossing == SBX_CROSSED)
    crossing = put_tagged(writer, tag, &sizes, sizeof sizes);
  size_t where = writer->bytes->length - sizeof sizes;
  if (crossing == SBX_CROSSED)
    crossing = put_pairs(writer, index, &self, &sizes);
  if (crossing == SBX_CROSSED)
    memcpy(writer->bytes->at + where, &sizes, sizeof sizes);
  return crossing;
}

static sbx_crossing put_value(sbx_writer *writer, int index,
                              const parents *outer) {
  lua_State *L = writer->L;
  size_t length;
  if (weigh(writer, WEIGHT_VALUE) != SBX_CROSSED)
    return SBX_TOO_LARGE;
  switch (lua_type(L, index)) {
  case LUA_TNIL:
    return put_tagged(writer, TAG_NIL, NULL, 0);
  case LUA_TBOOLEAN:
    return put_tagged(writer, lua_toboolean(L, index) ? TAG_TRUE : TAG_FALSE,
                      NULL, 0);
  case LUA_TNUMBER:
    return put_number(writer, index);
  case LUA_TSTRING: {
    const char *text = lua_tolstring(L, index, &length);
    return put_text(writer, text, length);
  }
  case LUA_TTABLE:
    return put_table(writer, index, outer);
  case LUA_TFUNCTION:
    return put_function(writer, index);
  default:
    return SBX_BAD_VALUE;
  }
}

sbx_crossing sbx_write(sbx_writer *writer, int index) {
  return put_value(writer, index, NULL);
}

/* A text, or false where it is absent; as put_value does it. */
static sbx_crossing put_field_text(sbx_writer *writer, po_text text) {
  if (weigh(writer, WEIGHT_VALUE) != SBX_CROSSED)
    return SBX_TOO_LARGE;
  return text.at == NULL ? put_tagged(writer, TAG_FALSE, NULL, 0)
                         : put_text(writer, text.at, text.length);
}

sbx_crossing sbx_write_address(sbx_writer *writer, const sbx_field *fields,
                               int count) {
  table_sizes sizes = {0, count};
  sbx_crossing crossing = weigh(writer, WEIGHT_VALUE + WEIGHT_TABLE);
  if (crossing == SBX_CROSSED)
    crossing = put_tagged(writer, TAG_ADDRESS, &sizes, sizeof sizes);
  for (int i = 0; i < count && crossing == SBX_CROSSED; i++) {
    po_text name = {fields[i].name, strlen(fields[i].name)};
    crossing = put_field_text(writer, name);
    if (crossing == SBX_CROSSED)
      crossing = put_field_text(writer, fields[i].text);
  }
  writer->bytes->addresses = true;
  return crossing;
}

sbx_crossing sbx_write_text(sbx_writer *writer, const char *text) {
  return text == NULL ? put_tagged(writer, TAG_NIL, NULL, 0)
                      : put_text(writer, text, strlen(text));
}

/* ---- Reading ------------------------------------------------------------- */

static void get(sbx_reader *reader, void *data, size_t length) {
  memcpy(data, reader->at, length);
  reader->at += length;
}

static const char *get_text(sbx_reader *reader, size_t *length) {
  uint32_t size;
  get(reader, &size, sizeof size);
  const char *text = reader->at;
  reader->at += size;
  *length = size;
  return text;
}

static void read_number(sbx_reader *reader) {
  lua_Number number;
  get(reader, &number, sizeof number);
  lua_pushnumber(reader->L, number);
}

static void read_integer(sbx_reader *reader) {
  lua_Integer integer;
  get(reader, &integer, sizeof integer);
  lua_pushinteger(reader->L, integer);
}

static void read_string(sbx_reader *reader) {
  size_t length;
  const char *text = get_text(reader, &length);
  lua_pushlstring(reader->L, text, length);
}

static void read_function(sbx_reader *reader) {
  int place[2];
  sbx_function found;
  get(reader, place, sizeof place);
  reader->at++; /* the tag of the file's name */
  found.number = place[0];
  found.line = place[1];
  found.file = get_text(reader, &found.length);
  reader->push_function(reader, &found);
}

static void read_table(sbx_reader *reader, char tag) {
  lua_State *L = reader->L;
  table_sizes sizes;
  get(reader, &sizes, sizeof sizes);
  lua_createtable(L, sizes.sequence, sizes.other);
  for (int left = sizes.sequence + sizes.other; left > 0; left--) {
    sbx_read(reader);
    sbx_read(reader);
    lua_rawset(L, -3);
  }
  if (tag == TAG_ADDRESS && reader->address != 0) {
    lua_pushvalue(L, reader->address);
    lua_setmetatable(L, -2);
  }
}

void sbx_read(sbx_reader *reader) {
  char tag = *reader->at++;
  switch (tag) {
  case TAG_FALSE:
  case TAG_TRUE:
    lua_pushboolean(reader->L, tag == TAG_TRUE);
    break;
  case TAG_INTEGER:
    read_integer(reader);
    break;
  case TAG_NUMBER:
    read_number(reader);
    break;
  case TAG_STRING:
    read_string(reader);
    break;
  case TAG_TABLE:
  case TAG_ADDRESS:
    read_table(reader, tag);
    break;
  case TAG_FUNCTION:
    read_function(reader);
    break;
  default:
    lua_pushnil(reader->L);
  }
}
