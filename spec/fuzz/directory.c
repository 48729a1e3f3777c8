/*
** The directory's table.  An even first byte: it is built and asked as the
** bytes say, beside arrays that are searched from end to end, with memory or
** room running out at times.  An odd one: the bytes are the table, as a damaged
** file may hold it; nothing outside is read, and every loop ends.
*/
#include "table/directory.h"
#include "properties.h"
#include "table/hash.h"

/* ---- What the bytes say -------------------------------------------------- */

typedef struct input {
  const uint8_t *at, *end;
} input;

static unsigned take_byte(input *in) {
  return in->at < in->end ? *in->at++ : 0;
}

static uint32_t take_number(input *in) {
  uint32_t number = take_byte(in);
  for (int i = 1; i < 4; i++)
    number = number << 8 | take_byte(in);
  return number;
}

/* Short texts are the input's own, long ones are all of one letter. */
static po_text take_text(input *in) {
  static char letters[PO_LONGEST_TEXT + 1];
  static const size_t lengths[] = {
      1018, 1019, 1020, 1024, 1025, PO_LONGEST_TEXT - 5, 65535, sizeof letters};
  enum { LONG = 248, MASK = 15 };
  unsigned byte = take_byte(in);
  if (byte >= LONG) {
    memset(letters, 'A', sizeof letters);
    return (po_text){letters, lengths[byte - LONG]};
  }
  size_t length = byte & MASK, left = (size_t)(in->end - in->at);
  po_text text = {(const char *)in->at, length < left ? length : left};
  in->at += text.length;
  return text;
}

/* ---- Memory that runs out ------------------------------------------------ */

typedef struct heap {
  size_t used;
  unsigned left; /* requests until one fails, 0: none will */
  bool failed;
} heap;

static void *resize(void *state, void *at, size_t size, size_t wanted) {
  heap *memory = (heap *)state;
  if (wanted > 0 && memory->left > 0 && --memory->left == 0) {
    memory->failed = true;
    return NULL;
  }
  char *moved = wanted > 0 ? (char *)malloc(wanted) : NULL;
  PROPERTY((moved != NULL) == (wanted > 0));
  if (moved != NULL && at != NULL)
    memcpy(moved, at, size < wanted ? size : wanted);
  memory->used += wanted - (at == NULL ? 0 : size);
  free(at);
  return moved;
}

/* ---- The same in arrays -------------------------------------------------- */

enum {
  MAX_ENTRIES = 60,
  MAX_PROXIES = 5,
  MAX_MEMBERS = 4,
  MAX_KEYS = MAX_ENTRIES * MAX_PROXIES
};

typedef enum body { NO_BODY, TARGET, TARGETS, REFUSAL, MEMBERS } body;

typedef struct proxy {
  po_text text, key;
  size_t bare;
  bool secondary;
} proxy;

typedef struct entry {
  po_record at;
  po_entry_facts facts;
  proxy proxies[MAX_PROXIES];
  size_t proxy_count;
  body body;
  bool kept;
  po_text text; /* target, reason or owner */
  po_text key;  /* of the target, absent unless it is found by that */
  po_text members[MAX_MEMBERS];
  uint32_t member_count;
} entry;

typedef struct model {
  entry entries[MAX_ENTRIES];
  size_t count;
  char *keys[MAX_KEYS]; /* that were made */
  size_t key_count;
  heap memory;
} model;

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

static bool same_letters(po_text a, po_text b) {
  bool same = a.length == b.length;
  for (size_t i = 0; same && i < a.length; i++)
    same = lower(a.at[i]) == lower(b.at[i]);
  return same;
}

/* The key that most proxies have. */
static po_text make_key(model *m, po_text text) {
  po_text prefix = text_of("SMTP:"), start = {text.at, prefix.length};
  if (text.length >= prefix.length && same_letters(start, prefix)) {
    text.at += prefix.length;
    text.length -= prefix.length;
  }
  char *key = (char *)malloc(prefix.length + text.length);
  PROPERTY(key != NULL);
  memcpy(key, prefix.at, prefix.length);
  for (size_t i = 0; i < text.length; i++)
    key[prefix.length + i] = lower(text.at[i]);
  m->keys[m->key_count++] = key;
  return (po_text){key, prefix.length + text.length};
}

