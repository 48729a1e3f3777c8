/*
** A compiled policy as it stands in a file: a head, then sections, each of
** which begins at a multiple of eight bytes:
**
**   policy    what Lua has to know of it, a text
**   records   the directory's records,
**   keys      and its slots,
**   others    of all keys
**
** Opening looks at the head and at where sections lie, not at what is in them:
** a file of any size is open at once.  Whatever is in them, reading stays
** inside (directory.h).
*/
#ifndef PO_SNAPSHOT_H
#define PO_SNAPSHOT_H

#include "directory.h"

typedef enum po_section {
  PO_SECTION_POLICY,
  PO_SECTION_RECORDS,
  PO_SECTION_KEYS,
  PO_SECTION_OTHERS,
  PO_SECTIONS
} po_section;

enum { PO_SNAPSHOT_MAGIC_LENGTH = 8, PO_SNAPSHOT_ALIGNMENT = 8 };

/* It is written as it stands: no padding, the machine's byte order. */
typedef struct po_snapshot_head {
  char magic[PO_SNAPSHOT_MAGIC_LENGTH];
  uint32_t layout;        /* of head, records and slots */
  uint32_t order;         /* tells one byte order from the other */
  uint32_t keys;          /* the rules by which keys are made, */
  char unicode[12];       /* and the Unicode version that domains go by */
  uint32_t entries, used; /* of the directory and its keys */
  uint32_t others, spare;
  uint64_t size; /* of the file */
  struct po_snapshot_section {
    uint64_t offset, length, sum;
  } section[PO_SECTIONS];
  uint64_t sum; /* of the head up to here */
} po_snapshot_head;

/* Whether a file that begins so is meant to be a snapshot. */
bool po_is_snapshot(po_text beginning);

/* The head of a finished directory's snapshot. */
void po_snapshot_begin(const po_directory *d, po_text policy,
                       po_snapshot_head *head);

/* A section's bytes, which are padded with zeros to the next one. */
po_text po_snapshot_section(const po_directory *d, po_text policy,
                            po_section which);

/* What lies between the end of so many bytes and the next section. */
size_t po_snapshot_padding(uint64_t length);

/*
** The directory and the policy that lie in `image`, aligned as its head is.
** PO_SNAPSHOT_FOREIGN where another build or machine has to have written it,
** PO_SNAPSHOT_DAMAGED where it is no whole file.  The directory has nothing to
** be freed.
*/
po_code po_snapshot_open(po_text image, po_directory *d, po_text *policy);

/* The same for each byte of it: PO_SNAPSHOT_DAMAGED where one has changed. */
po_code po_snapshot_verify(po_text image);

#endif
