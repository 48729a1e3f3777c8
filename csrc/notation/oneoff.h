#ifndef PO_ONEOFF_H
#define PO_ONEOFF_H

#include "notation.h"

/* Where "[WORD:" stands: its bracket and its word. */
typedef struct po_oneoff {
  const char *open;
  po_text word;
} po_oneoff;

/* Finds the first "[WORD:" that no @ precedes; whether there is one. */
bool po_find_oneoff(po_text text, po_oneoff *found);

/* Reads the one-off `text` in which that was found. */
po_code po_read_oneoff(po_reader *reader, po_text text, po_oneoff found);

#endif
