/*
** Isolated states for Lua, `postoffice.core`.script: what its files share.
**
** A state is a userdata.  Its user value is a table, its anchors: the state
** itself, and a suspended call made in advance.  Functions and suspended calls
** refer to that table and so keep the state.  While host Lua runs, no script
** does but the one that asked for it (sandbox_host.c).
*/
#ifndef LPO_SANDBOX_H
#define LPO_SANDBOX_H

#include "sandbox/declaration.h"
#include "sandbox/load.h"

#define LPO_STATE_NAME "postoffice.script"
#define LPO_FUNCTION_NAME "postoffice.script.function"
#define LPO_SUSPENDED_NAME "postoffice.script.suspended"
#define LPO_DECLARATIONS_NAME "postoffice.script.declarations"

enum { LPO_ANCHOR_STATE = 1, LPO_ANCHOR_SPARE };

/* Room on the C stack for results; larger ones are copied to a userdata. */
enum { LPO_SMALL_RESULT = 512 };

/* A function of a script, for the host; the file's name follows. */
typedef struct lpo_function {
  sbx_state *state;
  int number, line;
  size_t length;
  char file[];
} lpo_function;

/* A suspended call; `state` is NULL while it has not been used. */
typedef struct lpo_suspended {
  sbx_state *state;
  sbx_call call;
} lpo_suspended;

/* sandbox_state.c */

/* Pushes { new =, isfunction = }. */
void lpo_open_sandbox(lua_State *L);

/* sandbox_value.c */

/* The state at 1; raises if it is none. */
sbx_state *lpo_check_state(lua_State *L);

/* Makes the table on top the anchors of the userdata at `index`; pops it. */
void lpo_set_anchors(lua_State *L, int index);

/* Pushes the anchors of the userdata at `index`. */
void lpo_push_anchors(lua_State *L, int index);

/*
** Writes an address, unless it is NULL, and the `count` values from `first` on
** to the state's bytes; false, with code and message in the state, where they
** are too large.  Raises for values that cannot cross.  Nothing in here can run
** a finalizer of the host, which might call the script.
*/
bool lpo_write_values(lua_State *L, sbx_state *state, const po_address *address,
                      int first, int count);

/* As lpo_write_values, but returns that a value cannot cross. */
sbx_crossing lpo_write_answer(lua_State *L, sbx_state *state, int first,
                              int count);

/* Whether a value can never cross, however much room there is. */
bool lpo_is_unpassable(sbx_crossing crossing);

/*
** A reader of bytes that the caller has; pushes what it needs.  `addresses`:
** some are among the values.  `anchors` as below.
*/
sbx_reader lpo_new_reader(lua_State *L, bool addresses, int anchors);

/*
** A reader of the state's bytes, whose serial number has to be `serial`; their
** copy is in `small` or in a userdata that is pushed, as is what it needs.
** `anchors` is the stack index of the state's anchors, 0 where no functions
** are among the values.
*/
sbx_reader lpo_start_reading(lua_State *L, const sbx_state *state,
                             unsigned serial, int anchors, char *small);

/* The events of functions, and isfunction(value). */
extern const luaL_Reg lpo_function_events[];
int lpo_isfunction(lua_State *L);

/* sandbox_host.c */

/*
** The same state, which the host's thread L enters now; with some room on the
** stack of L.  Raises where a script runs in it, which asked for what the host
** does now.
*/
sbx_state *lpo_enter_state(lua_State *L, sbx_state *state);

/* How many scripts wait for what the host does for them: a count that lives as
** long as the host, NULL until it is opened. */
int *lpo_asking(lua_State *L);
void lpo_open_asking(lua_State *L);

/* How much the host may be given at most, and what is raised at more. */
typedef struct lpo_limit {
  size_t bytes;
  const char *message;
} lpo_limit;

/*
** For a script that runs: calls `function` in the host, with the values on top,
** which are popped, and pushes its results.  False, with none, where a value
** cannot cross.  Raises in the script what is raised in the host, and where
** there is more than the limit, unless that is NULL.
*/
bool lpo_call_host(lua_State *L, lua_CFunction function, int arguments,
                   int results, const lpo_limit *limit);

/* sandbox_call.c */

/* Pushes a suspended call that is not in use; `anchors` is an index. */
lpo_suspended *lpo_push_suspended(lua_State *L, int anchors);

extern const luaL_Reg lpo_suspended_events[];
int lpo_script_call(lua_State *L);
int lpo_script_caller(lua_State *L);
int lpo_script_resume(lua_State *L);

/* sandbox_declarations.c */

/* Pushes declarations, none as yet; `anchors` is an index. */
void lpo_push_declarations(lua_State *L, int anchors);

/* Those at `index` are what the state's script declared.  Never raises. */
void lpo_fill_declarations(lua_State *L, int index, sbx_state *state);

extern const luaL_Reg lpo_declarations_events[];

/* sandbox_load.c */

int lpo_script_load(lua_State *L);
int lpo_script_watch(lua_State *L);
int lpo_script_extend(lua_State *L);
int lpo_script_late(lua_State *L);

#endif
