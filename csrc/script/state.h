/*
** Isolated Lua states: a script runs in a `lua_State` of its own, with a
** small library, a cap on its bytes, a budget of instructions and a deadline.
**
** Rules of the border, kept by every file here:
**  - only one of the two states may raise at a time: no script frame is alive
**    while the host's state is used, and the host is told by return values;
**  - what may allocate in the script's state runs under `pos_guard`;
**  - values cross as bytes (transfer.h), functions as numbers;
**  - a script has no way to catch an error, so a kill cannot be caught.
**
** A C function inside the script's state finds its `pos_state` as the data of
** the state's allocator: nothing to look up, nothing a script could reach.
*/
#ifndef POS_STATE_H
#define POS_STATE_H

#include "lua_compat.h"
#include "postoffice.h"

typedef struct pos_limits {
  size_t memory;        /* bytes */
  int64_t instructions; /* a call */
  int64_t time;         /* a call, nanoseconds */
  int64_t load_instructions, load_time;
} pos_limits;

/* What one call may use, or has left. */
typedef struct pos_budget {
  int64_t instructions, time; /* nanoseconds */
} pos_budget;

/* The three meters.  `killed` is PO_OK until one of them runs out. */
typedef struct pos_meter {
  size_t used, cap;
  size_t collect_at;    /* collect when more than this is in use */
  size_t big;           /* bytes in blocks larger than POS_BIG_BLOCK */
  int interval;         /* instructions between two calls of the hook */
  unsigned allocations; /* since the clock was last read */
  int64_t instructions; /* left */
  int64_t unread;       /* instructions since the clock was last read */
  int64_t deadline;
  po_code killed;
  lua_State *running; /* the thread that runs, NULL between calls */
} pos_meter;

/* Bytes on their way through the border; grown by the host's allocator. */
typedef struct pos_bytes {
  char *at;
  size_t length, size;
  unsigned serial; /* of what is in them */
  bool addresses;  /* an address is among it */
} pos_bytes;

/*
** The memory of a state's first allocations, set aside before: LuaJIT crashes
** when it has to give up a state that it could not complete.
*/
typedef struct pos_cradle {
  char *at;
  size_t used;
  bool open; /* it is what allocations are served from */
} pos_cradle;

/* Where a load stands: names can be set until it has ended well. */
typedef enum pos_phase { POS_FRESH, POS_LOADING, POS_LOADED } pos_phase;

/* What a script waits for. */
typedef enum pos_wish {
  POS_NOTHING,
  POS_ASK,
  POS_MATCHES,
  POS_INCLUDE
} pos_wish;

enum {
  POS_MAX_VALUES = 16,    /* arguments and results of one call */
  POS_MAX_IDLE = 8,       /* threads kept for the next call */
  POS_MAX_CALLBACKS = 16, /* gsub and sort functions inside each other */
  POS_MAX_MESSAGE = 1024  /* bytes of an error message that cross */
};

typedef struct pos_thread {
  lua_State *L;
  int reference; /* its place in the table POS_THREADS */
} pos_thread;

typedef struct pos_state pos_state;
typedef void (*pos_job)(lua_State *L, pos_state *state, void *data);

/* Lives in a userdata of the host; `L` is NULL when it is closed. */
struct pos_state {
  lua_State *L;
  lua_Alloc allocate; /* the host's */
  void *allocate_data;
  pos_limits limits;
  pos_meter meter;
  pos_budget next; /* of the next call; the limits, unless somebody said */
  pos_budget left; /* by the call that ran last */
  pos_bytes bytes;
  pos_cradle cradle;
  pos_job job; /* for the trampoline */
  void *job_data;
  pos_thread idle[POS_MAX_IDLE];
  int idle_count;
  int function_count;
  pos_phase phase;
  pos_wish wish; /* set by what is about to suspend */
  int callbacks; /* C frames of the script that wait for a Lua function */
  po_code failed;
  char position[LUA_IDSIZE + 32]; /* where the script was killed */
  char message[POS_MAX_MESSAGE];
};

/* Keys of the script state's registry (1, 2 and 3 are Lua's). */
enum {
  POS_TRAMPOLINE = 64,
  POS_THREADS,      /* threads, so that they are not collected */
  POS_FUNCTIONS,    /* number -> function that the host may call */
  POS_DECLARATIONS, /* what the script declared, in order */
  POS_ENVIRONMENT,  /* what a script sees as its globals: an empty table */
  POS_GLOBALS,      /* names that the script set */
  POS_LIBRARY,      /* names that it found */
  POS_ADDRESS,      /* the metatable of addresses */
  POS_MESSAGE       /* a text that Lua itself may need without memory */
};

/*
** Opens an isolated state; `open_mail` pushes the table of the functions that
** scripts find in `mail`.  PO_OK, or PO_POLICY_MEMORY and a closed state.
*/
po_code pos_open(pos_state *state, lua_Alloc allocate, void *data,
                 const pos_limits *limits, lua_CFunction open_mail);

/* The next call gets what the limits say. */
static inline void pos_reset_budget(pos_state *state) {
  state->next.instructions = state->limits.instructions;
  state->next.time = state->limits.time;
}

/* Frees everything at once.  Idempotent; never raises. */
void pos_close(pos_state *state);

/*
** Runs `job` protected in the script's state; after a memory failure once
** more, behind a full collection, so a job must be able to start over.
** Returns Lua's status; the error's text is then in `state->message`.
*/
int pos_guard(pos_state *state, pos_job job, void *data);

/* The state that `L` belongs to. */
pos_state *pos_of(lua_State *L);

/* Starts and stops the meters; `instructions` and `time` are what is left. */
void pos_meter_start(pos_state *state, int64_t instructions, int64_t time);
void pos_meter_stop(pos_state *state);
int64_t pos_meter_time(const pos_state *state); /* nanoseconds left */
int64_t pos_clock(void);                        /* monotonic, nanoseconds */

/* From now on `L` is the thread that runs. */
void pos_meter_watch(pos_state *state, lua_State *L);

/* Collects all garbage if much is in use. */
void pos_collect_if_full(pos_state *state);

/*
** Charges `work` (in instructions) for what a C function is about to do.
** Raises when a meter has run out.
*/
void pos_charge(lua_State *L, size_t work);

/* Ends the script for good, which has no way to catch it.  Never returns. */
int pos_kill(lua_State *L, po_code why);

/*
** lua_call for library functions.  The C stack is the host's, and LuaJIT has
** room for thousands of such calls inside each other; so they are counted.
*/
void pos_call_back(lua_State *L, int arguments, int results);

/* Arms the meters' hook; threads made by `L` inherit it. */
void pos_arm(lua_State *L);

/* Room for `more` further bytes; false when there is no memory. */
bool pos_bytes_reserve(pos_state *state, size_t more);

/* The file that a function's `source` names: "policy.lua" for "@policy.lua". */
const char *pos_file(const lua_Debug *info);

/* Fills `info` ("Sl") for the innermost Lua function of `L` that has a line. */
bool pos_find_line(lua_State *L, lua_Debug *info);

/* Writes "file:line: " of the innermost Lua function of `L`, or "". */
void pos_position(lua_State *L, char *out, size_t size);

#endif
