/* Calls into a script. */
#include "call.h"

#include <stdio.h>
#include <string.h>

#include "meter.h"
#include "open.h"
#include "position.h"
#include "transfer.h"

/* ---- Failures ------------------------------------------------------------ */

sbx_outcome sbx_fail(sbx_state *state, po_code code, const char *position,
                     const char *message) {
  state->failed = code;
  snprintf(state->message, sizeof state->message, "%s%s", position, message);
  return SBX_FAILED;
}

/* "the script ran longer than its ...", by the limit that was met. */
static void describe_deadline(const sbx_state *state, int64_t limit, char *text,
                              size_t size) {
  long long milliseconds = limit / 1000000;
  if (state->by_wall)
    snprintf(text, size,
             "the script was not done after %lld ms, %d times its %lld ms of "
             "processor time",
             SBX_WALL_FACTOR * milliseconds, SBX_WALL_FACTOR, milliseconds);
  else
    snprintf(text, size, "the script ran longer than its %lld ms",
             milliseconds);
}

sbx_outcome sbx_fail_killed(sbx_state *state, po_code code,
                            const char *position) {
  const sbx_limits *limits = &state->limits;
  const sbx_budget *budget =
      state->phase == SBX_LOADING ? &limits->load : &limits->call;
  char text[128];
  if (code == PO_POLICY_BUDGET)
    snprintf(text, sizeof text, "the script used up its %lld instructions",
             (long long)budget->instructions);
  else if (code == PO_POLICY_DEADLINE)
    describe_deadline(state, budget->wall / SBX_WALL_FACTOR, text, sizeof text);
  else if (code == PO_POLICY_DECLARATIONS || code == PO_POLICY_CLOSED)
    return sbx_fail(state, code, position, po_code_message(code));
  else
    snprintf(text, sizeof text, "the script needs more than its %zu KiB",
             limits->memory / 1024);
  return sbx_fail(state, code, position, text);
}

static po_code code_of_error(const sbx_state *state) {
  return state->phase == SBX_LOADING ? PO_POLICY_INVALID : PO_POLICY_ERROR;
}

sbx_outcome sbx_fail_job(sbx_state *state, int status) {
  if (state->meter.killed != PO_OK)
    return sbx_fail_killed(state, state->meter.killed, "");
  if (status == LUA_ERRMEM)
    return sbx_fail_killed(state, PO_POLICY_MEMORY, "");
  state->failed = code_of_error(state);
  return SBX_FAILED;
}

/* ---- Positions ----------------------------------------------------------- */

typedef struct place {
  int function;
  char text[SBX_POSITION_SIZE];
} place;

static void find_definition(lua_State *L, sbx_state *state, void *data) {
  place *out = data;
  lua_Debug info;
  (void)state;
  lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_FUNCTIONS);
  lua_rawgeti(L, -1, out->function);
  if (sbx_find_definition(L, -1, &info))
    snprintf(out->text, sizeof out->text, "%s:%d: ", info.short_src,
             info.linedefined);
}

