#include "directory.h"

#include "hash.h"
#include "record.h"

#include <string.h>

/* ---- Keys ---- */

/* Most keys need not be kept: they are the proxy without its prefix, in lower
** case, behind the one word that keys have there. */
#define PREFIX "SMTP:"
enum { PREFIX_LENGTH = sizeof PREFIX - 1, LONGEST_DERIVED = 1024 };

static po_text without_prefix(po_text text) {
  po_text prefix = {text.at, PREFIX_LENGTH};
  if (text.length < PREFIX_LENGTH || !po_same(prefix, po_constant(PREFIX)))
    return text;
  return po_slice(text.at + PREFIX_LENGTH, po_end(text));
}

/* Whether a text in lower case is `key`, which is. */
static bool is_lower_of(po_text text, po_text key) {
  if (text.length != key.length)
    return false;
  for (size_t i = 0; i < key.length; i++)
    if (po_lower(text.at[i]) != key.at[i])
      return false;
  return true;
}

/* Whether the key of a proxy can be told from its text. */
static bool is_derived(po_text text, po_text key) {
  if (key.length < PREFIX_LENGTH || key.length > LONGEST_DERIVED ||
      memcmp(key.at, PREFIX, PREFIX_LENGTH) != 0)
    return false;
  return is_lower_of(without_prefix(text),
                     po_slice(key.at + PREFIX_LENGTH, po_end(key)));
}

static bool has_key(const po_record_view *proxy, po_text key) {
  return (proxy->flags & PO_PROXY_KEYED) != 0 ? po_identical(proxy->key, key)
                                              : is_derived(proxy->text, key);
}

static bool is_key(const void *records, uint32_t record, po_text key) {
  po_record_view proxy;
  return po_record_read(records, record, &proxy) &&
         proxy.kind == PO_RECORD_PROXY && has_key(&proxy, key);
}

/* The hash of the key that is told by a text. */
static uint64_t hash_of_derived(po_text text) {
  char derived[LONGEST_DERIVED];
  po_buffer out = {derived, sizeof derived, 0};
  po_put(&out, po_constant(PREFIX));
  po_put_lower(&out, without_prefix(text));
  return po_hash(po_slice(
      derived,
      derived + (out.length < sizeof derived ? out.length : sizeof derived)));
}

static uint64_t hash_of_key(const void *records, uint32_t record) {
  po_record_view proxy;
  if (!po_record_read(records, record, &proxy))
    return 0;
  return (proxy.flags & PO_PROXY_KEYED) != 0 ? po_hash(proxy.key)
                                             : hash_of_derived(proxy.text);
}

/* ---- Other keys ---- */

/* An entry is there by the key of its target, a proxy by how its key begins. */

/* The target of an entry, if it is an address that is found. */
static bool read_target(const void *records, uint32_t entry,
                        po_record_view *out) {
  return po_record_read(records, entry, out) && out->kind == PO_RECORD_ENTRY &&
         (out->flags & PO_ENTRY_TARGET) != 0 &&
         po_record_read(records, out->reference, out) &&
         (out->kind == PO_RECORD_TEXT || out->kind == PO_RECORD_KEYED);
}

static bool is_target(const void *records, uint32_t record, po_text key) {
  po_record_view target;
  return read_target(records, record, &target) &&
         (target.kind == PO_RECORD_KEYED ? po_identical(target.key, key)
                                         : is_derived(target.text, key));
}

/* The beginning of a proxy's key that is a key, if there is one. */
static bool read_bare(const void *records, uint32_t proxy, po_text *bare) {
  po_record_view view;
  if (!po_record_read(records, proxy, &view) || view.kind != PO_RECORD_PROXY ||
      view.bare == 0)
    return false;
  *bare = po_slice(view.key.at, view.key.at + view.bare);
  return true;
}

static bool is_bare(const void *records, uint32_t record, po_text key) {
  po_text bare;
  return read_bare(records, record, &bare) && po_identical(bare, key);
}

/* What is found no more, since its target is an entry, may be anywhere, but not
** all of it at one place. */
static uint64_t hash_of_other(const void *records, uint32_t record) {
  po_text bare;
  po_record_view target;
  if (read_bare(records, record, &bare))
    return po_hash(bare);
  if (!read_target(records, record, &target))
    return po_hash(
        po_slice((const char *)&record, (const char *)(&record + 1)));
  return target.kind == PO_RECORD_KEYED ? po_hash(target.key)
                                        : hash_of_derived(target.text);
}

