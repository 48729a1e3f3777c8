/* Calls into a script, and its load. */
#include "call.h"

#include <stdio.h>
#include <string.h>

#include "language.h"
#include "library.h"
#include "transfer.h"

/* ---- Failures ------------------------------------------------------------ */

static pos_outcome fail(pos_state *state, po_code code, const char *position,
                        const char *message) {
  state->failed = code;
  snprintf(state->message, sizeof state->message, "%s%s", position, message);
  return POS_FAILED;
}

/* The failure of a meter, in the words of its limit. */
static pos_outcome fail_killed(pos_state *state, po_code code,
                               const char *position) {
  const pos_limits *limits = &state->limits;
  bool loading = state->phase == POS_LOADING;
  char text[128];
  long long instructions =
      loading ? limits->load_instructions : limits->instructions;
  long long time = loading ? limits->load_time : limits->time;
  if (code == PO_POLICY_BUDGET)
    snprintf(text, sizeof text, "the script used up its %lld instructions",
             instructions);
  else if (code == PO_POLICY_DEADLINE)
    snprintf(text, sizeof text, "the script ran longer than its %lld ms",
             time / 1000000);
  else
    snprintf(text, sizeof text, "the script needs more than its %zu KiB",
             limits->memory / 1024);
  return fail(state, code, position, text);
}

static po_code code_of_error(const pos_state *state) {
  return state->phase == POS_LOADING ? PO_POLICY_INVALID : PO_POLICY_ERROR;
}

/* A job of ours failed: for memory, for time, or with a message. */
static pos_outcome fail_job(pos_state *state, int status) {
  if (state->meter.killed != PO_OK)
    return fail_killed(state, state->meter.killed, "");
  if (status == LUA_ERRMEM)
    return fail_killed(state, PO_POLICY_MEMORY, "");
  state->failed = code_of_error(state);
  return POS_FAILED;
}

/* ---- Positions ----------------------------------------------------------- */

typedef struct place {
  int function;
  char text[LUA_IDSIZE + 32];
} place;

static void find_definition(lua_State *L, pos_state *state, void *data) {
  place *out = data;
  lua_Debug info;
  (void)state;
  lua_rawgeti(L, LUA_REGISTRYINDEX, POS_FUNCTIONS);
  lua_rawgeti(L, -1, out->function);
  lua_getinfo(L, ">S", &info);
  snprintf(out->text, sizeof out->text, "%s:%d: ", info.short_src,
           info.linedefined);
}

/*
** Where the call's script is, where it was killed, or else where the function
** was defined: LuaJIT has no frames of what failed, nor has what returned.
*/
static place find_place(pos_state *state, const pos_call *call) {
  place out = {call->function, ""};
  pos_position(call->thread.L, out.text, sizeof out.text);
  if (out.text[0] == '\0')
    snprintf(out.text, sizeof out.text, "%s", state->position);
  if (out.text[0] == '\0' && out.function != 0)
    pos_guard(state, find_definition, &out);
  return out;
}

/* Whether a message begins with "file:line: ". */
static bool has_position(const char *message) {
  const char *line = strchr(message, ':');
  if (line == NULL)
    return false;
  size_t digits = strspn(line + 1, "0123456789");
  return digits > 0 && line[1 + digits] == ':';
}

/* A script failed; what it raised is on top of its thread. */
static pos_outcome fail_script(pos_state *state, const pos_call *call,
                               int status) {
  lua_State *L = call->thread.L;
  po_code killed = state->meter.killed;
  char message[64];
  pos_meter_stop(state);
  place at = find_place(state, call);
  if (killed != PO_OK)
    return fail_killed(state, killed, at.text);
  if (status == LUA_ERRMEM)
    return fail_killed(state, PO_POLICY_MEMORY, at.text);
  if (state->wish != POS_NOTHING) /* it died on its way out */
    return fail(state, PO_ASK_IN_CALLBACK, at.text,
                po_code_message(PO_ASK_IN_CALLBACK));
  if (lua_type(L, -1) == LUA_TSTRING) {
    const char *text = lua_tostring(L, -1);
    return fail(state, code_of_error(state), has_position(text) ? "" : at.text,
                text);
  }
  snprintf(message, sizeof message, "the script raised a %s",
           luaL_typename(L, -1));
  return fail(state, code_of_error(state), at.text, message);
}

/* ---- Threads ------------------------------------------------------------- */

static void forget_thread(lua_State *L, pos_state *state, void *data) {
  pos_thread *thread = data;
  (void)state;
  lua_rawgeti(L, LUA_REGISTRYINDEX, POS_THREADS);
  luaL_unref(L, -1, thread->reference);
}

