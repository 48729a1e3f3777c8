/*
** A hash table from texts to records.  A slot holds half a hash and the place
** of a record, which has the text; where it is looked up, whoever knows the
** records compares.  There is no pointer in it: it can be written to a file.
*/
#ifndef PO_SLOTS_H
#define PO_SLOTS_H

#include "memory.h"

typedef struct po_slot {
  uint32_t tag, record; /* no record is 0 */
} po_slot;

/* All zero is an empty table. */
typedef struct po_slots {
  po_slot *at;
  uint32_t count, used;
} po_slots;

/* Whether the record is that of the text that is looked up. */
typedef bool po_slot_test(const void *records, uint32_t record, po_text text);

/* The record whose text passes, or 0. */
uint32_t po_slots_find(const po_slots *slots, po_text text,
                       po_slot_test *is_that, const void *records);

/* The hash of a record's text. */
typedef uint64_t po_slot_hash(const void *records, uint32_t record);

/* Makes room for one more; false, and nothing has changed, where there is no
** memory. */
bool po_slots_reserve(po_slots *slots, const po_allocator *allocator,
                      po_slot_hash *hash_of, const void *records);

/*
** Adds a record whose text is not in it, by the text's hash; false, and nothing
** has changed, where there is no memory.
*/
bool po_slots_add(po_slots *slots, const po_allocator *allocator, uint64_t hash,
                  uint32_t record, po_slot_hash *hash_of, const void *records);

/* Puts a record in the place of another one, which has an equal text. */
void po_slots_replace(po_slots *slots, uint64_t hash, uint32_t record,
                      uint32_t other);

/* Makes it as small as it is still quick; leaves it where there is no memory
** for that. */
void po_slots_trim(po_slots *slots, const po_allocator *allocator,
                   po_slot_hash *hash_of, const void *records);

void po_slots_free(po_slots *slots, const po_allocator *allocator);

#endif
