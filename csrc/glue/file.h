/* Files as policies are read: regular ones, as long as nobody writes them. */
#ifndef LPO_FILE_H
#define LPO_FILE_H

#include "lua_compat.h"
#include "postoffice.h"

typedef struct lpo_file {
  int descriptor;
  size_t size;
  double changed; /* seconds since 1970 */
} lpo_file;

/* The path at 1; or NULL, and nil, message, code are pushed. */
const char *lpo_check_path(lua_State *L);

/* Opens a regular file of at most `limit` bytes. */
po_code lpo_open_file(const char *path, size_t limit, lpo_file *out);

/* Reads all of a file that was opened, its descriptor closed since, into
** `size` bytes and one more. */
po_code lpo_read_again(const char *path, const lpo_file *known, char *to);

/* Pushes nil, message, code for the path at 1; `reason` is strerror's. */
int lpo_push_file_failure(lua_State *L, po_code code, const char *reason);

/* Reads the first bytes of a file: at most `size`, and how many there were. */
po_code lpo_read_beginning(const char *path, char *to, size_t size,
                           size_t *length);

int lpo_read_file(lua_State *L);
int lpo_read_part(lua_State *L);
int lpo_stat_file(lua_State *L);
int lpo_write_file(lua_State *L);
int lpo_create_file(lua_State *L);

#endif