/*
** Where the call's script is, where it was killed, or else where the function
** was defined: LuaJIT has no frames of what failed, nor has what returned.
*/
static place find_place(sbx_state *state, const sbx_call *call) {
  place out = {call->function, ""};
  sbx_position(call->thread, out.text, sizeof out.text);
  if (out.text[0] == '\0')
    snprintf(out.text, sizeof out.text, "%s", state->position);
  if (out.text[0] == '\0' && out.function != 0)
    sbx_protect(state, find_definition, &out);
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
static sbx_outcome fail_script(sbx_state *state, const sbx_call *call,
                               int status) {
  lua_State *L = call->thread;
  po_code killed = state->meter.killed;
  char message[64];
  state->meter.killed = PO_OK; /* or nothing could be allocated any more */
  place at = find_place(state, call);
  if (killed != PO_OK)
    return sbx_fail_killed(state, killed, at.text);
  if (status == LUA_ERRMEM)
    return sbx_fail_killed(state, PO_POLICY_MEMORY, at.text);
  if (state->reason != SBX_NOTHING) /* it died on its way out */
    return sbx_fail(
        state, PO_ASK_IN_CALLBACK, at.text,
        "a callback of gsub or sort cannot wait for the host, as ask and "
        "mail.matches, in_set, localpart and date do; call them before it");
  if (lua_type(L, -1) == LUA_TSTRING) {
    const char *text = lua_tostring(L, -1);
    return sbx_fail(state, code_of_error(state),
                    has_position(text) ? "" : at.text, text);
  }
  snprintf(message, sizeof message, "the script raised a %s",
           luaL_typename(L, -1));
  return sbx_fail(state, code_of_error(state), at.text, message);
}

/* ---- Threads ------------------------------------------------------------- */

/* Allocates nothing: the thread has its place, which is made empty. */
static void forget_thread(lua_State *L, sbx_state *state, void *thread) {
  (void)state;
  lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_THREADS);
  lua_pushlightuserdata(L, thread);
  lua_pushnil(L);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

/* A call that waits for the host's answer counts, until it waits no more. */
static void answer_arrived(sbx_state *state, sbx_call *call) {
  if (call->reason == SBX_ASK)
    state->open_asks--;
  call->reason = SBX_NOTHING;
}

/* While another call runs, by its thread: a finalizer of the host has come. */
void sbx_call_drop(sbx_state *state, sbx_call *call) {
  if (call->thread != NULL && state->L != NULL) {
    if (sbx_is_running(state))
      forget_thread(state->meter.running, state, call->thread);
    else
      sbx_protect(state, forget_thread, call->thread);
    answer_arrived(state, call);
  }
  call->thread = NULL;
}

/* A thread that has ended well serves again. */
static void keep_thread(sbx_state *state, sbx_call *call) {
  if (state->idle_count == SBX_MAX_IDLE) {
    sbx_call_drop(state, call);
    return;
  }
  lua_settop(call->thread, 0);
  state->idle[state->idle_count++] = call->thread;
  call->thread = NULL;
}

void sbx_need_thread(lua_State *L, sbx_state *state, sbx_call *call) {
  if (call->thread != NULL)
    return;
  if (state->idle_count > 0) {
    call->thread = state->idle[--state->idle_count];
    return;
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_THREADS);
  lua_State *thread = lua_newthread(L);
  lua_pushlightuserdata(L, thread);
  lua_insert(L, -2);
  lua_rawset(L, -3);
  call->thread = thread;
  lua_pop(L, 1);
}

/* ---- Into the script ----------------------------------------------------- */

sbx_reader sbx_start_reading(lua_State *L, const sbx_state *state) {
  sbx_reader reader = {L, state->bytes.at, NULL, 0, NULL, 0};
  luaL_checkstack(L, SBX_READ_STACK + SBX_MAX_VALUES, NULL);
  if (state->bytes.addresses) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_ADDRESS);
    reader.address = lua_gettop(L);
  }
  return reader;
}

/*
** Nothing may be raised in the thread itself (5.1 would end the process), so
** values are made on the main thread and moved; a thread always has room for
** SBX_MAX_VALUES and a function.
*/
static void enter_values(lua_State *L, sbx_state *state, void *data) {
  sbx_entry *in = data;
  sbx_need_thread(L, state, in->call);
  sbx_reader reader = sbx_start_reading(L, state);
  lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_FUNCTIONS);
  int base = lua_gettop(L);
  if (in->function != 0)
    lua_rawgeti(L, base, in->function);
  for (int i = 0; i < in->count; i++)
    sbx_read(&reader);
  lua_xmove(L, in->call->thread, lua_gettop(L) - base);
}

/* ---- Out of the script --------------------------------------------------- */

/* Values of a thread that are to be written to the state's bytes. */
typedef struct leaving {
  lua_State *from;
  int first, count;
  size_t limit; /* of their weight */
  sbx_crossing crossing;
} leaving;

