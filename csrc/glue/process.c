/*
** What a server asks of a Unix system that Lua and cqueues cannot: a lock on a
** folder, and a datagram to a socket with an abstract name.
**
** No descriptor outlives a program that is started, and none is open where Lua
** may raise.
*/
#if !defined(_WIN32)
#define _DEFAULT_SOURCE /* flock */
#define _DARWIN_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "process.h"

#include <errno.h>
#include <string.h>

#include "file.h"

#ifdef _WIN32

int lpo_lock_folder(lua_State *L) {
  luaL_checkstring(L, 1);
  return lpo_push_file_failure(L, PO_FILE_UNWRITABLE, "no Unix system");
}

int lpo_unlock_folder(lua_State *L) {
  luaL_checkinteger(L, 1);
  return 0;
}

int lpo_send_datagram(lua_State *L) {
  luaL_checkstring(L, 1);
  return lpo_push_file_failure(L, PO_FILE_UNWRITABLE, "no Unix system");
}

#else

#include <fcntl.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/*
** lock_folder(path) -> number | nil, message, code.  Nobody else has the lock
** until it is given back or the process ends; false where somebody has it.
*/
int lpo_lock_folder(lua_State *L) {
  const char *path = lpo_check_path(L);
  if (path == NULL)
    return 3;
  int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return lpo_push_file_failure(L, PO_FILE_UNREADABLE, strerror(errno));
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
    lua_pushinteger(L, descriptor);
    return 1;
  }
  int error = errno;
  close(descriptor);
  if (error != EWOULDBLOCK)
    return lpo_push_file_failure(L, PO_FILE_UNREADABLE, strerror(error));
  lua_pushboolean(L, 0);
  return 1;
}

/* unlock_folder(number): gives a lock back. */
int lpo_unlock_folder(lua_State *L) {
  close((int)luaL_checkinteger(L, 1));
  return 0;
}

/* The address of a socket's name, whose @ is an abstract one's (unix(7)); its
** length, or 0 where it is too long. */
static socklen_t name_socket(po_text name, struct sockaddr_un *out) {
  memset(out, 0, sizeof *out);
  if (name.length == 0 || name.length >= sizeof out->sun_path)
    return 0;
  out->sun_family = AF_UNIX;
  memcpy(out->sun_path, name.at, name.length);
  if (name.at[0] == '@')
    out->sun_path[0] = '\0';
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name.length);
}

/* Sends without waiting; 0, or an error's number. */
static int send_to(const struct sockaddr_un *to, socklen_t length,
                   po_text text) {
  int descriptor = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (descriptor < 0)
    return errno;
  ssize_t sent = sendto(descriptor, text.at, text.length, MSG_DONTWAIT,
                        (const struct sockaddr *)to, length);
  int error = sent < 0 ? errno : 0;
  close(descriptor);
  return error;
}

/* send_datagram(name, text) -> true | nil, message, code */
int lpo_send_datagram(lua_State *L) {
  po_text text, name;
  struct sockaddr_un to;
  name.at = luaL_checklstring(L, 1, &name.length);
  text.at = luaL_checklstring(L, 2, &text.length);
  socklen_t length = name_socket(name, &to);
  int error = length == 0 ? ENAMETOOLONG : send_to(&to, length, text);
  if (error != 0)
    return lpo_push_file_failure(L, PO_FILE_UNWRITABLE, strerror(error));
  lua_pushboolean(L, 1);
  return 1;
}

#endif