static const entry *owner_of(const model *m, po_text key) {
  for (size_t i = 0; i < m->count; i++)
    for (size_t k = 0; k < m->entries[i].proxy_count; k++)
      if (same_text(m->entries[i].proxies[k].key, key))
        return &m->entries[i];
  return NULL;
}

static bool is_person(const entry *e) {
  return (e->facts.flags & PO_ENTRY_PERSON) != 0;
}

/* The first of a name: one that is no person, before any person. */
static const entry *entry_named(const model *m, po_text name) {
  const entry *found = NULL;
  for (size_t i = 0; i < m->count; i++) {
    const entry *e = &m->entries[i];
    if (same_letters(e->facts.name, name) &&
        (found == NULL || (is_person(found) && !is_person(e))))
      found = e;
  }
  return found;
}

/* A person is, who had the name first, if another person came to have it
** before one that is none. */
static bool is_ambiguous(const model *m, const entry *e) {
  const entry *first = NULL;
  for (size_t i = 0; i < m->count; i++) {
    const entry *other = &m->entries[i];
    if (!same_letters(other->facts.name, e->facts.name))
      continue;
    if (first != NULL || !is_person(other))
      return first == e && is_person(other);
    first = other;
  }
  return false;
}

static po_record place_of(const entry *e) { return e == NULL ? 0 : e->at; }

/* ---- Building both ------------------------------------------------------- */

/* What was not done has a reason: no room, or no memory. */
static bool done(const po_directory *d, model *m, bool was_done) {
  PROPERTY(was_done || d->full || m->memory.failed);
  m->memory.failed = false;
  return was_done;
}

static void add_entry(po_directory *d, model *m, input *in) {
  unsigned flags = take_byte(in);
  entry e = {.facts = {take_text(in), flags & (PO_ENTRY_LIST | PO_ENTRY_PERSON),
                       flags * 257, flags}};
  if (m->count == MAX_ENTRIES)
    return;
  e.at = po_directory_add(d, &e.facts);
  if (done(d, m, e.at != 0))
    m->entries[m->count++] = e;
}

static void add_proxy(po_directory *d, model *m, entry *e, input *in) {
  unsigned flags = take_byte(in);
  proxy p = {.text = take_text(in), .secondary = (flags & 1) != 0};
  if (e->proxy_count == MAX_PROXIES || m->key_count == MAX_KEYS)
    return;
  p.key = (flags & 2) != 0 ? take_text(in) : make_key(m, p.text);
  const entry *owner = owner_of(m, p.key);
  p.bare = (flags & 4) != 0 ? p.key.length / 2 : 0;
  po_record given =
      po_directory_add_proxy(d, p.text, p.key, p.bare, p.secondary);
  if (!done(d, m, given != 0))
    return;
  PROPERTY(given == (owner == NULL ? e->at : owner->at));
  if (given == e->at)
    e->proxies[e->proxy_count++] = p;
}

static void set_each(po_directory *d, model *m, entry *e, input *in) {
  for (uint32_t i = 0; i < e->member_count; i++) {
    po_text member = take_text(in);
    if (done(d, m, po_directory_set_member(d, i, member)))
      e->members[i] = member;
  }
}

static void set_members(po_directory *d, model *m, entry *e, input *in) {
  uint32_t count = take_byte(in) % (MAX_MEMBERS + 1);
  po_text owner = take_text(in);
  if (owner.length == 0)
    owner.at = NULL;
  if (!done(d, m, po_directory_set_members(d, count, owner)))
    return;
  e->body = MEMBERS;
  e->text = owner;
  e->member_count = count;
  set_each(d, m, e, in);
}

