#ifndef PO_NOTATION_REGISTRY_H
#define PO_NOTATION_REGISTRY_H

#include "notation.h"

/* The rules of a notation, among them those of PO_GUESS, which only read. */
extern const po_notation_rules *const po_notations[PO_NOTATION_COUNT];

#endif
