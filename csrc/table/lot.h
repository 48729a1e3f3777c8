/*
** Lots: who of several takes a text, so that each time it is the same one, and
** one that comes or goes moves its own share only (rendezvous hashing, Thaler
** and Ravishankar 1998).
*/
#ifndef PO_TABLE_LOT_H
#define PO_TABLE_LOT_H

#include <stdint.h>

#include "postoffice.h"

/*
** The lot that a text draws for a name, 1 to 2^32: -log2(u) in 2^26ths, of a u
** in (0, 1) that the two texts hash to.  Whoever has the lowest lot, divided by
** its weight, takes the text: as often as its weight is to all others'
** (Schindelhauer and Schomaker 2005), for such a quotient is distributed
** exponentially with the weight as its rate.  Integers alone, so that it is the
** same on every machine.
*/
uint64_t po_lot(po_text text, po_text name);

#endif