static void set_targets(po_directory *d, model *m, entry *e, input *in) {
  unsigned byte = take_byte(in);
  uint32_t count = byte % (MAX_MEMBERS + 1);
  bool kept = byte >= 128;
  if (!done(d, m, po_directory_set_targets(d, count, kept)))
    return;
  e->body = TARGETS;
  e->kept = kept;
  e->member_count = count;
  set_each(d, m, e, in);
}

static void set_target(po_directory *d, model *m, entry *e, input *in) {
  e->text = take_text(in);
  if (done(d, m, po_directory_set_target(d, e->text)))
    e->body = TARGET;
}

static void set_keyed_target(po_directory *d, model *m, entry *e, input *in) {
  unsigned flags = take_byte(in);
  e->text = take_text(in);
  if (m->key_count == MAX_KEYS)
    return;
  po_text key = (flags & 1) != 0 ? take_text(in) : make_key(m, e->text);
  if (!done(d, m, po_directory_set_keyed_target(d, e->text, key)))
    return;
  e->body = TARGET;
  e->key = key;
}

static void set_refusal(po_directory *d, model *m, entry *e, input *in) {
  e->text = take_text(in);
  if (e->text.length == 0)
    e->text.at = NULL;
  if (done(d, m, po_directory_set_refusal(d, e->text)))
    e->body = REFUSAL;
}

/* An entry has its proxies first and then one body; a list has members. */
static void set_body(po_directory *d, model *m, entry *e, input *in) {
  static void (*const set[])(po_directory *, model *, entry *, input *) = {
      set_target, set_refusal, set_targets, set_keyed_target};
  if ((e->facts.flags & PO_ENTRY_LIST) != 0)
    set_members(d, m, e, in);
  else
    set[take_byte(in) % 4](d, m, e, in);
}

static void build(po_directory *d, model *m, input *in) {
  while (in->at < in->end) {
    unsigned what = take_byte(in) % 8;
    entry *last = m->count == 0 ? NULL : &m->entries[m->count - 1];
    if (what == 0)
      m->memory.left = take_byte(in) % 16;
    else if (what == 1 || last == NULL)
      add_entry(d, m, in);
    else if (last->body == NO_BODY && what == 2)
      set_body(d, m, last, in);
    else if (last->body == NO_BODY)
      add_proxy(d, m, last, in);
    PROPERTY(d->records.length <= d->most && d->records.capacity <= d->most);
  }
}

/* ---- Comparing both ------------------------------------------------------ */

static bool is_found(const po_directory *d, const model *m, po_text key) {
  return po_directory_find(d, key) == place_of(owner_of(m, key));
}

/* The only entry that has a target of a key, or a bare key, as is asked; 0 if
** there are several.  `resolved`: targets that name entries are theirs. */
static po_record only(const model *m, po_text key, bool bare, bool resolved) {
  const entry *found = NULL;
  for (size_t i = 0; i < m->count; i++) {
    const entry *e = &m->entries[i];
    bool is_that = !bare && e->key.at != NULL && same_text(e->key, key);
    for (size_t k = 0; bare && k < e->proxy_count; k++) {
      po_text start = {e->proxies[k].key.at, e->proxies[k].bare};
      is_that = is_that || (start.length > 0 && same_text(start, key));
    }
    if (is_that && found != NULL)
      return 0;
    found = is_that ? e : found;
  }
  return found != NULL && !bare && resolved &&
                 entry_named(m, found->text) != NULL
             ? 0
             : place_of(found);
}

static void hold_other_keys(const po_directory *d, const model *m,
                            bool resolved) {
  for (size_t i = 0; i < m->count; i++) {
    const entry *e = &m->entries[i];
    if (e->key.at != NULL)
      PROPERTY(po_directory_find_target(d, e->key) ==
               only(m, e->key, false, resolved));
    for (size_t k = 0; k < e->proxy_count; k++) {
      po_text key = {e->proxies[k].key.at, e->proxies[k].bare};
      PROPERTY(key.length == 0 ||
               po_directory_find_bare(d, key) == only(m, key, true, resolved));
    }
  }
}

