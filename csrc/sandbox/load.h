/* A script's load: its chunks, which declare (declaration.h). */
#ifndef SBX_LOAD_H
#define SBX_LOAD_H

#include "call.h"

/*
** A load: begin, with an array of the declarators' names and a table of what a
** script lacks, by name, in the state's bytes; chunks, each with what is left
** of the load's budget in `call`; end, after which the declarations can be
** taken.  A load that does not end well is abandoned, which leaves a state that
** can load again.
*/
enum { SBX_MAX_SOURCE = 16 * 1024 * 1024 }; /* of all chunks together */

sbx_outcome sbx_load_begin(sbx_state *state, sbx_call *call);

/* A chunk that has ended keeps its thread, with what it returned, until it is
** dropped or answers an include. */
sbx_outcome sbx_load_chunk(sbx_state *state, sbx_call *call, po_text source,
                           const char *name);
void sbx_load_end(sbx_state *state, const sbx_call *call);
void sbx_load_abandon(sbx_state *state);

/* What was declared; the bytes are the caller's, who frees them. */
sbx_bytes sbx_load_take(sbx_state *state);

/* Gives what the host does with the declarations so many times as much time as
** a load has, from now on. */
void sbx_load_watch(sbx_state *state, int times);

/* Gives it so many nanoseconds more, for what is not the script's fault. */
void sbx_load_extend(sbx_state *state, int64_t time);

/* Whether what the host makes of the declarations has taken longer than the
** load had left. */
bool sbx_load_late(sbx_state *state);

#endif
