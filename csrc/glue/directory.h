/*
** Directories for Lua: `postoffice.core`.new_directory, a userdata around
** csrc/table/directory.h.  An entry is a number.
*/
#ifndef LPO_DIRECTORY_H
#define LPO_DIRECTORY_H

#include "image.h"
#include "lua_compat.h"
#include "table/directory.h"

/* Its image is that of a snapshot which the table lies in, or of nothing. */
typedef struct lpo_directory {
  po_directory table;
  lpo_image image;
} lpo_directory;

/* Pushes an empty one, whose records take `most` bytes at most. */
lpo_directory *lpo_push_directory(lua_State *L, size_t most);

/* The directory at `index`; raises where it is none. */
lpo_directory *lpo_check_directory(lua_State *L, int index);

/* Sets up what directories do; once for a Lua state. */
void lpo_open_directory(lua_State *L);

/* new_directory(bytes) -> directory, whose records take so many at most */
int lpo_new_directory(lua_State *L);

#endif
