/* Tells texts apart, whatever their size. */
#ifndef PO_TABLE_DIGEST_H
#define PO_TABLE_DIGEST_H

#include <stdint.h>

#include "postoffice.h"

/*
** 64 bits of a text, the same on every machine (FNV-1a), given those of what
** stands before it.  Who wants two texts to be taken for one another can make
** such: it guards against chance alone.
*/
uint64_t po_digest(uint64_t before, po_text text);

#define PO_NO_DIGEST UINT64_C(0xcbf29ce484222325) /* of nothing */

#endif