/* ---- Names ---- */

static bool is_name(const void *records, uint32_t record, po_text name) {
  po_record_view entry;
  return po_record_read(records, record, &entry) && po_same(entry.text, name);
}

/* Names are looked up in lower case. */
enum { LONGEST_NAME = 1024 };

typedef struct folded {
  char bytes[LONGEST_NAME];
} folded;

/* In lower case, in `memory`; a name too long to be one stays as it is. */
static po_text fold(po_text name, folded *memory) {
  po_buffer out = {memory->bytes, sizeof memory->bytes, 0};
  if (name.length > sizeof memory->bytes)
    return name;
  po_put_lower(&out, name);
  return po_slice(memory->bytes, memory->bytes + out.length);
}

static uint64_t hash_of_name(const void *records, uint32_t record) {
  folded memory;
  po_record_view entry;
  return po_record_read(records, record, &entry)
             ? po_hash(fold(entry.text, &memory))
             : 0;
}

static void add_flags(po_directory *d, po_record record, unsigned flags) {
  d->records.at[record + PO_FLAGS_AT] |= (char)flags;
}

po_record po_directory_named(const po_directory *d, po_text name) {
  folded memory;
  return po_slots_find(&d->names, fold(name, &memory), is_name, &d->records);
}

static bool is_person(const po_directory *d, po_record entry) {
  po_record_view view;
  return po_record_read(&d->records, entry, &view) &&
         (view.flags & PO_ENTRY_PERSON) != 0;
}

static bool add_name(po_directory *d, po_record entry, po_text name) {
  folded memory;
  uint64_t hash = po_hash(fold(name, &memory));
  po_record other = po_directory_named(d, name);
  if (other == 0)
    return po_slots_add(&d->names, &d->allocator, hash, entry, hash_of_name,
                        &d->records);
  if (!is_person(d, other))
    return true;
  if (is_person(d, entry))
    add_flags(d, other, PO_ENTRY_AMBIGUOUS);
  else
    po_slots_replace(&d->names, hash, other, entry);
  return true;
}

/* ---- Building ---- */

void po_directory_begin(po_directory *d, po_allocator allocator, size_t most) {
  memset(d, 0, sizeof *d);
  d->allocator = allocator;
  d->most = most < UINT32_MAX ? most : UINT32_MAX;
}

void po_directory_free(po_directory *d) {
  po_block_free(&d->records, &d->allocator);
  po_slots_free(&d->keys, &d->allocator);
  po_slots_free(&d->others, &d->allocator);
  po_slots_free(&d->names, &d->allocator);
  d->last = 0;
  d->entries = 0;
}

/* Where nothing stands, no record does: the first place is 0. */
static bool reserve(po_directory *d, size_t size) {
  bool is_first = d->records.length == 0;
  size += is_first ? PO_FIRST_RECORD : 0;
  d->full = size > d->most - d->records.length;
  if (!po_block_reserve(&d->records, &d->allocator, size, d->most))
    return false;
  if (is_first) {
    memset(d->records.at, 0, PO_FIRST_RECORD);
    d->records.length = PO_FIRST_RECORD;
  }
  return true;
}

static bool is_too_long(const po_record_view *record) {
  return record->text.length > PO_LONGEST_TEXT ||
         record->key.length > PO_LONGEST_TEXT;
}

/* Appends a record; 0 where it has no room. */
static po_record append(po_directory *d, const po_record_view *record) {
  if (is_too_long(record)) {
    d->full = true;
    return 0;
  }
  po_record at =
      d->records.length == 0 ? PO_FIRST_RECORD : (po_record)d->records.length;
  if (!reserve(d, po_record_size(record, at)))
    return 0;
  po_record_put(&d->records, record);
  return at;
}

static po_record append_text(po_directory *d, po_text text) {
  po_record_view record = {.kind = PO_RECORD_TEXT, .text = text};
  return append(d, &record);
}

po_record po_directory_add(po_directory *d, const po_entry_facts *facts) {
  po_record_view record = {.kind = PO_RECORD_ENTRY,
                           .flags = facts->flags,
                           .file = facts->file,
                           .line = facts->line,
                           .text = facts->name};
  size_t length = d->records.length;
  po_record entry = append(d, &record);
  if (entry == 0)
    return 0;
  if (!add_name(d, entry, facts->name)) {
    d->records.length = length;
    return 0;
  }
  d->entries++;
  return d->last = entry;
}

