/*
** A directory: entries, the addresses by which they are found, and where their
** mail goes on to.  All of it is two pieces of memory without a pointer in
** them, records and slots, which can be written to a file and mapped.
**
** It is built entry after entry: po_directory_add, its proxies, and its target
** or targets, members or refusal.  Then po_directory_resolve resolves each
** reference, and po_directory_finish ends the building.  Texts are kept as they
** were written: whoever uses them reads them.
**
** A record is known by its place, a number that is not 0.  Whatever number is
** given, and whatever a damaged file holds, nothing outside is read and every
** loop ends.
*/
#ifndef PO_DIRECTORY_H
#define PO_DIRECTORY_H

#include "slots.h"

typedef uint32_t po_record;

/* What an entry is. */
enum {
  PO_ENTRY_LIST = 1,
  PO_ENTRY_TARGET = 2,      /* its mail goes on */
  PO_ENTRY_REFUSED = 4,     /* a tombstone */
  PO_ENTRY_PERSON = 8,      /* its name may be another's too */
  PO_ENTRY_AMBIGUOUS = 16,  /* it is: by its name alone nobody is meant */
  PO_ENTRY_KEPT = 32,       /* and it is a mailbox here, too */
  PO_ENTRY_RESTRICTED = 64, /* not everybody may write to it */
  PO_ENTRY_SHARED = 128     /* its target is another one's, too */
};

typedef struct po_directory {
  po_allocator allocator;
  size_t most; /* bytes of records */
  po_block records;
  po_slots keys;
  po_slots others; /* keys of targets, and beginnings of keys */
  po_slots names;  /* while it is built */
  po_record last;  /* the entry that was added last */
  uint32_t entries;
  bool finished; /* nothing may be added any more */
  bool full;     /* what was not added has a text that is too long, or `most`
                    does not allow it */
} po_directory;

/* An empty directory whose records take `most` bytes at most. */
void po_directory_begin(po_directory *d, po_allocator allocator, size_t most);
void po_directory_free(po_directory *d);

/* ---- Building ---- */

typedef struct po_entry_facts {
  po_text name;
  unsigned flags; /* PO_ENTRY_LIST, PO_ENTRY_PERSON */
  unsigned file;  /* the number of the file that declares it, below 65,536, */
  uint32_t line;  /* and the line there */
} po_entry_facts;

/* Texts that are longer than this have no room in a record. */
enum { PO_LONGEST_TEXT = 65535 };

/*
** Adds an entry.  A name names its first entry: one that is no person before
** any person, and of several persons nobody.  Returns 0 where there is no room:
** the directory is full, or there is no memory.  Then, here and below, no entry
** has changed, and the same can be tried again.
*/
po_record po_directory_add(po_directory *d, const po_entry_facts *facts);

/*
** Adds a proxy, as it was written, and its key to the last entry.  The first
** `bare` bytes of the key, if that is not 0, find the entry, too, if they are
** those of no other's: a cc:Mail name without post office.  Returns the entry
** that has the key: another one if that was first, and then nothing is added;
** 0 where there is no room.
*/
po_record po_directory_add_proxy(po_directory *d, po_text text, po_text key,
                                 size_t bare, bool secondary);

/* The last entry's mail goes on to `text`, an address or an entry's name. */
bool po_directory_set_target(po_directory *d, po_text text);

/* The same if it is an address of that key, by which the entry is found, too:
** unless it turns out that `text` is the name of an entry. */
bool po_directory_set_keyed_target(po_directory *d, po_text text, po_text key);

/* It goes on to `count` targets, which are to be set as members are; if `kept`,
** it is a mailbox here, too. */
bool po_directory_set_targets(po_directory *d, uint32_t count, bool kept);

/* Not everybody may write to it; who may is kept elsewhere. */
bool po_directory_restrict(po_directory *d);

/* It is refused, for the reason that `text` gives, if it is not absent. */
bool po_directory_set_refusal(po_directory *d, po_text text);

/* It has `count` members, which are to be set; `owner` may be absent. */
bool po_directory_set_members(po_directory *d, uint32_t count, po_text owner);
bool po_directory_set_member(po_directory *d, uint32_t index, po_text text);

/* The entry of a name, in any case of ASCII letters, or 0. */
po_record po_directory_named(const po_directory *d, po_text name);

/* Which of an entry's references. */
typedef enum po_role { PO_ROLE_TARGET, PO_ROLE_OWNER, PO_ROLE_MEMBER } po_role;

typedef struct po_reference {
  po_record entry; /* whose it is */
  po_role role;
  uint32_t index;  /* of a member, or of several targets, from 0 */
  po_text text;    /* as it was written */
  po_record named; /* the entry that it names, 0: it has to be an address */
} po_reference;

/* Where resolving has come to; all zero at first. */
typedef struct po_cursor {
  po_record entry;
  uint32_t step;
} po_cursor;

/* Resolves the next reference by name; false when there is none left. */
bool po_directory_resolve(po_directory *d, po_cursor *cursor,
                          po_reference *out);

/* Gives back what only building takes. */
void po_directory_finish(po_directory *d);

/* ---- Reading ---- */

typedef struct po_entry_view {
  po_text name;
  unsigned flags; /* PO_ENTRY_... */
  unsigned file;
  uint32_t line;
  po_record body;    /* what its target, members or refusal is in, or 0 */
  po_record proxies; /* the record after it: the first of its proxies */
} po_entry_view;

/* Where mail goes on to: an entry, or an address as it was written. */
typedef struct po_way {
  po_record entry; /* 0: an address */
  po_text text;
} po_way;

/* The entry that has a key among its proxies' or 0. */
po_record po_directory_find(const po_directory *d, po_text key);

/* The only entry whose target has a key, or 0. */
po_record po_directory_find_target(const po_directory *d, po_text key);

/* The only entry that has proxies whose key begins with a bare one, or 0. */
po_record po_directory_find_bare(const po_directory *d, po_text key);

/* The entry at a place; false where there is none. */
bool po_directory_entry(const po_directory *d, po_record entry,
                        po_entry_view *out);

/* The entry after another, which stands behind it, of 0 the first; 0 after the
** last, and after what is none. */
po_record po_directory_next(const po_directory *d, po_record entry);

/*
** The proxy at a place as it was written, and the place of the next one; false
** after the last.  The first stands where the entry's view says.
*/
bool po_directory_proxy(const po_directory *d, po_record *at, po_text *text,
                        bool *secondary);

/* The primary proxy: the first that is not secondary, else the first. */
bool po_directory_primary(const po_directory *d, const po_entry_view *entry,
                          po_text *text);

bool po_directory_target(const po_directory *d, const po_entry_view *entry,
                         po_way *out);

/* The reason for which an entry is refused; absent where it has none. */
po_text po_directory_refusal(const po_directory *d, const po_entry_view *entry);

/* The members of a list; of another entry, its targets where they were set as
** several. */
uint32_t po_directory_member_count(const po_directory *d,
                                   const po_entry_view *entry);
bool po_directory_member(const po_directory *d, const po_entry_view *entry,
                         uint32_t index, po_way *out);
bool po_directory_owner(const po_directory *d, const po_entry_view *entry,
                        po_way *out);

#endif
