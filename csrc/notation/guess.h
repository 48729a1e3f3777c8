#ifndef PO_GUESS_H
#define PO_GUESS_H

#include "reader.h"

/* Reads a text whose notation was not said, if it is certain. */
po_code po_guess(po_reader *reader, po_text whole);

#endif