void pos_call_drop(pos_state *state, pos_call *call) {
  if (call->thread.L != NULL && state->L != NULL)
    pos_guard(state, forget_thread, &call->thread);
  call->thread.L = NULL;
}

/* A thread that has ended well serves again. */
static void keep_thread(pos_state *state, pos_call *call) {
  if (state->idle_count == POS_MAX_IDLE) {
    pos_call_drop(state, call);
    return;
  }
  lua_settop(call->thread.L, 0);
  state->idle[state->idle_count++] = call->thread;
  call->thread.L = NULL;
}

/* In a job: gives the call a thread. */
static void need_thread(lua_State *L, pos_state *state, pos_call *call) {
  if (call->thread.L != NULL)
    return;
  if (state->idle_count > 0) {
    call->thread = state->idle[--state->idle_count];
    return;
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, POS_THREADS);
  lua_State *thread = lua_newthread(L);
  call->thread.reference = luaL_ref(L, -2);
  call->thread.L = thread;
  lua_pop(L, 1);
}

/* ---- Into the script ----------------------------------------------------- */

/* What is to be pushed on a call's thread. */
typedef struct entry {
  pos_call *call;
  int function; /* its number, or 0 */
  int count;    /* of values in the state's bytes */
  po_text source;
  const char *name;
} entry;

/* Pushes what `pos_read` needs for the state's bytes. */
static pos_reader start_reading(lua_State *L, const pos_state *state) {
  pos_reader reader = {L, state->bytes.at, NULL, 0, NULL, 0};
  luaL_checkstack(L, POS_READ_STACK + POS_MAX_VALUES, NULL);
  if (state->bytes.addresses) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, POS_ADDRESS);
    reader.address = lua_gettop(L);
  }
  return reader;
}

/*
** Nothing may be raised in the thread itself (5.1 would end the process), so
** values are made on the main thread and moved; a thread always has room for
** POS_MAX_VALUES and a function.
*/
static void enter_values(lua_State *L, pos_state *state, void *data) {
  entry *in = data;
  need_thread(L, state, in->call);
  pos_reader reader = start_reading(L, state);
  lua_rawgeti(L, LUA_REGISTRYINDEX, POS_FUNCTIONS);
  int base = lua_gettop(L);
  if (in->function != 0)
    lua_rawgeti(L, base, in->function);
  for (int i = 0; i < in->count; i++)
    pos_read(&reader);
  lua_xmove(L, in->call->thread.L, lua_gettop(L) - base);
}

/* ---- Out of the script --------------------------------------------------- */

/* Values of a thread that are to be written to the state's bytes. */
typedef struct leaving {
  lua_State *from;
  int first, count;
  pos_crossing crossing;
} leaving;

static void write_values(lua_State *L, pos_state *state, void *data) {
  leaving *out = data;
  pos_writer writer;
  luaL_checkstack(L, POS_WRITE_STACK + 2, NULL);
  pos_write_start(&writer, state, L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, POS_ADDRESS);
  writer.address = lua_gettop(L);
  out->crossing = POS_CROSSED;
  for (int i = 0; i < out->count && out->crossing == POS_CROSSED; i++) {
    lua_pushvalue(out->from, out->first + i);
    lua_xmove(out->from, L, 1);
    out->crossing = pos_write(&writer, lua_gettop(L));
    lua_pop(L, 1);
  }
}

static bool has_tables(const leaving *out) {
  for (int i = 0; i < out->count; i++)
    if (lua_type(out->from, out->first + i) == LUA_TTABLE)
      return true;
  return false;
}

/* Writing anything but a table allocates nothing in the script's state. */
static void write_scalars(pos_state *state, leaving *out) {
  pos_writer writer;
  pos_write_start(&writer, state, out->from);
  out->crossing = POS_CROSSED;
  for (int i = 0; i < out->count && out->crossing == POS_CROSSED; i++)
    out->crossing = pos_write(&writer, out->first + i);
}

static pos_outcome fail_crossing(pos_state *state, const pos_call *call,
                                 pos_crossing crossing) {
  place at = find_place(state, call);
  if (crossing == POS_TOO_LARGE || crossing == POS_NO_MEMORY)
    return fail_killed(state, PO_POLICY_MEMORY, at.text);
  return fail(state, code_of_error(state), at.text,
              pos_crossing_message(crossing));
}