static void write_values(lua_State *L, sbx_state *state, void *data) {
  leaving *out = data;
  sbx_writer writer;
  luaL_checkstack(L, SBX_WRITE_STACK + 2, NULL);
  sbx_write_start(&writer, state, L);
  writer.limit = out->limit;
  lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_ADDRESS);
  writer.address = lua_gettop(L);
  out->crossing = SBX_CROSSED;
  for (int i = 0; i < out->count && out->crossing == SBX_CROSSED; i++) {
    lua_pushvalue(out->from, out->first + i);
    lua_xmove(out->from, L, 1);
    out->crossing = sbx_write(&writer, lua_gettop(L));
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
static void write_scalars(sbx_state *state, leaving *out) {
  sbx_writer writer;
  sbx_write_start(&writer, state, out->from);
  writer.limit = out->limit;
  out->crossing = SBX_CROSSED;
  for (int i = 0; i < out->count && out->crossing == SBX_CROSSED; i++)
    out->crossing = sbx_write(&writer, out->first + i);
}

static sbx_outcome fail_crossing(sbx_state *state, const sbx_call *call,
                                 sbx_crossing crossing) {
  place at = find_place(state, call);
  if (crossing == SBX_TOO_LARGE && state->reason == SBX_ASK)
    return sbx_fail(state, PO_POLICY_ERROR, at.text,
                    "what is asked is larger than 64 KiB");
  if (crossing == SBX_TOO_LARGE || crossing == SBX_NO_MEMORY)
    return sbx_fail_killed(state, PO_POLICY_MEMORY, at.text);
  return sbx_fail(state, code_of_error(state), at.text,
                  sbx_crossing_message(crossing));
}

/* What may leave at once: a question is small, an answer may be large. */
static size_t leaving_limit(const sbx_state *state) {
  return state->reason == SBX_ASK ? SBX_MAX_QUESTION : state->limits.memory;
}

/* Writes the `count` values on top of the call's thread to the bytes, and
** charges for them, before the host makes anything of them. */
static sbx_outcome leave(sbx_state *state, sbx_call *call, int count) {
  lua_State *from = call->thread;
  leaving out = {from, lua_gettop(from) - count + 1, count,
                 leaving_limit(state), SBX_CROSSED};
  if (count > SBX_MAX_VALUES)
    return fail_crossing(state, call, SBX_TOO_MANY);
  if (!has_tables(&out)) {
    write_scalars(state, &out);
  } else {
    int status = sbx_protect(state, write_values, &out);
    if (status != 0)
      return sbx_fail_job(state, status);
  }
  call->values = count;
  if (out.crossing != SBX_CROSSED)
    return fail_crossing(state, call, out.crossing);
  if (!sbx_charge_crossing(state))
    return sbx_fail_killed(state, PO_POLICY_BUDGET,
                           find_place(state, call).text);
  return SBX_DONE;
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

static bool is_chunk(const sbx_call *call) { return call->function == 0; }

/* Takes the outcome of a resume out of the thread. */
static sbx_outcome take_outcome(sbx_state *state, sbx_call *call, int status,
                                int values) {
  if (status != 0 && status != LUA_YIELD)
    return fail_script(state, call, status);
  if (status == 0 && is_chunk(call)) { /* its thread keeps what it returned */
    call->values = values;
    return SBX_DONE;
  }
  if (state->reason == SBX_ASK && state->open_asks >= state->limits.open_asks)
    return sbx_fail(state, PO_POLICY_ASKS, find_place(state, call).text,
                    po_code_message(PO_POLICY_ASKS));
  sbx_outcome outcome = leave(state, call, values);
  return outcome == SBX_DONE && status == LUA_YIELD ? SBX_SUSPENDED : outcome;
}

/* The call waits; what the host does for SBX_HOST is on its time. */
static void suspend_call(sbx_state *state, sbx_call *call, int values) {
  lua_pop(call->thread, values);
  call->reason = state->reason;
  if (call->reason == SBX_ASK)
    state->open_asks++;
}

/* What the call has left when it stops for good or for the host. */
static void keep_left(sbx_state *state, sbx_call *call) {
  call->left.instructions = state->meter.instructions;
  sbx_meter_stop(state);
  if (call->reason != SBX_HOST) {
    sbx_timer_stop(&call->timer);
    call->left.cpu = call->timer.cpu;
    call->left.wall = call->timer.wall;
  }
  state->left = call->left;
}

/* Runs the call's thread with the `arguments` on its stack. */
static sbx_outcome run(sbx_state *state, sbx_call *call, int arguments) {
  int values = 0;
  state->reason = SBX_NOTHING;
  state->callbacks = 0;
  state->position[0] = '\0';
  sbx_meter_watch(state, call->thread);
  int status = resume(call->thread, arguments, &values);
  state->meter.running = NULL;
  sbx_outcome outcome = take_outcome(state, call, status, values);
  if (outcome == SBX_SUSPENDED)
    suspend_call(state, call, values);
  keep_left(state, call);
  if (outcome == SBX_FAILED)
    sbx_call_drop(state, call);
  else if (outcome == SBX_DONE && !is_chunk(call))
    keep_thread(state, call);
  if (state->closing)
    sbx_close(state);
  return outcome;
}

sbx_outcome sbx_enter(sbx_state *state, sbx_job job, sbx_entry *in) {
  sbx_call *call = in->call;
  sbx_collect_if_full(state);
  sbx_meter_start(state, call->left.instructions, &call->timer);
  if (in->count > 0 && !sbx_charge_crossing(state)) {
    sbx_fail_killed(state, PO_POLICY_BUDGET, "");
  } else {
    int status = sbx_protect(state, job, in);
    if (status == 0)
      return run(state, call, in->count + in->moved);
    sbx_fail_job(state, status);
  }
  keep_left(state, call);
  sbx_call_drop(state, call);
  return SBX_FAILED;
}

sbx_outcome sbx_call_start(sbx_state *state, sbx_call *call, int function,
                           int count) {
  sbx_entry in = {.call = call, .function = function, .count = count};
  call->thread = NULL;
  call->reason = SBX_NOTHING;
  call->function = function;
  call->left = state->next;
  sbx_timer_start(&call->timer, call->left.cpu, call->left.wall);
  sbx_reset_budget(state);
  return sbx_enter(state, enter_values, &in);
}

/* Goes on with a suspended call by `job`. */
static sbx_outcome go_on(sbx_state *state, sbx_job job, sbx_entry *in) {
  sbx_call *call = in->call;
  if (call->reason != SBX_HOST)
    sbx_timer_start(&call->timer, call->left.cpu, call->left.wall);
  answer_arrived(state, call);
  return sbx_enter(state, job, in);
}

sbx_outcome sbx_call_resume(sbx_state *state, sbx_call *call, int count) {
  sbx_entry in = {.call = call, .count = count};
  return go_on(state, enter_values, &in);
}

/* A thread always has room for what a chunk may return. */
static void move_returned(lua_State *L, sbx_state *state, void *data) {
  sbx_entry *in = data;
  (void)L;
  (void)state;
  lua_xmove(in->included->thread, in->call->thread, in->moved);
}

sbx_outcome sbx_call_return(sbx_state *state, sbx_call *call,
                            sbx_call *included) {
  sbx_entry in = {
      .call = call, .included = included, .moved = included->values};
  if (included->values > SBX_MAX_VALUES)
    return sbx_call_fail(state, call, PO_POLICY_INVALID,
                         "the file returns more than 16 values");
  sbx_outcome outcome = go_on(state, move_returned, &in);
  sbx_call_drop(state, included);
  return outcome;
}

sbx_outcome sbx_call_fail(sbx_state *state, sbx_call *call, po_code code,
                          const char *message) {
  place at = find_place(state, call);
  state->left = call->left;
  sbx_call_drop(state, call);
  return sbx_fail(state, code, at.text, message);
}
