#include "slots.h"

#include "hash.h"

/* Slots are filled to three quarters at most: a record that is not there is
** found missing after eight or nine of them, which is one or two cache lines.
*/
static size_t slots_for(uint32_t records) {
  return (size_t)records * 4 / 3 + 8;
}

/* Where a hash begins to be looked for: its upper half, scaled. */
static uint32_t place_of(const po_slots *slots, uint64_t hash) {
  return (uint32_t)((hash >> 32) * slots->count >> 32);
}

static uint32_t after(const po_slots *slots, uint32_t place) {
  return place + 1 < slots->count ? place + 1 : 0;
}

/* A file may have no empty slot: no more are looked at than there are. */
uint32_t po_slots_find(const po_slots *slots, po_text text,
                       po_slot_test *is_that, const void *records) {
  if (slots->count == 0)
    return 0;
  uint64_t hash = po_hash(text);
  uint32_t place = place_of(slots, hash);
  for (uint32_t seen = 0; seen < slots->count; seen++) {
    const po_slot *slot = &slots->at[place];
    if (slot->record == 0)
      return 0;
    if (slot->tag == (uint32_t)hash && is_that(records, slot->record, text))
      return slot->record;
    place = after(slots, place);
  }
  return 0;
}

static void put(po_slots *slots, uint64_t hash, uint32_t record) {
  uint32_t place = place_of(slots, hash);
  while (slots->at[place].record != 0)
    place = after(slots, place);
  slots->at[place].tag = (uint32_t)hash;
  slots->at[place].record = record;
}

/* Moves all records to `count` new slots; false where there is no memory. */
static bool move(po_slots *slots, const po_allocator *allocator, size_t count,
                 po_slot_hash *hash_of, const void *records) {
  if (count > UINT32_MAX)
    return false;
  po_slots moved = {NULL, (uint32_t)count, slots->used};
  moved.at = (po_slot *)allocator->resize(allocator->state, NULL, 0,
                                          count * sizeof *moved.at);
  if (moved.at == NULL)
    return false;
  memset(moved.at, 0, count * sizeof *moved.at);
  for (uint32_t i = 0; i < slots->count; i++)
    if (slots->at[i].record != 0)
      put(&moved, hash_of(records, slots->at[i].record), slots->at[i].record);
  po_slots_free(slots, allocator);
  *slots = moved;
  return true;
}

bool po_slots_reserve(po_slots *slots, const po_allocator *allocator,
                      po_slot_hash *hash_of, const void *records) {
  size_t needed = slots_for(slots->used + 1);
  return needed <= slots->count ||
         move(slots, allocator, needed * 2, hash_of, records);
}

bool po_slots_add(po_slots *slots, const po_allocator *allocator, uint64_t hash,
                  uint32_t record, po_slot_hash *hash_of, const void *records) {
  if (!po_slots_reserve(slots, allocator, hash_of, records))
    return false;
  put(slots, hash, record);
  slots->used++;
  return true;
}

void po_slots_replace(po_slots *slots, uint64_t hash, uint32_t record,
                      uint32_t other) {
  uint32_t place = place_of(slots, hash);
  while (slots->at[place].record != record)
    place = after(slots, place);
  slots->at[place].record = other;
}

void po_slots_trim(po_slots *slots, const po_allocator *allocator,
                   po_slot_hash *hash_of, const void *records) {
  size_t needed = slots_for(slots->used);
  if (slots->used > 0 && needed < slots->count)
    (void)move(slots, allocator, needed, hash_of, records);
}

void po_slots_free(po_slots *slots, const po_allocator *allocator) {
  if (slots->at != NULL)
    allocator->resize(allocator->state, slots->at,
                      slots->count * sizeof *slots->at, 0);
  memset(slots, 0, sizeof *slots);
}
