/*
** Holds a set of patterns against trying one after the other.  Lines: the first
** is the text, each other an item, which is no pattern if it begins with '='
** and no item if it is empty.
*/
#include "properties.h"

#include "table/set.h"

enum { MAX_ITEMS = 200 };

static void *resize(void *state, void *at, size_t size, size_t wanted) {
  (void)state;
  (void)size;
  if (wanted > 0)
    return realloc(at, wanted);
  free(at);
  return NULL;
}

/* The line at `*at`, which is stepped past. */
static po_text next_line(const char **at, const char *end) {
  const char *from = *at, *stop = from;
  while (stop < end && *stop != '\n')
    stop++;
  *at = stop < end ? stop + 1 : end;
  return (po_text){from, (size_t)(stop - from)};
}

static po_set_item read_item(po_text line) {
  po_set_item item = {line, line.length > 0 && *line.at == '='};
  if (item.whole)
    item.text = (po_text){line.at + 1, line.length - 1};
  if (line.length == 0)
    item.text.at = NULL;
  return item;
}

/* The rank after `after` that is found by trying them all. */
static uint32_t slow_next(const po_set_item *items, uint32_t count,
                          po_text text, uint32_t after) {
  po_text captures[PO_MAX_CAPTURES];
  for (uint32_t i = after; i < count; i++) {
    po_set_item item = items[i];
    size_t used;
    if (item.text.at != NULL &&
        (item.whole ? same_text(item.text, text)
                    : po_glob_match(item.text, text, captures, &used)))
      return i + 1;
  }
  return 0;
}

/* What matches is near as well. */
static void hold_near(const po_set *set, const po_set_item *items, po_text text,
                      uint32_t rank) {
  if (rank > 0 && !items[rank - 1].whole)
    PROPERTY(po_set_near(set, text, rank - 1) == rank);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const po_allocator allocator = {resize, NULL};
  po_set_item items[MAX_ITEMS];
  const char *at = (const char *)data, *end = at + size;
  if (size == 0)
    return 0;
  po_text text = next_line(&at, end);
  uint32_t count = 0;
  while (at < end && count < MAX_ITEMS)
    items[count++] = read_item(next_line(&at, end));
  po_set *set = po_set_new(&allocator, items, count);
  PROPERTY(set != NULL);
  uint32_t rank = 0, following;
  do {
    uint32_t wanted = slow_next(items, count, text, rank);
    rank = po_set_next(set, text, text, rank, &following);
    PROPERTY(rank == wanted);
    PROPERTY(following ==
             (rank == 0 ? 0 : slow_next(items, count, text, rank)));
    hold_near(set, items, text, rank);
  } while (rank != 0);
  po_set_free(set);
  return 0;
}