/* The entry that a record of the other keys is about. */
static po_record owner_of(const po_directory *d, po_record record) {
  po_record_view view;
  if (!po_record_read(&d->records, record, &view))
    return 0;
  return view.kind == PO_RECORD_PROXY ? view.reference : record;
}

static bool reserve_other(po_directory *d) {
  return po_slots_reserve(&d->others, &d->allocator, hash_of_other,
                          &d->records);
}

/* Adds a record by another key, for which there is room, if it is the first of
** that; the first of several entries is told that it is shared. */
static void add_other(po_directory *d, po_record record, po_text key,
                      po_slot_test *is_that, unsigned shared) {
  po_record first = po_slots_find(&d->others, key, is_that, &d->records);
  if (first == 0)
    (void)po_slots_add(&d->others, &d->allocator, po_hash(key), record,
                       hash_of_other, &d->records);
  else if (owner_of(d, first) != owner_of(d, record))
    add_flags(d, first, shared);
}

po_record po_directory_add_proxy(po_directory *d, po_text text, po_text key,
                                 size_t bare, bool secondary) {
  bool derived = bare == 0 && is_derived(text, key);
  po_record_view record = {.kind = PO_RECORD_PROXY,
                           .flags = (secondary ? PO_PROXY_SECONDARY : 0U) |
                                    (derived ? 0U : (unsigned)PO_PROXY_KEYED) |
                                    (bare > 0 ? (unsigned)PO_PROXY_BARE : 0U),
                           .reference = d->last,
                           .bare = (uint32_t)bare,
                           .text = text,
                           .key = key};
  po_record owner = po_directory_find(d, key);
  if (d->last == 0 || (owner != 0 && owner != d->last))
    return owner;
  if (bare > 0 && !reserve_other(d))
    return 0;
  size_t length = d->records.length;
  po_record proxy = append(d, &record);
  if (proxy == 0)
    return 0;
  if (owner == 0 && !po_slots_add(&d->keys, &d->allocator, po_hash(key), proxy,
                                  hash_of_key, &d->records)) {
    d->records.length = length;
    return 0;
  }
  if (bare > 0)
    add_other(d, proxy, po_slice(key.at, key.at + bare), is_bare,
              PO_PROXY_SHARED);
  return d->last;
}

/* Makes a record the last entry's body. */
static bool set_body(po_directory *d, po_record body, unsigned flags) {
  if (body == 0 || d->last == 0)
    return false;
  po_record_set_number(&d->records, d->last + PO_ENTRY_BODY_AT, body);
  add_flags(d, d->last, flags);
  return true;
}

bool po_directory_set_target(po_directory *d, po_text text) {
  return set_body(d, append_text(d, text), PO_ENTRY_TARGET);
}

bool po_directory_restrict(po_directory *d) {
  if (d->last == 0)
    return false;
  add_flags(d, d->last, PO_ENTRY_RESTRICTED);
  return true;
}

bool po_directory_set_keyed_target(po_directory *d, po_text text, po_text key) {
  po_record_view record = {.kind = is_derived(text, key) ? PO_RECORD_TEXT
                                                         : PO_RECORD_KEYED,
                           .text = text,
                           .key = key};
  if (d->last == 0 || !reserve_other(d) ||
      !set_body(d, append(d, &record), PO_ENTRY_TARGET))
    return false;
  add_other(d, d->last, key, is_target, PO_ENTRY_SHARED);
  return true;
}

bool po_directory_set_refusal(po_directory *d, po_text text) {
  if (text.at != NULL)
    return set_body(d, append_text(d, text), PO_ENTRY_REFUSED);
  if (d->last == 0)
    return false;
  add_flags(d, d->last, PO_ENTRY_REFUSED);
  return true;
}

bool po_directory_set_targets(po_directory *d, uint32_t count, bool kept) {
  po_record_view record = {.kind = PO_RECORD_MEMBERS, .count = count};
  return set_body(d, append(d, &record),
                  PO_ENTRY_TARGET | (kept ? PO_ENTRY_KEPT : 0U));
}