/* The keys and names there are, and others like them. */
static void hold_look_ups(const po_directory *d, const model *m, bool named) {
  for (size_t i = 0; i < m->count; i++) {
    const entry *e = &m->entries[i];
    po_text name = e->facts.name;
    PROPERTY(!named ||
             po_directory_named(d, name) == place_of(entry_named(m, name)));
    PROPERTY(is_found(d, m, name));
    for (size_t k = 0; k < e->proxy_count; k++) {
      po_text key = e->proxies[k].key;
      PROPERTY(is_found(d, m, key) && is_found(d, m, e->proxies[k].text));
      key.length -= key.length > 0;
      PROPERTY(is_found(d, m, key));
    }
  }
}

static void hold_proxies(const po_directory *d, const entry *e,
                         const po_entry_view *view) {
  po_text text, primary = {NULL, 0};
  bool secondary, has_primary = false;
  po_record at = view->proxies;
  for (size_t i = 0; i < e->proxy_count; i++) {
    PROPERTY(po_directory_proxy(d, &at, &text, &secondary));
    PROPERTY(same_text(text, e->proxies[i].text));
    PROPERTY(secondary == e->proxies[i].secondary);
    if (i == 0 || (!has_primary && !secondary))
      primary = e->proxies[i].text;
    has_primary = has_primary || !secondary;
  }
  PROPERTY(!po_directory_proxy(d, &at, &text, &secondary));
  PROPERTY(po_directory_primary(d, view, &text) == (e->proxy_count > 0));
  PROPERTY(e->proxy_count == 0 || same_text(text, primary));
}

/* A reference leads to the entry that it names once it is resolved, and else
** says what was written. */
static void hold_way(const model *m, bool has_way, const po_way *way,
                     po_text written, bool resolved) {
  PROPERTY(has_way == (written.at != NULL));
  if (!has_way)
    return;
  po_record named = resolved ? place_of(entry_named(m, written)) : 0;
  PROPERTY(way->entry == named);
  PROPERTY(named != 0 || same_text(way->text, written));
}

static void hold_body(const po_directory *d, const model *m, const entry *e,
                      const po_entry_view *view, bool resolved) {
  static const po_text absent = {NULL, 0};
  po_way way = {0, absent};
  bool has_way = po_directory_target(d, view, &way);
  hold_way(m, has_way, &way, e->body == TARGET ? e->text : absent, resolved);
  has_way = po_directory_owner(d, view, &way);
  hold_way(m, has_way, &way, e->body == MEMBERS ? e->text : absent, resolved);
  PROPERTY(same_text(po_directory_refusal(d, view),
                     e->body == REFUSAL ? e->text : absent));
  PROPERTY(po_directory_member_count(d, view) == e->member_count);
  for (uint32_t i = 0; i < e->member_count; i++) {
    has_way = po_directory_member(d, view, i, &way);
    hold_way(m, has_way, &way, e->members[i], resolved);
  }
  PROPERTY(!po_directory_member(d, view, e->member_count, &way));
}

/* Whether it is the first of several entries with its target's key. */
static bool is_shared(const model *m, const entry *e) {
  size_t count = 0;
  for (size_t i = 0; e->key.at != NULL && i < m->count; i++) {
    const entry *other = &m->entries[i];
    if (other->key.at == NULL || !same_text(other->key, e->key))
      continue;
    if (count++ == 0 && other != e)
      return false;
  }
  return count > 1;
}

static unsigned flags_of(const model *m, const entry *e) {
  bool goes_on = e->body == TARGET || e->body == TARGETS;
  return e->facts.flags | (goes_on ? PO_ENTRY_TARGET : 0U) |
         (e->kept ? PO_ENTRY_KEPT : 0U) |
         (e->body == REFUSAL ? PO_ENTRY_REFUSED : 0U) |
         (is_ambiguous(m, e) ? PO_ENTRY_AMBIGUOUS : 0U) |
         (is_shared(m, e) ? PO_ENTRY_SHARED : 0U);
}

