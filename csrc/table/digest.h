/* Tells texts apart, whatever their size. */
#ifndef PO_TABLE_DIGEST_H
#define PO_TABLE_DIGEST_H

#include <stdint.h>

#include "postoffice.h"

/*
** 64 bits of a text, the same on every machine (FNV-1a).  Who wants two texts
** to be taken for one another can make such: it guards against chance alone.
*/
uint64_t po_digest(po_text text);

#endif
