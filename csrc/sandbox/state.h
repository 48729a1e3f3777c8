/*
** Isolated Lua states: a script runs in a `lua_State` of its own, with a
** small library, a cap on its bytes, a budget of instructions and a deadline.
**
** Rules of the border, kept by every file here:
**  - only one of the two states may raise at a time: no script frame is alive
**    while the host's state is used, and the host is told by return values; the
**    one exception is a protected call (glue/sandbox_host.c), during which the
**    host may not enter the script again (sbx_is_running);
**  - what may allocate in the script's state runs under `sbx_protect`;
**  - values cross as bytes (transfer.h), functions as numbers;
**  - a script has no way to catch an error, so a kill cannot be caught.
**
** A C function inside the script's state finds its `sbx_state` as the data of
** the state's allocator: nothing to look up, nothing a script could reach.
*/
#ifndef SBX_STATE_H
#define SBX_STATE_H

#include "clock.h"
#include "lua_compat.h"
#include "position.h"
#include "postoffice.h"

/* What one call may use, or has left; times are nanoseconds. */
typedef struct sbx_budget {
  int64_t instructions;
  int64_t cpu, wall;
} sbx_budget;

typedef struct sbx_limits {
  size_t memory;       /* bytes */
  size_t declarations; /* bytes of what is declared, outside that memory */
  sbx_budget call, load;
  int open_asks; /* questions that wait for an answer at once */
} sbx_limits;

/* The three meters.  `killed` is PO_OK until one of them runs out. */
typedef struct sbx_meter {
  size_t used, cap;
  size_t collect_at;    /* collect when more than this is in use */
  size_t big;           /* bytes in blocks larger than SBX_BIG_BLOCK */
  int interval;         /* instructions between two calls of the hook */
  unsigned allocations; /* since the clock was last read */
  int64_t instructions; /* left */
  int64_t unread;       /* instructions since the clock was last read */
  sbx_timer *timer;     /* of what runs, NULL between calls */
  po_code killed;
  lua_State *running; /* the thread that runs, NULL between calls */
} sbx_meter;

/* Bytes on their way through the border; grown by the host's allocator. */
typedef struct sbx_bytes {
  char *at;
  size_t length, size;
  unsigned serial; /* of what is in them */
  bool addresses;  /* an address is among it */
  size_t weight;   /* roughly the bytes that the values need */
} sbx_bytes;

/*
** The memory of a state's first allocations, set aside before: LuaJIT crashes
** when it has to give up a state that it could not complete.
*/
typedef struct sbx_arena {
  char *at;
  size_t used;
  bool open; /* it is what allocations are served from */
} sbx_arena;

/* Where a load stands: names can be set until it has ended well. */
typedef enum sbx_phase { SBX_FRESH, SBX_LOADING, SBX_LOADED } sbx_phase;

/* What a script waits for. */
typedef enum sbx_reason {
  SBX_NOTHING,
  SBX_ASK,
  SBX_HOST, /* a function of the library that the host does, by its name */
  SBX_INCLUDE
} sbx_reason;

enum {
  SBX_MAX_VALUES = 16,    /* arguments and results of one call */
  SBX_MAX_IDLE = 8,       /* threads kept for the next call */
  SBX_MAX_CALLBACKS = 16, /* gsub and sort functions inside each other */
  SBX_MAX_MESSAGE = 1024, /* bytes of an error message that cross */
  SBX_MAX_MISSED = 64     /* of the name of a library's field that is none */
};

typedef struct sbx_state sbx_state;
typedef void (*sbx_job)(lua_State *L, sbx_state *state, void *data);

/* Lives in a userdata of the host; `L` is NULL when it is closed. */
struct sbx_state {
  lua_State *L;
  lua_State *host;    /* the host's thread that entered it last */
  int *asking;        /* how many scripts of the host wait for it right now */
  lua_Alloc allocate; /* the host's */
  void *allocate_data;
  lua_Alloc lua_allocate; /* what Lua's blocks come from: the host's, unless */
  void *lua_data;         /* the state was adopted (open.c) */
  bool adopted;
  sbx_limits limits;
  sbx_meter meter;
  sbx_budget next;     /* of the next call; the limits, unless somebody said */
  sbx_budget left;     /* by the call that ran last */
  sbx_timer compiling; /* what the host may take for the declarations */
  sbx_bytes bytes;
  sbx_bytes declared; /* what has left a script that loads; declaration.h */
  sbx_arena arena;
  sbx_job job; /* for the trampoline */
  void *job_data;
  lua_State *idle[SBX_MAX_IDLE];
  int idle_count;
  int function_count;
  int open_asks;       /* calls that wait for an answer */
  size_t source_bytes; /* of all chunks of the load */
  sbx_phase phase;
  sbx_reason reason; /* set by what is about to suspend */
  int callbacks;     /* C frames of the script that wait for a Lua function */
  bool by_wall;      /* the deadline that passed was the wall's */
  bool closing;      /* the host closed it while it ran: it ends, then closes */
  po_code failed;
  char position[SBX_POSITION_SIZE]; /* where the script was killed */
  char missed[SBX_POSITION_SIZE + SBX_MAX_MISSED]; /* "file:line: mail.foo",
                     what it read last that is no field of a library */
  char message[SBX_MAX_MESSAGE];
};

/* Keys of the script state's registry (1, 2 and 3 are Lua's). */
enum {
  SBX_TRAMPOLINE = 64,
  SBX_THREADS,     /* threads by their addresses, so that they are kept */
  SBX_FUNCTIONS,   /* number -> function that the host may call */
  SBX_ENVIRONMENT, /* what a script sees as its globals: an empty table */
  SBX_GLOBALS,     /* names that the script set */
  SBX_LIBRARY,     /* names that it found */
  SBX_ADDRESS,     /* the metatable of addresses */
  SBX_ORDERS,      /* of the tables that `next` goes through */
  SBX_LACKS,       /* name -> what to do without it */
  SBX_MESSAGE      /* a text that Lua itself may need without memory */
};

/* Whether a call runs: the host may not begin another, nor close the state. */
static inline bool sbx_is_running(const sbx_state *state) {
  return state->meter.running != NULL;
}

/* The next call gets what the limits say. */
static inline void sbx_reset_budget(sbx_state *state) {
  state->next = state->limits.call;
}

/*
** Runs `job` protected in the script's state; after a memory failure once
** more, behind a full collection, so a job must be able to start over.
** Returns Lua's status; the error's text is then in `state->message`.
*/
int sbx_protect(sbx_state *state, sbx_job job, void *data);

/* The C function through which `sbx_protect` enters; SBX_TRAMPOLINE. */
int sbx_trampoline(lua_State *L);

/* The state that `L` belongs to. */
sbx_state *sbx_of(lua_State *L);

/* A full collection, and when the next one is due.  For the hook and for jobs:
** it may raise what a finalizer would; scripts have none. */
void sbx_collect(lua_State *L, sbx_state *state);

/* Collects all garbage if much is in use. */
void sbx_collect_if_full(sbx_state *state);

/* Room for `more` further bytes; false when there is no memory. */
bool sbx_bytes_reserve(sbx_state *state, sbx_bytes *bytes, size_t more);

/* Gives bytes back to the host's allocator; they are then empty. */
void sbx_bytes_free(lua_Alloc allocate, void *data, sbx_bytes *bytes);

#endif