static void hold_entries(const po_directory *d, const model *m, bool resolved) {
  po_entry_view view;
  po_record at = 0;
  for (size_t i = 0; i < m->count; i++) {
    const entry *e = &m->entries[i];
    at = po_directory_next(d, at);
    PROPERTY(at == e->at && po_directory_entry(d, at, &view));
    PROPERTY(same_text(view.name, e->facts.name));
    PROPERTY(view.file == e->facts.file && view.line == e->facts.line);
    PROPERTY(view.flags == flags_of(m, e));
    hold_proxies(d, e, &view);
    hold_body(d, m, e, &view, resolved);
  }
  PROPERTY(po_directory_next(d, at) == 0 && d->entries == m->count);
}

static size_t count_references(const model *m) {
  size_t count = 0;
  for (size_t i = 0; i < m->count; i++) {
    const entry *e = &m->entries[i];
    if (e->body == TARGET || (e->body == MEMBERS && e->text.at != NULL))
      count++;
    for (uint32_t k = 0; k < e->member_count; k++)
      if (e->members[k].at != NULL)
        count++;
  }
  return count;
}

static void resolve(po_directory *d, const model *m) {
  po_cursor cursor = {0, 0};
  po_reference reference;
  size_t count = 0;
  while (po_directory_resolve(d, &cursor, &reference)) {
    count++;
    PROPERTY(reference.named == place_of(entry_named(m, reference.text)));
  }
  PROPERTY(count == count_references(m));
}

static void hold_built(input *in) {
  static model m;
  po_directory d;
  po_allocator allocator = {resize, &m.memory};
  memset(&m, 0, sizeof m);
  unsigned most = take_byte(in);
  po_directory_begin(&d, allocator, most == 0 ? SIZE_MAX : most * 64);
  build(&d, &m, in);
  hold_look_ups(&d, &m, true);
  hold_other_keys(&d, &m, false);
  hold_entries(&d, &m, false);
  resolve(&d, &m);
  po_directory_finish(&d);
  hold_look_ups(&d, &m, false);
  hold_other_keys(&d, &m, true);
  hold_entries(&d, &m, true);
  po_directory_free(&d);
  PROPERTY(m.memory.used == 0);
  for (size_t i = 0; i < m.key_count; i++)
    free(m.keys[i]);
}

/* ---- A damaged table ----------------------------------------------------- */

static void hold_inside(const po_directory *d, po_text text) {
  PROPERTY(text.at >= d->records.at);
  PROPERTY(po_end(text) <= d->records.at + d->records.length);
}

static void hold_way_inside(const po_directory *d, bool has_way,
                            const po_way *way) {
  po_entry_view view;
  if (has_way && way->entry == 0)
    hold_inside(d, way->text);
  PROPERTY(!has_way || way->entry == 0 ||
           po_directory_entry(d, way->entry, &view));
}

/* The key is found in slots whose tags are its own: any other is passed by. */
static void find(po_directory *d, po_text key) {
  po_entry_view view;
  for (uint32_t i = 0; i < d->keys.count; i++)
    d->keys.at[i].tag = (uint32_t)po_hash(key);
  po_record found = po_directory_find(d, key);
  PROPERTY(found == 0 || po_directory_entry(d, found, &view));
  found = po_directory_find_target(d, key);
  PROPERTY(found == 0 || po_directory_entry(d, found, &view));
  found = po_directory_find_bare(d, key);
  PROPERTY(found == 0 || po_directory_entry(d, found, &view));
  found = po_directory_named(d, key);
  PROPERTY(found < d->records.length);
}

