#include "snapshot.h"

#include "hash.h"

#include <stddef.h>

static const char magic[PO_SNAPSHOT_MAGIC_LENGTH] = "POPOLICY";

/* LAYOUT counts changes of record.c, slots.c, hash.h, of the head and of what
** Lua writes beside them; KEYS, changes of what po_key writes for any address.
*/
enum { LAYOUT = 5, KEYS = 2, ORDER = 0x01020304 };

_Static_assert(sizeof(po_snapshot_head) % PO_SNAPSHOT_ALIGNMENT == 0 &&
                   offsetof(po_snapshot_head, size) ==
                       offsetof(po_snapshot_head, spare) + sizeof(uint32_t) &&
                   offsetof(po_snapshot_head, size) % sizeof(uint64_t) == 0 &&
                   offsetof(po_snapshot_head, sum) + sizeof(uint64_t) ==
                       sizeof(po_snapshot_head),
               "the head is written as it stands");

bool po_is_snapshot(po_text beginning) {
  return beginning.length >= sizeof magic &&
         memcmp(beginning.at, magic, sizeof magic) == 0;
}

size_t po_snapshot_padding(uint64_t length) {
  return (size_t)(-length % PO_SNAPSHOT_ALIGNMENT);
}

static po_text bytes_of(const po_slots *slots) {
  return (po_text){(const char *)slots->at, slots->count * sizeof(po_slot)};
}

po_text po_snapshot_section(const po_directory *d, po_text policy,
                            po_section which) {
  po_text records = {d->records.at, d->records.length};
  return which == PO_SECTION_POLICY    ? policy
         : which == PO_SECTION_RECORDS ? records
         : which == PO_SECTION_KEYS    ? bytes_of(&d->keys)
                                       : bytes_of(&d->others);
}

static uint64_t sum_of_head(const po_snapshot_head *head) {
  return po_hash(po_slice((const char *)head, (const char *)&head->sum));
}

/* A build without a version of Unicode has keys that no other has. */
static void put_unicode(char *out, size_t size) {
  const char *version = po_unicode_version();
  memset(out, 0, size);
  if (version != NULL)
    strncpy(out, version, size - 1);
}

void po_snapshot_begin(const po_directory *d, po_text policy,
                       po_snapshot_head *head) {
  memset(head, 0, sizeof *head);
  memcpy(head->magic, magic, sizeof magic);
  head->layout = LAYOUT;
  head->order = ORDER;
  head->keys = KEYS;
  put_unicode(head->unicode, sizeof head->unicode);
  head->entries = d->entries;
  head->used = d->keys.used;
  head->others = d->others.used;
  uint64_t at = sizeof *head;
  for (int s = 0; s < PO_SECTIONS; s++) {
    po_text bytes = po_snapshot_section(d, policy, (po_section)s);
    head->section[s].offset = at;
    head->section[s].length = bytes.length;
    head->section[s].sum = po_hash(bytes);
    at += bytes.length + po_snapshot_padding(bytes.length);
  }
  head->size = at;
  head->sum = sum_of_head(head);
}

static bool is_ours(const po_snapshot_head *head) {
  char unicode[sizeof head->unicode];
  put_unicode(unicode, sizeof unicode);
  return head->layout == LAYOUT && head->order == ORDER && head->keys == KEYS &&
         memcmp(head->unicode, unicode, sizeof unicode) == 0;
}

static bool lies_inside(const struct po_snapshot_section *section,
                        size_t size) {
  return section->offset % PO_SNAPSHOT_ALIGNMENT == 0 &&
         section->offset <= size && section->length <= size - section->offset;
}

static bool are_slots(const struct po_snapshot_section *section) {
  return section->length % sizeof(po_slot) == 0 &&
         section->length / sizeof(po_slot) <= UINT32_MAX;
}

/* Whether all sections lie inside, and can be what they have to be. */
static bool is_whole(const po_snapshot_head *head, size_t size) {
  for (int s = 0; s < PO_SECTIONS; s++)
    if (!lies_inside(&head->section[s], size))
      return false;
  return head->section[PO_SECTION_RECORDS].length <= UINT32_MAX &&
         are_slots(&head->section[PO_SECTION_KEYS]) &&
         are_slots(&head->section[PO_SECTION_OTHERS]);
}

static po_code read_head(po_text image, po_snapshot_head *head) {
  if (!po_is_snapshot(image) || image.length < sizeof *head)
    return PO_SNAPSHOT_DAMAGED;
  memcpy(head, image.at, sizeof *head);
  if (!is_ours(head))
    return PO_SNAPSHOT_FOREIGN;
  if (head->sum != sum_of_head(head) || head->size != image.length ||
      !is_whole(head, image.length))
    return PO_SNAPSHOT_DAMAGED;
  return PO_OK;
}

static po_text section_in(po_text image, const po_snapshot_head *head,
                          po_section which) {
  const char *at = image.at + head->section[which].offset;
  return po_slice(at, at + head->section[which].length);
}

/* What a directory builds on is not const; a finished one writes nothing. */
static void *as_built(const char *at) {
  union {
    const char *read;
    void *built;
  } place = {at};
  return place.built;
}

static po_slots slots_in(po_text section, uint32_t used) {
  return (po_slots){(po_slot *)as_built(section.at),
                    (uint32_t)(section.length / sizeof(po_slot)), used};
}

po_code po_snapshot_open(po_text image, po_directory *d, po_text *policy) {
  po_snapshot_head head;
  po_code code = read_head(image, &head);
  memset(d, 0, sizeof *d);
  if (code != PO_OK)
    return code;
  po_text records = section_in(image, &head, PO_SECTION_RECORDS);
  *policy = section_in(image, &head, PO_SECTION_POLICY);
  d->records.at = (char *)as_built(records.at);
  d->records.length = records.length;
  d->keys = slots_in(section_in(image, &head, PO_SECTION_KEYS), head.used);
  d->others =
      slots_in(section_in(image, &head, PO_SECTION_OTHERS), head.others);
  d->entries = head.entries;
  d->finished = true;
  return PO_OK;
}

/* Whether nothing but zeros lies between a section and the next one. */
static bool is_padded(po_text image, po_text section) {
  static const char zeros[PO_SNAPSHOT_ALIGNMENT];
  size_t padding = po_snapshot_padding(section.length);
  return padding <= (size_t)(po_end(image) - po_end(section)) &&
         memcmp(po_end(section), zeros, padding) == 0;
}

static bool is_sound(po_text image, const po_snapshot_head *head,
                     po_section which) {
  po_text section = section_in(image, head, which);
  return po_hash(section) == head->section[which].sum &&
         is_padded(image, section);
}

po_code po_snapshot_verify(po_text image) {
  po_snapshot_head head;
  po_code code = read_head(image, &head);
  for (int s = 0; code == PO_OK && s < PO_SECTIONS; s++)
    if (!is_sound(image, &head, (po_section)s))
      code = PO_SNAPSHOT_DAMAGED;
  return code;
}
