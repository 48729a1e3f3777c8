#if !defined(_WIN32)
#define _POSIX_C_SOURCE 200809L
#endif

#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#ifdef _WIN32
#include <io.h>
#include <process.h>
#include <windows.h>
#define OPEN_FLAGS (_O_WRONLY | _O_CREAT | _O_EXCL | _O_BINARY)
#define open _open
#define write _write
#define close _close
#define unlink _unlink
#define getpid _getpid
#define fsync _commit
#else
#include <unistd.h>
#define OPEN_FLAGS (O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)
#endif

enum { LONGEST_PATH = 4096, TRIES = 100, MOST_AT_ONCE = 1 << 30 };

static bool write_all(int descriptor, po_text piece) {
  while (piece.length > 0) {
    size_t part = piece.length < MOST_AT_ONCE ? piece.length : MOST_AT_ONCE;
    long written = (long)write(descriptor, piece.at, part);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    piece.at += written;
    piece.length -= (size_t)written;
  }
  return true;
}

/* Opens a new file beside `path`, whose name it leaves in `name`; -1 where
** there can be none. */
static int open_beside(const char *path, char *name) {
  for (int i = 0; i < TRIES; i++) {
    int length =
        snprintf(name, LONGEST_PATH, "%s.%ld-%d", path, (long)getpid(), i);
    if (length < 0 || length >= LONGEST_PATH) {
      errno = ENAMETOOLONG;
      return -1;
    }
    int descriptor = open(name, OPEN_FLAGS, 0666);
    if (descriptor >= 0 || errno != EEXIST)
      return descriptor;
  }
  return -1;
}

#ifdef _WIN32

static bool move(const char *from, const char *to) {
  return MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING) != 0;
}

#else

/* Sees the folder's new entry on the disk, where the system lets it. */
static void sync_folder(const char *path) {
  char folder[LONGEST_PATH];
  const char *slash = strrchr(path, '/');
  size_t length = slash == NULL ? 0 : (size_t)(slash - path) + 1;
  memcpy(folder, path, length);
  memcpy(folder + length, ".", sizeof ".");
  int descriptor = open(folder, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return;
  (void)fsync(descriptor);
  close(descriptor);
}

static bool move(const char *from, const char *to) {
  if (rename(from, to) != 0)
    return false;
  sync_folder(to);
  return true;
}

#endif

static bool write_pieces(int descriptor, const po_text *pieces, int count) {
  for (int i = 0; i < count; i++)
    if (!write_all(descriptor, pieces[i]))
      return false;
  return fsync(descriptor) == 0;
}

po_code lpo_replace_file(const char *path, const po_text *pieces, int count) {
  char name[LONGEST_PATH];
  int descriptor = open_beside(path, name);
  if (descriptor < 0)
    return PO_FILE_UNWRITABLE;
  bool written = write_pieces(descriptor, pieces, count);
  int error = errno;
  if (close(descriptor) != 0 && written) {
    written = false;
    error = errno;
  }
  if (written && !move(name, path)) {
    written = false;
    error = errno;
  }
  if (written)
    return PO_OK;
  (void)unlink(name);
  errno = error;
  return PO_FILE_UNWRITABLE;
}