/* Writes the `count` values on top of the call's thread to the bytes. */
static pos_outcome leave(pos_state *state, pos_call *call, int count) {
  lua_State *from = call->thread.L;
  leaving out = {from, lua_gettop(from) - count + 1, count, POS_CROSSED};
  if (count > POS_MAX_VALUES)
    return fail_crossing(state, call, POS_TOO_MANY);
  if (!has_tables(&out)) {
    write_scalars(state, &out);
  } else {
    int status = pos_guard(state, write_values, &out);
    if (status != 0)
      return fail_job(state, status);
  }
  call->values = count;
  return out.crossing == POS_CROSSED ? POS_DONE
                                     : fail_crossing(state, call, out.crossing);
}

/* ---- Running ------------------------------------------------------------- */

/* Status of lua_resume; `*values` are the results or what was yielded. */
static int resume(lua_State *L, int arguments, int *values) {
#if LUA_VERSION_NUM >= 504
  return lua_resume(L, NULL, arguments, values);
#elif LUA_VERSION_NUM >= 502
  int status = lua_resume(L, NULL, arguments);
#else
  int status = lua_resume(L, arguments);
#endif
#if LUA_VERSION_NUM < 504
  *values = lua_gettop(L);
  return status;
#endif
}

/* Takes the outcome of a resume out of the thread. */
static pos_outcome settle(pos_state *state, pos_call *call, int status,
                          int values) {
  pos_outcome outcome;
  call->wish = POS_NOTHING;
  if (status != 0 && status != LUA_YIELD)
    outcome = fail_script(state, call, status);
  else
    outcome = leave(state, call, values);
  pos_meter_stop(state);
  if (outcome == POS_FAILED) {
    pos_call_drop(state, call);
  } else if (status == LUA_YIELD) {
    lua_pop(call->thread.L, values);
    call->wish = state->wish;
    call->suspended = pos_clock();
    outcome = POS_SUSPENDED;
  } else {
    keep_thread(state, call);
  }
  return outcome;
}

static void keep_left(pos_state *state, const pos_call *call) {
  state->left.instructions = call->instructions;
  state->left.time = call->time;
}

/* Runs the call's thread with the `arguments` on its stack. */
static pos_outcome run(pos_state *state, pos_call *call, int arguments) {
  int values = 0;
  state->wish = POS_NOTHING;
  state->callbacks = 0;
  state->position[0] = '\0';
  pos_meter_watch(state, call->thread.L);
  int status = resume(call->thread.L, arguments, &values);
  call->instructions = state->meter.instructions;
  call->time = pos_meter_time(state);
  keep_left(state, call);
  state->meter.running = NULL;
  return settle(state, call, status, values);
}

/* Enters by `job` and runs, on the meters that the call has left. */
static pos_outcome enter(pos_state *state, pos_job job, entry *in) {
  pos_call *call = in->call;
  pos_outcome outcome;
  pos_collect_if_full(state);
  pos_meter_start(state, call->instructions, call->time);
  int status = pos_guard(state, job, in);
  if (status != 0) {
    keep_left(state, call);
    outcome = fail_job(state, status);
    pos_meter_stop(state);
    pos_call_drop(state, call);
    return outcome;
  }
  return run(state, call, in->count);
}

pos_outcome pos_call_start(pos_state *state, pos_call *call, int function,
                           int count) {
  entry in = {call, function, count, {NULL, 0}, NULL};
  call->thread.L = NULL;
  call->function = function;
  call->instructions = state->next.instructions;
  call->time = state->next.time;
  pos_reset_budget(state);
  return enter(state, enter_values, &in);
}

pos_outcome pos_call_resume(pos_state *state, pos_call *call, int count) {
  entry in = {call, 0, count, {NULL, 0}, NULL};
  if (call->wish == POS_MATCHES)
    call->time -= pos_clock() - call->suspended;
  return enter(state, enter_values, &in);
}

pos_outcome pos_call_fail(pos_state *state, pos_call *call, po_code code,
                          const char *message) {
  place at = find_place(state, call);
  keep_left(state, call);
  pos_call_drop(state, call);
  return fail(state, code, at.text, message);
}

/* ---- Loading ------------------------------------------------------------- */

static void begin_load(lua_State *L, pos_state *state, void *data) {
  (void)data;
  state->function_count = 0;
  pos_forget_globals(L);
  lua_newtable(L);
  lua_rawseti(L, LUA_REGISTRYINDEX, POS_DECLARATIONS);
  lua_newtable(L);
  lua_rawseti(L, LUA_REGISTRYINDEX, POS_FUNCTIONS);
  pos_reader reader = start_reading(L, state);
  pos_read(&reader);
  for (int i = 1, count = (int)lpo_rawlen(L, -1); i <= count; i++) {
    lua_rawgeti(L, -1, i);
    pos_set_declarator(L);
  }
}

