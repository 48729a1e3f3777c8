/*
** A stream socket that does not block, by its descriptor: the bytes that are
** there, and as many of ours as it takes, without a buffer in between.  Who
** calls these ignores SIGPIPE.
*/
#if !defined(_WIN32)
#define _POSIX_C_SOURCE 200809L
#endif

#include "functions.h"

#include <errno.h>

#ifdef _WIN32
#include <io.h>
#define read _read
#define write _write
#else
#include <unistd.h>
#endif

enum { MOST = 65536 }; /* bytes that are read at once */

static int push_error(lua_State *L, int error) {
  lua_pushnil(L);
  lua_pushinteger(L, error);
  return 2;
}

/* read_stream(descriptor, most) -> bytes | nil, errno.  None at the end. */
int lpo_read_stream(lua_State *L) {
  char bytes[MOST];
  int descriptor = (int)luaL_checkinteger(L, 1);
  lua_Integer most = luaL_checkinteger(L, 2);
  luaL_argcheck(L, most >= 1 && most <= MOST, 2, "out of range");
  long count;
  do
    count = (long)read(descriptor, bytes, (size_t)most);
  while (count < 0 && errno == EINTR);
  if (count < 0)
    return push_error(L, errno);
  lua_pushlstring(L, bytes, (size_t)count);
  return 1;
}

/* write_stream(descriptor, text, at) -> count | nil, errno.  From the byte `at`
** of the text on. */
int lpo_write_stream(lua_State *L) {
  size_t length;
  int descriptor = (int)luaL_checkinteger(L, 1);
  const char *text = luaL_checklstring(L, 2, &length);
  lua_Integer at = luaL_checkinteger(L, 3);
  luaL_argcheck(L, at >= 1 && (size_t)at <= length, 3, "out of range");
  size_t done = (size_t)at - 1;
  long count;
  do
    count = (long)write(descriptor, text + done, length - done);
  while (count < 0 && errno == EINTR);
  if (count < 0)
    return push_error(L, errno);
  lua_pushinteger(L, (lua_Integer)count);
  return 1;
}
