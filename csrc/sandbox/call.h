/*
** Calls into a script.  Each runs in a thread of its own, so that it can
** suspend while the host looks something up, and others run meanwhile.
*/
#ifndef SBX_CALL_H
#define SBX_CALL_H

#include "state.h"
#include "transfer.h"

typedef enum sbx_outcome {
  SBX_DONE,      /* `values` results are in the state's bytes, or, of a chunk,
                    on its thread */
  SBX_SUSPENDED, /* it wants `reason` of the `values` there */
  SBX_FAILED     /* the state's `failed` and `message` say why */
} sbx_outcome;

typedef struct sbx_call {
  lua_State *thread; /* NULL unless it is suspended, or an ended chunk */
  sbx_reason reason;
  int function; /* its number, or 0 for a chunk */
  int values;
  sbx_budget left;
  sbx_timer timer; /* runs while the script does, and in SBX_HOST */
} sbx_call;

/*
** Calls a function by its number.  The `count` arguments, at most
** SBX_MAX_VALUES, have been written to the state's bytes.
*/
sbx_outcome sbx_call_start(sbx_state *state, sbx_call *call, int function,
                           int count);

/*
** Answers what a suspended call wants; likewise.  What the host does for
** SBX_HOST is the script's own work and counts against its time.
*/
sbx_outcome sbx_call_resume(sbx_state *state, sbx_call *call, int count);

/* Answers a chunk that waits for what it includes with what that has returned,
** a chunk that has ended. */
sbx_outcome sbx_call_return(sbx_state *state, sbx_call *call,
                            sbx_call *included);

/* Ends a suspended call; its position goes before `message`. */
sbx_outcome sbx_call_fail(sbx_state *state, sbx_call *call, po_code code,
                          const char *message);

/* Forgets a call, suspended or not.  Never raises. */
void sbx_call_drop(sbx_state *state, sbx_call *call);

/* What is common to calls and loads: for load.c. */

/* What a job puts on a call's thread. */
typedef struct sbx_entry {
  sbx_call *call;
  int function;       /* its number, or 0 */
  int count;          /* of values in the state's bytes */
  sbx_call *included; /* whose thread has values, */
  int moved;          /* so many */
  po_text source;
  const char *name;
} sbx_entry;

/* Enters by `job` and runs, on the meters that the call has left. */
sbx_outcome sbx_enter(sbx_state *state, sbx_job job, sbx_entry *in);

/* In a job: gives the call a thread. */
void sbx_need_thread(lua_State *L, sbx_state *state, sbx_call *call);

/* In a job: a reader of the state's bytes; pushes what it needs. */
sbx_reader sbx_start_reading(lua_State *L, const sbx_state *state);

/* Each leaves code and message in the state and returns SBX_FAILED. */
sbx_outcome sbx_fail(sbx_state *state, po_code code, const char *position,
                     const char *message);

/* The failure of a meter, in the words of its limit. */
sbx_outcome sbx_fail_killed(sbx_state *state, po_code code,
                            const char *position);

/* A job of ours failed: for memory, for time, or with a message. */
sbx_outcome sbx_fail_job(sbx_state *state, int status);

#endif
