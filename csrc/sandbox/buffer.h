/*
** A text that grows.  Short ones live in the struct, long ones in a userdata
** at a fixed place of the stack, so that an error leaks nothing.
*/
#ifndef SBX_BUFFER_H
#define SBX_BUFFER_H

#include "lua_compat.h"

typedef struct sbx_buffer {
  lua_State *L;
  char *at;
  size_t length, size;
  int anchor; /* stack index of the userdata */
  char small[256];
} sbx_buffer;

/* Takes one stack slot, until `sbx_buffer_finish` puts the text there. */
void sbx_buffer_start(sbx_buffer *out, lua_State *L);

/* Each charges for the bytes, and raises where there is no memory. */
void sbx_buffer_add(sbx_buffer *out, const char *text, size_t length);
void sbx_buffer_byte(sbx_buffer *out, char byte);

/* Room for `length` bytes, to be filled by the caller. */
char *sbx_buffer_room(sbx_buffer *out, size_t length);

/* Adds the string or number on top of the stack and pops it. */
void sbx_buffer_value(sbx_buffer *out);

/* The text is then on top; whatever lay above the slot is gone. */
void sbx_buffer_finish(sbx_buffer *out);

#endif