static void read_members(const po_directory *d, const po_entry_view *view) {
  po_way way;
  uint32_t count = po_directory_member_count(d, view);
  const uint32_t indices[] = {0, count / 2, count - 1, count, UINT32_MAX};
  PROPERTY(count <= d->records.length / sizeof count);
  for (size_t i = 0; i < sizeof indices / sizeof *indices; i++) {
    bool has_way = po_directory_member(d, view, indices[i], &way);
    hold_way_inside(d, has_way, &way);
    PROPERTY(!has_way || indices[i] < count);
  }
  hold_way_inside(d, po_directory_owner(d, view, &way), &way);
}

/* Reads all that a view leads to, whoever made it. */
static void read_view(const po_directory *d, const po_entry_view *view) {
  po_way way;
  po_text text;
  if (po_directory_primary(d, view, &text))
    hold_inside(d, text);
  hold_way_inside(d, po_directory_target(d, view, &way), &way);
  text = po_directory_refusal(d, view);
  if (text.at != NULL)
    hold_inside(d, text);
  read_members(d, view);
}

enum { MAX_ASKED = 40 };

/* Everything is asked about one place, be a record there or not. */
static void read_place(po_directory *d, po_record at, unsigned *asked) {
  po_entry_view view = {.flags = UINT32_MAX, .body = at, .proxies = at};
  po_record after = at, next = po_directory_next(d, at);
  po_text text;
  bool secondary;
  PROPERTY(next == 0 || next > at);
  read_view(d, &view);
  if (po_directory_entry(d, at, &view)) {
    hold_inside(d, view.name);
    read_view(d, &view);
  }
  po_way way;
  if (po_directory_entry(d, at, &view) && *asked < MAX_ASKED &&
      po_directory_target(d, &view, &way)) {
    ++*asked;
    find(d, way.text);
  }
  if (!po_directory_proxy(d, &after, &text, &secondary))
    return;
  PROPERTY(after > at);
  hold_inside(d, text);
  if (*asked < MAX_ASKED) {
    ++*asked;
    find(d, text);
  }
}

/* Goes on with every step, though it may overwrite what it has not come to. */
static void resolve_some(po_directory *d) {
  enum { STEPS = 500 };
  po_reference reference;
  po_cursor cursor = {0, 0}, before = cursor;
  for (int i = 0; i < STEPS && po_directory_resolve(d, &cursor, &reference);
       i++) {
    hold_inside(d, reference.text);
    PROPERTY(cursor.entry > before.entry ||
             (cursor.entry == before.entry && cursor.step > before.step));
    PROPERTY(cursor.step <= d->records.length);
    before = cursor;
  }
}

/* Memory of exactly so many bytes of the input. */
static void *copy(input *in, size_t length) {
  void *at = malloc(length > 0 ? length : 1);
  PROPERTY(at != NULL);
  memcpy(at, in->at, length);
  in->at += length;
  return at;
}

static void hold_damaged(input *in) {
  enum { MAX_PLACES = 512, MAX_SLOTS = 255 };
  po_directory d;
  unsigned asked = 0, slots = take_byte(in);
  uint32_t place = take_number(in);
  size_t left = (size_t)(in->end - in->at) / sizeof(po_slot);
  memset(&d, 0, sizeof d);
  d.keys.count = slots < left ? slots : (uint32_t)left;
  d.keys.at = (po_slot *)copy(in, d.keys.count * sizeof(po_slot));
  d.names = d.others = d.keys;
  d.records.length = d.records.capacity = (size_t)(in->end - in->at);
  d.records.at = (char *)copy(in, d.records.length);
  po_text key = {d.records.at, d.records.length < 8 ? d.records.length : 8};
  (void)po_directory_find(&d, key); /* by the tags that are there */
  (void)po_directory_named(&d, key);
  read_place(&d, place, &asked);
  for (po_record at = 0; at < d.records.length + 8 && at < MAX_PLACES; at++)
    read_place(&d, at, &asked);
  resolve_some(&d);
  free(d.keys.at);
  free(d.records.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input in = {data, data + size};
  (take_byte(&in) % 2 == 0 ? hold_built : hold_damaged)(&in);
  return 0;
}
