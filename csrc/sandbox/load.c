/* A script's load. */
#include "load.h"

#include <string.h>

#include "language.h"
#include "library.h"
#include "meter.h"
#include "transfer.h"

static void begin_load(lua_State *L, sbx_state *state, void *data) {
  (void)data;
  state->function_count = 0;
  sbx_forget_globals(L);
  lua_newtable(L);
  lua_rawseti(L, LUA_REGISTRYINDEX, SBX_FUNCTIONS);
  sbx_reader reader = sbx_start_reading(L, state);
  sbx_read(&reader);
  for (int i = 1, count = (int)lpo_rawlen(L, -1); i <= count; i++) {
    lua_rawgeti(L, -1, i);
    sbx_set_declarator(L);
  }
  sbx_read(&reader);
  lua_rawseti(L, LUA_REGISTRYINDEX, SBX_LACKS);
}

sbx_outcome sbx_load_begin(sbx_state *state, sbx_call *call) {
  call->left = state->limits.load;
  state->source_bytes = 0;
  state->phase = SBX_LOADING;
  int status = sbx_protect(state, begin_load, NULL);
  return status == 0 ? SBX_DONE : sbx_fail_job(state, status);
}

/* A text without a byte order mark and without a first line for Unix. */
static po_text plain_source(po_text source) {
  if (source.length >= 3 && memcmp(source.at, "\xEF\xBB\xBF", 3) == 0)
    source = (po_text){source.at + 3, source.length - 3};
  if (source.length > 0 && source.at[0] == '#') {
    const char *line_end = memchr(source.at, '\n', source.length);
    size_t skipped =
        line_end == NULL ? source.length : (size_t)(line_end - source.at);
    source = (po_text){source.at + skipped, source.length - skipped};
  }
  return source;
}

/*
** The parser is quadratic for some sources and no hook watches it, so it gets
** its source in pieces and the clock is read between them: 256 bytes never
** took more than 6 ms, 4 KiB took up to 72.  Raising in a reader is safe on
** every Lua: lua_load is protected.
*/
enum { PIECE = 256 };

typedef struct source_reader {
  po_text left;
  bool begun;
} source_reader;

static const char *read_source(lua_State *L, void *data, size_t *size) {
  source_reader *reader = data;
  const char *piece = reader->left.at;
  if (!reader->begun) {
    reader->begun = true;
    *size = 1;
    return " ";
  }
  sbx_charge(L, PIECE / SBX_LOOP_BYTES);
  sbx_check_clock(L);
  *size = reader->left.length < PIECE ? reader->left.length : PIECE;
  reader->left = (po_text){piece + *size, reader->left.length - *size};
  return *size == 0 ? NULL : piece;
}

/* Pushes the function or the message; the name is on top. */
static int load_text(lua_State *L, source_reader *reader) {
#if LUA_VERSION_NUM < 502
  return lua_load(L, read_source, reader, lua_tostring(L, -1));
#else
  return lua_load(L, read_source, reader, lua_tostring(L, -1), "t");
#endif
}

/*
** The source is read behind a space: whatever follows, no Lua then takes it
** for a binary chunk.  The name stays on the stack meanwhile, since 5.1 does
** not anchor it.
*/
static void compile(lua_State *L, sbx_entry *in) {
  po_text source = plain_source(in->source);
  source_reader reader = {source, false};
  if (source.length > 0 && source.at[0] == '\x1B')
    luaL_error(L, "%s: this is a binary chunk; give the script's text",
               in->name + (*in->name == '@' || *in->name == '='));
  lua_pushstring(L, in->name);
  int status = load_text(L, &reader);
  if (status == LUA_ERRMEM) {
    lua_pop(L, 1);
    lua_gc(L, LUA_GCCOLLECT, 0);
    reader = (source_reader){source, false};
    status = load_text(L, &reader);
  }
  if (status == LUA_ERRMEM)
    sbx_abort(L, PO_POLICY_MEMORY);
  if (status != 0)
    lua_error(L);
}

static void enter_chunk(lua_State *L, sbx_state *state, void *data) {
  sbx_entry *in = data;
  sbx_need_thread(L, state, in->call);
  compile(L, in);
  lua_xmove(L, in->call->thread, 1);
}

sbx_outcome sbx_load_chunk(sbx_state *state, sbx_call *call, po_text source,
                           const char *name) {
  sbx_entry in = {.call = call, .source = source, .name = name};
  call->thread = NULL;
  call->reason = SBX_NOTHING;
  call->function = 0;
  if (source.length > SBX_MAX_SOURCE - state->source_bytes)
    return sbx_fail(state, PO_POLICY_INVALID, "",
                    "the script and what it includes are longer than 16 MiB");
  state->source_bytes += source.length;
  sbx_timer_start(&call->timer, call->left.cpu, call->left.wall);
  return sbx_enter(state, enter_chunk, &in);
}

void sbx_load_end(sbx_state *state, const sbx_call *call) {
  state->phase = SBX_LOADED;
  sbx_timer_start(&state->compiling, call->left.cpu, call->left.wall);
}

sbx_bytes sbx_load_take(sbx_state *state) {
  sbx_bytes declared = state->declared;
  memset(&state->declared, 0, sizeof state->declared);
  return declared;
}

void sbx_load_watch(sbx_state *state, int times) {
  sbx_budget load = state->limits.load;
  sbx_timer_start(&state->compiling, times * load.cpu, times * load.wall);
}

void sbx_load_extend(sbx_state *state, int64_t time) {
  state->compiling.cpu += time * SBX_CPU_FACTOR;
  state->compiling.wall += time * SBX_WALL_FACTOR;
}

bool sbx_load_late(sbx_state *state) {
  return sbx_timer_late(&state->compiling);
}

void sbx_load_abandon(sbx_state *state) {
  sbx_bytes_free(state->allocate, state->allocate_data, &state->declared);
  state->phase = SBX_FRESH;
}
