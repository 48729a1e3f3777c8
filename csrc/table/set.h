/*
** A set of patterns, and the first of them that matches a text.
**
** An item is a pattern of po_glob_match, or a text that has to be the whole.
** Its rank is its place among the items, from 1.  Patterns lie in buckets by
** their literal end, their literal beginning or, if many share both, a literal
** between two wildcards, whichever the fewest others share.  A look-up hashes
** the text once from each side, and for the last kind from each of its bytes,
** probes the lengths that occur and holds the text against what it finds there,
** in the order of the ranks.  So it takes the time of the text and of the few
** that share a literal with it, however many there are.
*/
#ifndef PO_SET_H
#define PO_SET_H

#include "memory.h"

typedef struct po_set po_set;

typedef struct po_set_item {
  po_text text; /* absent: there is nothing of this rank */
  bool whole;   /* it is no pattern */
} po_set_item;

/* A set of items, or NULL where there is no memory.  The texts are copied. */
po_set *po_set_new(const po_allocator *allocator, const po_set_item *items,
                   uint32_t count);

void po_set_free(po_set *set);

/*
** The least rank above `after` whose item matches, or 0: a pattern that matches
** `text` but for the case of ASCII letters, or a text that is `whole`, byte for
** byte.  An absent text is matched by nothing.  `*following` is the least rank
** above the result that matches, or 0, if it is not NULL.
*/
uint32_t po_set_next(const po_set *set, po_text text, po_text whole,
                     uint32_t after, uint32_t *following);

/*
** The least rank above `after` of a pattern that may match `text`: the literal
** by which it is found stands there.
*/
uint32_t po_set_near(const po_set *set, po_text text, uint32_t after);

#endif