bool po_directory_set_members(po_directory *d, uint32_t count, po_text owner) {
  po_record_view record = {.kind = PO_RECORD_MEMBERS, .count = count};
  size_t length = d->records.length;
  if (owner.at != NULL) {
    record.reference = append_text(d, owner);
    if (record.reference == 0)
      return false;
  }
  if (set_body(d, append(d, &record), 0))
    return true;
  d->records.length = length;
  return false;
}

/* ---- The bodies of entries ---- */

/* The record of the entry's members, or of its targets where they are several;
** false where it has none. */
static bool read_members(const po_directory *d, const po_entry_view *entry,
                         po_record_view *out) {
  return (entry->flags & (PO_ENTRY_LIST | PO_ENTRY_TARGET)) != 0 &&
         po_record_read(&d->records, entry->body, out) &&
         out->kind == PO_RECORD_MEMBERS;
}

static size_t member_at(const po_record_view *members, uint32_t index) {
  return members->members + (size_t)index * sizeof(uint32_t);
}

bool po_directory_set_member(po_directory *d, uint32_t index, po_text text) {
  po_entry_view entry;
  po_record_view members;
  if (!po_directory_entry(d, d->last, &entry) ||
      !read_members(d, &entry, &members) || index >= members.count)
    return false;
  po_record record = append_text(d, text);
  if (record == 0)
    return false;
  po_record_set_number(&d->records, member_at(&members, index), record);
  return true;
}

/* ---- References ---- */

/* The place of the number that a step of the cursor is about; 0 after the last.
** An entry has a target, or an owner and then members; several targets have no
** owner before them. */
static size_t place_of(const po_directory *d, const po_entry_view *entry,
                       const po_cursor *cursor, po_reference *out) {
  po_record_view members;
  bool goes_on = (entry->flags & PO_ENTRY_TARGET) != 0;
  bool has_several = read_members(d, entry, &members);
  out->entry = cursor->entry;
  if (goes_on && !has_several) {
    out->role = PO_ROLE_TARGET;
    return cursor->step == 0 ? cursor->entry + PO_ENTRY_BODY_AT : 0;
  }
  if (!has_several || cursor->step > members.count)
    return 0;
  if (cursor->step == 0) {
    out->role = PO_ROLE_OWNER;
    return (size_t)entry->body + PO_MEMBERS_OWNER_AT;
  }
  out->role = goes_on ? PO_ROLE_TARGET : PO_ROLE_MEMBER;
  out->index = cursor->step - 1;
  return member_at(&members, out->index);
}

/* Resolves the reference whose number is at a place; false where it has none,
** as a list without an owner. */
static bool resolve_at(po_directory *d, size_t place, po_reference *out) {
  po_record_view record;
  po_record at = po_record_number(&d->records, place);
  if (!po_record_read(&d->records, at, &record) ||
      (record.kind != PO_RECORD_TEXT && record.kind != PO_RECORD_KEYED &&
       record.kind != PO_RECORD_ENTRY))
    return false;
  out->text = record.text;
  out->named = po_directory_named(d, record.text);
  if (out->named != 0)
    po_record_set_number(&d->records, place, out->named);
  return true;
}

bool po_directory_resolve(po_directory *d, po_cursor *cursor,
                          po_reference *out) {
  po_entry_view entry;
  if (cursor->entry == 0)
    cursor->entry = po_directory_next(d, 0);
  while (po_directory_entry(d, cursor->entry, &entry)) {
    memset(out, 0, sizeof *out);
    size_t place = place_of(d, &entry, cursor, out);
    cursor->step++;
    if (place != 0 && resolve_at(d, place, out))
      return true;
    if (place == 0) {
      cursor->entry = po_directory_next(d, cursor->entry);
      cursor->step = 0;
    }
  }
  return false;
}

void po_directory_finish(po_directory *d) {
  po_slots_free(&d->names, &d->allocator);
  po_slots_trim(&d->keys, &d->allocator, hash_of_key, &d->records);
  po_slots_trim(&d->others, &d->allocator, hash_of_other, &d->records);
  po_block_trim(&d->records, &d->allocator);
  d->finished = true;
}

/* ---- Reading ---- */

po_record po_directory_find(const po_directory *d, po_text key) {
  po_entry_view entry;
  po_record_view proxy;
  uint32_t at = po_slots_find(&d->keys, key, is_key, &d->records);
  bool found = po_record_read(&d->records, at, &proxy) &&
               po_directory_entry(d, proxy.reference, &entry);
  return found ? proxy.reference : 0;
}

