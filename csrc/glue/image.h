/*
** A file's bytes in memory: a small file is read, a larger one is mapped and
** shared by every process that maps it.
*/
#ifndef LPO_IMAGE_H
#define LPO_IMAGE_H

#include "file.h"
#include "table/memory.h"

typedef struct lpo_image {
  po_allocator allocator;
  char *at;
  size_t length;
  bool mapped;
} lpo_image;

/*
** Takes in a file's bytes.  Whoever replaces a mapped file renames another to
** it: one that is cut while it is mapped raises SIGBUS where it was.
** PO_POLICY_MEMORY where there is none.
*/
po_code lpo_load_image(const char *path, po_allocator allocator,
                       lpo_image *image);

/* Lets go of them; all zero is an image of nothing. */
void lpo_free_image(lpo_image *image);

#endif
