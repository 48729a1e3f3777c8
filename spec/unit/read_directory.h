/*
** Reads all that a directory tells, whatever it holds: for tests of what was
** opened from damaged files.  Every byte of every text is looked at, so that a
** sanitizer sees a read outside.
*/
#ifndef READ_DIRECTORY_H
#define READ_DIRECTORY_H

#include "table/directory.h"
#include "table/hash.h"

/* Members and keys that are looked up, of each entry and of all: any entry may
** claim the same long list, and a table of slots may be full. */
enum { MOST_MEMBERS = 32, MOST_FINDS = 64 };

/* What was read: how much, and a sum of it. */
typedef struct reading_of {
  const po_directory *directory;
  uint64_t sum;
  unsigned entries, proxies, ways, finds;
  bool sound; /* places rise, and what is found is an entry */
} reading_of;

static inline void read_a_text(reading_of *r, po_text text) {
  r->sum = po_hash_step(r->sum, po_hash(text));
}

static inline void read_a_way(reading_of *r, bool found, const po_way *way) {
  if (!found)
    return;
  po_entry_view entry;
  r->ways++;
  read_a_text(r, way->text);
  r->sound = r->sound && (way->entry == 0 ||
                          po_directory_entry(r->directory, way->entry, &entry));
}

/* The entry that a text finds as a key. */
static inline void find_a_key(reading_of *r, po_text key) {
  po_entry_view entry;
  if (r->finds++ >= MOST_FINDS)
    return;
  const po_record found[] = {po_directory_find(r->directory, key),
                             po_directory_find_target(r->directory, key),
                             po_directory_find_bare(r->directory, key)};
  for (int i = 0; i < 3; i++)
    r->sound = r->sound && (found[i] == 0 ||
                            po_directory_entry(r->directory, found[i], &entry));
}

static inline void read_proxies(reading_of *r, const po_entry_view *entry) {
  bool secondary;
  po_text text;
  po_record at = entry->proxies, before = at;
  if (po_directory_primary(r->directory, entry, &text))
    read_a_text(r, text);
  while (po_directory_proxy(r->directory, &at, &text, &secondary)) {
    r->proxies++;
    r->sound = r->sound && at > before;
    before = at;
    read_a_text(r, text);
    find_a_key(r, text);
  }
}

static inline void read_body(reading_of *r, const po_entry_view *entry) {
  const po_directory *d = r->directory;
  po_way way;
  uint32_t count = po_directory_member_count(d, entry);
  bool has_target = po_directory_target(d, entry, &way);
  read_a_way(r, has_target, &way);
  if (has_target)
    find_a_key(r, way.text);
  read_a_way(r, po_directory_owner(d, entry, &way), &way);
  read_a_text(r, po_directory_refusal(d, entry));
  for (uint32_t i = 0; i < count && i < MOST_MEMBERS; i++)
    read_a_way(r, po_directory_member(d, entry, i, &way), &way);
  r->sound = r->sound && !po_directory_member(d, entry, count, &way) &&
             !po_directory_member(d, entry, UINT32_MAX, &way);
  if (count > 0)
    read_a_way(r, po_directory_member(d, entry, count - 1, &way), &way);
}

static inline void read_an_entry(reading_of *r, po_record at) {
  po_entry_view entry;
  if (!po_directory_entry(r->directory, at, &entry))
    return;
  read_a_text(r, entry.name);
  read_proxies(r, &entry);
  read_body(r, &entry);
}

/* All entries in their order, and what stands at places where none begins. */
static inline reading_of read_directory(const po_directory *d) {
  reading_of r = {.directory = d, .sound = true};
  size_t length = d->records.length;
  po_record before = 0;
  for (po_record at = po_directory_next(d, 0); at != 0;
       at = po_directory_next(d, at)) {
    r.entries++;
    r.sound = r.sound && at > before;
    before = at;
    read_an_entry(&r, at);
  }
  for (uint32_t at = 0; at < 64; at++) {
    read_an_entry(&r, at);
    read_an_entry(&r, (po_record)length - 32 + at);
    read_an_entry(&r, UINT32_MAX - at);
    r.sum += po_directory_next(d, (po_record)length - 32 + at);
  }
  return r;
}

#endif
