#include "snapshot.h"

#include "directory.h"
#include "file.h"
#include "replace.h"
#include "table/snapshot.h"

#include <errno.h>
#include <string.h>

static int fail(lua_State *L, po_code code, int error) {
  bool system = code == PO_FILE_UNREADABLE || code == PO_FILE_UNWRITABLE;
  return lpo_push_file_failure(L, code, system ? strerror(error) : NULL);
}

int lpo_is_snapshot(lua_State *L) {
  char beginning[PO_SNAPSHOT_MAGIC_LENGTH];
  size_t length;
  const char *path = lpo_check_path(L);
  if (path == NULL)
    return 3;
  po_code code = lpo_read_beginning(path, beginning, sizeof beginning, &length);
  if (code != PO_OK)
    return fail(L, code, errno);
  po_text text = {beginning, length};
  lua_pushboolean(L, po_is_snapshot(text));
  return 1;
}

/* Pieces of a file: the head, and each section and what pads it. */
enum { PIECES = 1 + 2 * PO_SECTIONS };

int lpo_write_snapshot(lua_State *L) {
  static const char zeros[PO_SNAPSHOT_ALIGNMENT];
  po_text policy, pieces[PIECES];
  po_snapshot_head head;
  const po_directory *d = &lpo_check_directory(L, 2)->table;
  const char *path = lpo_check_path(L);
  if (path == NULL)
    return 3;
  luaL_argcheck(L, d->finished, 2, "the directory is not finished");
  policy.at = luaL_checklstring(L, 3, &policy.length);
  po_snapshot_begin(d, policy, &head);
  pieces[0] = (po_text){(const char *)&head, sizeof head};
  for (int s = 0; s < PO_SECTIONS; s++) {
    po_text section = po_snapshot_section(d, policy, (po_section)s);
    pieces[1 + 2 * s] = section;
    pieces[2 + 2 * s] = (po_text){zeros, po_snapshot_padding(section.length)};
  }
  po_code code = lpo_replace_file(path, pieces, PIECES);
  if (code != PO_OK)
    return fail(L, code, errno);
  lua_pushboolean(L, 1);
  return 1;
}

int lpo_open_snapshot(lua_State *L) {
  po_text policy;
  bool verify = lua_toboolean(L, 2) != 0;
  const char *path = lpo_check_path(L);
  if (path == NULL)
    return 3;
  lpo_directory *d = lpo_push_directory(L, 0);
  po_code code = lpo_load_image(path, d->table.allocator, &d->image);
  if (code != PO_OK)
    return fail(L, code, errno);
  po_text image = {d->image.at, d->image.length};
  if (verify)
    code = po_snapshot_verify(image);
  if (code == PO_OK)
    code = po_snapshot_open(image, &d->table, &policy);
  if (code != PO_OK)
    return fail(L, code, 0);
  lua_pushlstring(L, policy.at, policy.length);
  return 2;
}
