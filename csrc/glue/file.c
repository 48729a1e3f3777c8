/*
** Reads a file as policies are read: at once, and no further than a limit.
**
** What is no regular file is refused: a FIFO would be waited for, a device
** read without end.  Lua may raise where memory is taken, so no descriptor is
** open then: the file is opened once to learn its size and again to be read.
** What is written replaces a file, or is nothing yet.
*/
#if !defined(_WIN32)
#define _POSIX_C_SOURCE 200809L
#endif

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "postoffice.h"
#include "replace.h"

#ifdef _WIN32
#include <io.h>
#define OPEN_FLAGS (_O_RDONLY | _O_BINARY)
#define CREATE_FLAGS (_O_WRONLY | _O_CREAT | _O_EXCL)
#define PRIVATE_MODE (_S_IREAD | _S_IWRITE)
#define S_ISREG(mode) (((mode)&_S_IFMT) == _S_IFREG)
#define open _open
#define read _read
#define close _close
#define fstat _fstat64
#define lseek _lseeki64
typedef struct _stat64 file_status;
#else
#include <unistd.h>
#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_CLOEXEC) /* a FIFO opens too */
#define CREATE_FLAGS (O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)
#define PRIVATE_MODE 0640
typedef struct stat file_status;
#endif

static double modification(const file_status *status) {
#if defined(_WIN32) || defined(__APPLE__)
  return (double)status->st_mtime;
#else
  return (double)status->st_mtim.tv_sec + (double)status->st_mtim.tv_nsec / 1e9;
#endif
}

/* Learns size and time; false where it is no regular file. */
static bool look(lpo_file *out) {
  file_status status;
  if (fstat(out->descriptor, &status) != 0 || !S_ISREG(status.st_mode))
    return false;
  out->size = (size_t)status.st_size;
  out->changed = modification(&status);
  return true;
}

po_code lpo_open_file(const char *path, size_t limit, lpo_file *out) {
  out->descriptor = open(path, OPEN_FLAGS);
  if (out->descriptor < 0)
    return PO_FILE_UNREADABLE;
  po_code code = !look(out)          ? PO_FILE_IRREGULAR
                 : out->size > limit ? PO_FILE_LARGE
                                     : PO_OK;
  if (code != PO_OK)
    close(out->descriptor);
  return code;
}

/* Reads at most `size` bytes; how many there were, -1 for an error. */
static long read_bytes(int descriptor, char *to, size_t size) {
  size_t have = 0;
  while (have < size) {
    long got = (long)read(descriptor, to + have, size - have);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return -1;
    if (got == 0)
      break;
    have += (size_t)got;
  }
  return (long)have;
}

static bool same(const lpo_file *a, const lpo_file *b) {
  return a->size == b->size && a->changed >= b->changed &&
         a->changed <= b->changed;
}

/* Nobody may write it meanwhile. */
po_code lpo_read_again(const char *path, const lpo_file *known, char *to) {
  lpo_file now = {-1, 0, 0}, after;
  po_code code = lpo_open_file(path, known->size, &now);
  if (code != PO_OK)
    return code == PO_FILE_LARGE ? PO_FILE_CHANGING : code;
  after = now;
  long length = read_bytes(now.descriptor, to, known->size + 1);
  bool steady = look(&after) && same(known, &now) && same(&now, &after);
  close(now.descriptor);
  if (length < 0)
    return PO_FILE_UNREADABLE;
  return steady && (size_t)length == known->size ? PO_OK : PO_FILE_CHANGING;
}

int lpo_push_file_failure(lua_State *L, po_code code, const char *reason) {
  lua_pushnil(L);
  lua_pushfstring(L, "%s: %s", lua_tostring(L, 1),
                  reason != NULL ? reason : po_code_message(code));
  lua_pushstring(L, po_code_slug(code));
  return 3;
}

po_code lpo_read_beginning(const char *path, char *to, size_t size,
                           size_t *length) {
  lpo_file file;
  po_code code = lpo_open_file(path, SIZE_MAX, &file);
  if (code != PO_OK)
    return code;
  long have = read_bytes(file.descriptor, to, size);
  close(file.descriptor);
  *length = have < 0 ? 0 : (size_t)have;
  return have < 0 ? PO_FILE_UNREADABLE : PO_OK;
}

/* What the operating system says of a failure; of others, our sentence does. */
static int fail(lua_State *L, po_code code, int error) {
  return lpo_push_file_failure(
      L, code, code == PO_FILE_UNREADABLE ? strerror(error) : NULL);
}

