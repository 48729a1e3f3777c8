/* A file that is replaced at once: whoever opens it finds it whole, the old or
** the new. */
#ifndef LPO_REPLACE_H
#define LPO_REPLACE_H

#include "postoffice.h"

/*
** Writes the pieces to a file beside `path`, sees them on the disk, and renames
** it.  PO_FILE_UNWRITABLE, and errno says why, where that fails: the file
** that there was stays, and nothing else is left.
*/
po_code lpo_replace_file(const char *path, const po_text *pieces, int count);

#endif
