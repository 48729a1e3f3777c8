/*
** Values between two Lua states, as bytes.
**
** A writer turns values of one state into bytes and never raises; a reader
** makes values of another state from them and may raise there, for memory.
** Tables are copied, at most POS_MAX_DEPTH deep; addresses keep being
** addresses; functions leave a script as numbers, and only when it loads.
*/
#ifndef POS_TRANSFER_H
#define POS_TRANSFER_H

#include "state.h"

enum { POS_MAX_DEPTH = 16 };

/* Why a value cannot cross; POS_CROSSED is none. */
typedef enum pos_crossing {
  POS_CROSSED,
  POS_TOO_DEEP,
  POS_CYCLE,
  POS_BAD_VALUE,
  POS_BAD_KEY,
  POS_TOO_LARGE,
  POS_TOO_MANY,
  POS_NO_MEMORY
} pos_crossing;

const char *pos_crossing_message(pos_crossing crossing);

/*
** Writes to `state->bytes`; `address` is the stack index of the metatable of
** addresses in L, or 0.  With `functions`, functions of L become numbers, and
** L has to be the script's main thread.
*/
typedef struct pos_writer {
  pos_state *state;
  lua_State *L;
  int address;
  bool functions;
  int depth;     /* levels of tables that are allowed */
  size_t weight; /* what the values will need on the other side, roughly */
} pos_writer;

void pos_write_start(pos_writer *writer, pos_state *state, lua_State *L);

/*
** Writes the value at `index`, an absolute index.  A table needs
** POS_WRITE_STACK free slots; any other value needs none.
*/
pos_crossing pos_write(pos_writer *writer, int index);

enum { POS_WRITE_STACK = 3 * (POS_MAX_DEPTH + 4) };

/* A function of the script as the host sees it. */
typedef struct pos_function {
  int number, line;
  const char *file;
  size_t length;
} pos_function;

typedef struct pos_reader {
  lua_State *L;
  const char *at, *end;
  int address; /* stack index of the metatable of addresses, or 0 */
  void (*push_function)(struct pos_reader *reader, const pos_function *found);
  int anchor; /* for `push_function` */
} pos_reader;

/* Pushes the next value.  L has POS_READ_STACK free slots. */
void pos_read(pos_reader *reader);

enum { POS_READ_STACK = 4 * (POS_MAX_DEPTH + 4) };

#endif
