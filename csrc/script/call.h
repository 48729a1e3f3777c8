/*
** Calls into a script.  Each runs in a thread of its own, so that it can
** suspend while the host looks something up, and others run meanwhile.
*/
#ifndef POS_CALL_H
#define POS_CALL_H

#include "state.h"

typedef enum pos_outcome {
  POS_DONE,      /* `values` results are in the state's bytes */
  POS_SUSPENDED, /* it wants `wish` of the `values` there */
  POS_FAILED     /* the state's `failed` and `message` say why */
} pos_outcome;

typedef struct pos_call {
  pos_thread thread; /* L is NULL unless it is suspended */
  pos_wish wish;
  int function; /* its number, or 0 for a chunk */
  int values;
  int64_t instructions, time; /* left */
  int64_t suspended;          /* when, by pos_clock */
} pos_call;

/*
** Calls a function by its number.  The `count` arguments, at most
** POS_MAX_VALUES, have been written to the state's bytes.
*/
pos_outcome pos_call_start(pos_state *state, pos_call *call, int function,
                           int count);

/*
** Answers what a suspended call wants; likewise.  What the host does for
** POS_MATCHES is the script's own work and counts against its time.
*/
pos_outcome pos_call_resume(pos_state *state, pos_call *call, int count);

/* Ends a suspended call; its position goes before `message`. */
pos_outcome pos_call_fail(pos_state *state, pos_call *call, po_code code,
                          const char *message);

/* Forgets a call, suspended or not.  Never raises. */
void pos_call_drop(pos_state *state, pos_call *call);

/*
** A load: begin, with an array of the declarators' names in the state's
** bytes; chunks, each with what is left of the load's budget in `call`; end,
** after which `call->values` declarations are in the bytes.  A load that does
** not end well leaves a state that can load again.
*/
pos_outcome pos_load_begin(pos_state *state, pos_call *call);
pos_outcome pos_load_chunk(pos_state *state, pos_call *call, po_text source,
                           const char *name);
pos_outcome pos_load_end(pos_state *state, pos_call *call);
void pos_load_abandon(pos_state *state);

#endif
