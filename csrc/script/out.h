/*
** A text that grows.  Short ones live in the struct, long ones in a userdata
** at a fixed place of the stack, so that an error leaks nothing.
*/
#ifndef POS_OUT_H
#define POS_OUT_H

#include "state.h"

typedef struct pos_out {
  lua_State *L;
  char *at;
  size_t length, size;
  int anchor; /* stack index of the userdata */
  char small[256];
} pos_out;

/* Takes one stack slot, until `pos_out_finish` puts the text there. */
void pos_out_start(pos_out *out, lua_State *L);

/* Each charges for the bytes, and raises where there is no memory. */
void pos_out_add(pos_out *out, const char *text, size_t length);
void pos_out_byte(pos_out *out, char byte);

/* Room for `length` bytes, to be filled by the caller. */
char *pos_out_room(pos_out *out, size_t length);

/* Adds the string or number on top of the stack and pops it. */
void pos_out_value(pos_out *out);

/* The text is then on top; whatever lay above the slot is gone. */
void pos_out_finish(pos_out *out);

#endif