const char *lpo_check_path(lua_State *L) {
  size_t length;
  const char *path = luaL_checklstring(L, 1, &length);
  if (strlen(path) == length)
    return path;
  lpo_push_file_failure(L, PO_FILE_UNREADABLE, "a path holds no NUL");
  return NULL;
}

static size_t check_limit(lua_State *L) {
  lua_Number limit = luaL_checknumber(L, 2);
  luaL_argcheck(L, limit >= 0 && limit < 1e15, 2, "out of range");
  return (size_t)limit;
}

static int push_state(lua_State *L, const lpo_file *known) {
  lua_pushnumber(L, (lua_Number)known->size);
  lua_pushnumber(L, (lua_Number)known->changed);
  return 2;
}

/*
** read_file(path, limit) -> text, size, seconds since 1970 of its last change
** | nil, message, code: file-unreadable, file-irregular (no regular file),
** file-large (more than `limit` bytes), file-changing (somebody writes it).
*/
int lpo_read_file(lua_State *L) {
  lpo_file known = {-1, 0, 0};
  size_t limit = check_limit(L);
  const char *path = lpo_check_path(L);
  if (path == NULL)
    return 3;
  po_code code = lpo_open_file(path, limit, &known);
  if (code != PO_OK)
    return fail(L, code, errno);
  close(known.descriptor);
  char *text = lua_newuserdata(L, known.size + 1);
  code = lpo_read_again(path, &known, text);
  if (code != PO_OK)
    return fail(L, code, errno);
  lua_pushlstring(L, text, known.size);
  return 1 + push_state(L, &known);
}

/*
** read_part(path, offset, length) -> text, size, seconds since 1970 of the
** file's last change | nil, message, code.  The text is shorter where the file
** ends, and empty after it.
*/
int lpo_read_part(lua_State *L) {
  lpo_file file = {-1, 0, 0};
  lua_Number offset = luaL_checknumber(L, 2), length = luaL_checknumber(L, 3);
  luaL_argcheck(L, offset >= 0 && offset < 1e15, 2, "out of range");
  luaL_argcheck(L, length >= 0 && length < 1e10, 3, "out of range");
  const char *path = lpo_check_path(L);
  if (path == NULL)
    return 3;
  char *text = lua_newuserdata(L, (size_t)length + 1);
  po_code code = lpo_open_file(path, SIZE_MAX, &file);
  if (code != PO_OK)
    return fail(L, code, errno);
  long have = lseek(file.descriptor, (off_t)offset, SEEK_SET) < 0
                  ? -1
                  : read_bytes(file.descriptor, text, (size_t)length);
  int error = errno;
  close(file.descriptor);
  if (have < 0)
    return fail(L, PO_FILE_UNREADABLE, error);
  lua_pushlstring(L, text, (size_t)have);
  return 1 + push_state(L, &file);
}

/* stat_file(path) -> size, seconds since 1970 of its last change | nil,
** message, code */
int lpo_stat_file(lua_State *L) {
  lpo_file known = {-1, 0, 0};
  const char *path = lpo_check_path(L);
  if (path == NULL)
    return 3;
  po_code code = lpo_open_file(path, SIZE_MAX, &known);
  if (code != PO_OK)
    return fail(L, code, errno);
  close(known.descriptor);
  return push_state(L, &known);
}

/*
** write_file(path, text) -> true | nil, message, code.  Whoever opens the file
** meanwhile finds the old one or the new one, whole.
*/
int lpo_write_file(lua_State *L) {
  po_text text;
  const char *path = lpo_check_path(L);
  if (path == NULL)
    return 3;
  text.at = luaL_checklstring(L, 2, &text.length);
  po_code code = lpo_replace_file(path, &text, 1);
  if (code != PO_OK)
    return lpo_push_file_failure(L, code, strerror(errno));
  lua_pushboolean(L, 1);
  return 1;
}

/*
** create_file(path) -> true | nil, message, code.  An empty file that others
** than its owner and group cannot read, where there is nothing yet.
*/
int lpo_create_file(lua_State *L) {
  const char *path = lpo_check_path(L);
  if (path == NULL)
    return 3;
  int descriptor = open(path, CREATE_FLAGS, PRIVATE_MODE);
  if (descriptor < 0)
    return lpo_push_file_failure(L, PO_FILE_UNWRITABLE, strerror(errno));
  close(descriptor);
  lua_pushboolean(L, 1);
  return 1;
}