pos_outcome pos_load_begin(pos_state *state, pos_call *call) {
  call->instructions = state->limits.load_instructions;
  call->time = state->limits.load_time;
  state->phase = POS_LOADING;
  int status = pos_guard(state, begin_load, NULL);
  return status == 0 ? POS_DONE : fail_job(state, status);
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

typedef struct source_reader {
  po_text part[2];
  int next;
} source_reader;

static const char *read_source(lua_State *L, void *data, size_t *size) {
  source_reader *reader = data;
  (void)L;
  *size = 0;
  while (reader->next < 2 && *size == 0)
    *size = reader->part[reader->next++].length;
  return *size == 0 ? NULL : reader->part[reader->next - 1].at;
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
static void compile(lua_State *L, entry *in) {
  source_reader reader = {{{" ", 1}, plain_source(in->source)}, 0};
  if (reader.part[1].length > 0 && reader.part[1].at[0] == '\x1B')
    luaL_error(L, "%s: this is a binary chunk; give the script's text",
               in->name + (*in->name == '@' || *in->name == '='));
  lua_pushstring(L, in->name);
  int status = load_text(L, &reader);
  if (status == LUA_ERRMEM) {
    lua_pop(L, 1);
    lua_gc(L, LUA_GCCOLLECT, 0);
    reader.next = 0;
    status = load_text(L, &reader);
  }
  if (status == LUA_ERRMEM)
    pos_kill(L, PO_POLICY_MEMORY);
  if (status != 0)
    lua_error(L);
}

static void enter_chunk(lua_State *L, pos_state *state, void *data) {
  entry *in = data;
  need_thread(L, state, in->call);
  compile(L, in);
  lua_xmove(L, in->call->thread.L, 1);
}

pos_outcome pos_load_chunk(pos_state *state, pos_call *call, po_text source,
                           const char *name) {
  entry in = {call, 0, 0, source, name};
  call->thread.L = NULL;
  call->function = 0;
  return enter(state, enter_chunk, &in);
}

/* The declarations, written one by one, so that a bad one can be named. */
typedef struct declarations {
  int count;
  pos_crossing crossing;
  char position[LUA_IDSIZE + 64];
} declarations;

static void name_declaration(lua_State *L, declarations *all) {
  lua_getfield(L, -1, "file");
  lua_getfield(L, -2, "line");
  lua_getfield(L, -3, "word");
  snprintf(all->position, sizeof all->position,
           "%s:%d: %s: ", lua_tostring(L, -3), (int)lua_tointeger(L, -2),
           lua_tostring(L, -1));
  lua_pop(L, 3);
}

static void write_declarations(lua_State *L, pos_state *state, void *data) {
  declarations *all = data;
  pos_writer writer;
  luaL_checkstack(L, POS_WRITE_STACK + 6, NULL);
  pos_write_start(&writer, state, L);
  state->function_count = 0;
  writer.functions = true;
  writer.depth = POS_MAX_DEPTH + 1;
  lua_rawgeti(L, LUA_REGISTRYINDEX, POS_ADDRESS);
  writer.address = lua_gettop(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, POS_DECLARATIONS);
  all->count = (int)lpo_rawlen(L, -1);
  all->crossing = POS_CROSSED;
  for (int i = 1; i <= all->count && all->crossing == POS_CROSSED; i++) {
    lua_rawgeti(L, writer.address + 1, i);
    all->crossing = pos_write(&writer, lua_gettop(L));
    if (all->crossing != POS_CROSSED)
      name_declaration(L, all);
    lua_pop(L, 1);
  }
  lua_pushnil(L);
  lua_rawseti(L, LUA_REGISTRYINDEX, POS_DECLARATIONS);
}

pos_outcome pos_load_end(pos_state *state, pos_call *call) {
  declarations all;
  int status = pos_guard(state, write_declarations, &all);
  if (status != 0)
    return fail_job(state, status);
  if (all.crossing == POS_TOO_LARGE || all.crossing == POS_NO_MEMORY)
    return fail_killed(state, PO_POLICY_MEMORY, all.position);
  if (all.crossing != POS_CROSSED)
    return fail(state, PO_POLICY_INVALID, all.position,
                pos_crossing_message(all.crossing));
  call->values = all.count;
  state->phase = POS_LOADED;
  return POS_DONE;
}

void pos_load_abandon(pos_state *state) { state->phase = POS_FRESH; }