/* The entry of a record that another key found, unless it is shared. */
static po_record find_other(const po_directory *d, po_text key,
                            po_slot_test *is_that, unsigned shared) {
  po_entry_view entry;
  po_record_view view;
  po_record at = po_slots_find(&d->others, key, is_that, &d->records);
  if (!po_record_read(&d->records, at, &view) || (view.flags & shared) != 0)
    return 0;
  po_record owner = owner_of(d, at);
  return po_directory_entry(d, owner, &entry) ? owner : 0;
}

po_record po_directory_find_target(const po_directory *d, po_text key) {
  return find_other(d, key, is_target, PO_ENTRY_SHARED);
}

po_record po_directory_find_bare(const po_directory *d, po_text key) {
  return find_other(d, key, is_bare, PO_PROXY_SHARED);
}

bool po_directory_entry(const po_directory *d, po_record entry,
                        po_entry_view *out) {
  po_record_view record;
  if (!po_record_read(&d->records, entry, &record) ||
      record.kind != PO_RECORD_ENTRY)
    return false;
  out->name = record.text;
  out->flags = record.flags;
  out->file = record.file;
  out->line = record.line;
  out->body = record.reference;
  out->proxies = record.next;
  return true;
}

po_record po_directory_next(const po_directory *d, po_record entry) {
  po_record_view record = {.next = PO_FIRST_RECORD};
  if (entry != 0 && !po_record_read(&d->records, entry, &record))
    return 0;
  po_record at = record.next;
  while (po_record_read(&d->records, at, &record)) {
    if (record.kind == PO_RECORD_ENTRY)
      return at;
    at = record.next;
  }
  return 0;
}

bool po_directory_proxy(const po_directory *d, po_record *at, po_text *text,
                        bool *secondary) {
  po_record_view proxy;
  if (!po_record_read(&d->records, *at, &proxy) ||
      proxy.kind != PO_RECORD_PROXY)
    return false;
  *text = proxy.text;
  *secondary = (proxy.flags & PO_PROXY_SECONDARY) != 0;
  *at = proxy.next;
  return true;
}

bool po_directory_primary(const po_directory *d, const po_entry_view *entry,
                          po_text *text) {
  po_text proxy;
  bool secondary;
  po_record at = entry->proxies;
  if (!po_directory_proxy(d, &at, text, &secondary))
    return false;
  while (secondary && po_directory_proxy(d, &at, &proxy, &secondary))
    if (!secondary)
      *text = proxy;
  return true;
}

/* What a reference leads to; false where there is none. */
static bool read_way(const po_directory *d, po_record at, po_way *out) {
  po_record_view record;
  if (at == 0 || !po_record_read(&d->records, at, &record))
    return false;
  out->entry = record.kind == PO_RECORD_ENTRY ? at : 0;
  out->text = record.text;
  return record.kind == PO_RECORD_ENTRY || record.kind == PO_RECORD_TEXT ||
         record.kind == PO_RECORD_KEYED;
}

bool po_directory_target(const po_directory *d, const po_entry_view *entry,
                         po_way *out) {
  return (entry->flags & PO_ENTRY_TARGET) != 0 && read_way(d, entry->body, out);
}

po_text po_directory_refusal(const po_directory *d,
                             const po_entry_view *entry) {
  po_text none = {NULL, 0};
  po_way reason;
  return (entry->flags & PO_ENTRY_REFUSED) != 0 &&
                 read_way(d, entry->body, &reason)
             ? reason.text
             : none;
}

uint32_t po_directory_member_count(const po_directory *d,
                                   const po_entry_view *entry) {
  po_record_view members;
  return read_members(d, entry, &members) ? members.count : 0;
}

bool po_directory_member(const po_directory *d, const po_entry_view *entry,
                         uint32_t index, po_way *out) {
  po_record_view members;
  return read_members(d, entry, &members) && index < members.count &&
         read_way(d, po_record_number(&d->records, member_at(&members, index)),
                  out);
}

bool po_directory_owner(const po_directory *d, const po_entry_view *entry,
                        po_way *out) {
  po_record_view members;
  return read_members(d, entry, &members) &&
         read_way(d, members.reference, out);
}
