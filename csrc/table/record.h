/*
** The records of a directory, as they lie in memory: one after the other, each
** with its kind in front.  All of it is read through `po_record_read`, which
** looks at nothing beyond the end.
*/
#ifndef PO_RECORD_H
#define PO_RECORD_H

#include "memory.h"

typedef enum po_record_kind {
  PO_RECORD_NONE,
  PO_RECORD_ENTRY,   /* and then its proxies */
  PO_RECORD_PROXY,   /* of the entry before it */
  PO_RECORD_TEXT,    /* an address, an entry's name or a reason */
  PO_RECORD_KEYED,   /* an address and its key, which the text does not tell */
  PO_RECORD_MEMBERS, /* of a list */
  PO_RECORD_KINDS
} po_record_kind;

/* Of a proxy. */
enum {
  PO_PROXY_SECONDARY = 1,
  PO_PROXY_KEYED = 2,  /* its key is kept */
  PO_PROXY_BARE = 4,   /* how its key begins is a key, too */
  PO_PROXY_SHARED = 8, /* which another entry has as well */
};

/* What a record holds; what its kind has not is 0. */
typedef struct po_record_view {
  po_record_kind kind;
  unsigned flags;
  unsigned file; /* entry */
  uint32_t line; /* entry */
  uint32_t
      reference;    /* entry: its body; proxy: its entry; members: the owner */
  po_text text;     /* entry: its name */
  po_text key;      /* proxy, if it is kept; keyed */
  uint32_t bare;    /* proxy: the bytes of its key that are a key, or 0 */
  uint32_t count;   /* members */
  uint32_t members; /* where their numbers begin */
  uint32_t next;    /* the record after it */
} po_record_view;

/* The places of an entry's or proxy's flags and of an entry's body, behind the
** beginning of its record; of a list's owner, behind that of its members. */
enum { PO_FLAGS_AT = 1, PO_ENTRY_BODY_AT = 2, PO_MEMBERS_OWNER_AT = 5 };

/* Where the first record stands: 0 is none. */
enum { PO_FIRST_RECORD = 8 };

/* Reads the record at a place; false where there is none. */
bool po_record_read(const po_block *records, uint32_t at, po_record_view *out);

/* The bytes of a record that is to stand at a place. */
size_t po_record_size(const po_record_view *record, uint32_t at);

/* Appends a record to what has room for it; of members, all are 0. */
void po_record_put(po_block *records, const po_record_view *record);

/* A number in the records, which stands there. */
uint32_t po_record_number(const po_block *records, size_t at);
void po_record_set_number(po_block *records, size_t at, uint32_t number);

#endif
