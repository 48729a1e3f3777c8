/*
** Values between two Lua states, as bytes.
**
** A writer turns values of one state into bytes and never raises; a reader
** makes values of another state from them and may raise there, for memory.
** Tables are copied, at most SBX_MAX_DEPTH deep; addresses keep being
** addresses; functions leave a script as numbers, and only when it loads.
*/
#ifndef SBX_TRANSFER_H
#define SBX_TRANSFER_H

#include "state.h"

enum {
  SBX_MAX_DEPTH = 16,
  SBX_MAX_QUESTION = 64 * 1024 /* weight of what one `ask` may hand over */
};

/* Why a value cannot cross; SBX_CROSSED is none. */
typedef enum sbx_crossing {
  SBX_CROSSED,
  SBX_TOO_DEEP,
  SBX_CYCLE,
  SBX_BAD_VALUE,
  SBX_BAD_KEY,
  SBX_TOO_LARGE,
  SBX_TOO_MANY,
  SBX_NO_MEMORY
} sbx_crossing;

const char *sbx_crossing_message(sbx_crossing crossing);

/*
** Writes to `bytes`, the state's unless said; `address` is the stack index of
** the metatable of addresses in L, or 0.  With `functions`, functions of L, a
** thread of the script, become numbers; that may raise for memory.
*/
typedef struct sbx_writer {
  sbx_state *state;
  sbx_bytes *bytes;
  lua_State *L;
  int address;
  bool functions;
  int depth;    /* levels of tables that are allowed */
  size_t limit; /* of the weight; the script's memory unless said */
} sbx_writer;

void sbx_write_start(sbx_writer *writer, sbx_state *state, lua_State *L);

/* The same for other bytes, after what is in them. */
void sbx_write_behind(sbx_writer *writer, sbx_state *state, lua_State *L,
                      sbx_bytes *bytes);

/*
** Writes the value at `index`, an absolute index.  A table needs
** SBX_WRITE_STACK free slots; any other value needs none.
*/
sbx_crossing sbx_write(sbx_writer *writer, int index);

/* A field of an address: its text, or false where that is absent. */
typedef struct sbx_field {
  const char *name;
  po_text text;
} sbx_field;

/* Writes the address that has these fields. */
sbx_crossing sbx_write_address(sbx_writer *writer, const sbx_field *fields,
                               int count);

/* Writes a text that ends with a NUL, or nil for NULL. */
sbx_crossing sbx_write_text(sbx_writer *writer, const char *text);

enum { SBX_WRITE_STACK = 3 * (SBX_MAX_DEPTH + 4) };

/* A function of the script as the host sees it. */
typedef struct sbx_function {
  int number, line;
  const char *file;
  size_t length;
} sbx_function;

typedef struct sbx_reader {
  lua_State *L;
  const char *at, *end;
  int address; /* stack index of the metatable of addresses, or 0 */
  void (*push_function)(struct sbx_reader *reader, const sbx_function *found);
  int anchor; /* for `push_function` */
} sbx_reader;

/* Pushes the next value.  L has SBX_READ_STACK free slots. */
void sbx_read(sbx_reader *reader);

enum { SBX_READ_STACK = 4 * (SBX_MAX_DEPTH + 4) };

#endif
