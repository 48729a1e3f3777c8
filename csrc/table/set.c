#include "set.h"

#include "rolling.h"

#include <string.h>

enum {
  MAX_END = 255,  /* bytes of a literal end; of a longer one, those outermost */
  MAX_INNER = 32, /* bytes of a literal between wildcards, the first ones */
  FEW = 16,      /* that share an end: they are sooner read than others found */
  MAX_HEADS = 32 /* buckets that are read at once */
};

/* How a text is held against an item. */
typedef enum kind {
  PATTERN,
  TEXT, /* that has to be the whole */
  TAIL  /* a pattern: a star and nothing but ASCII after it */
} kind;

/* By what an item is found: its literal end or beginning, a literal between two
** wildcards, or all of it.  Equal texts hash differently for each. */
typedef enum side { BACK, FRONT, INNER, WHOLE } side;

typedef struct entry {
  uint32_t rank, at, length; /* its text among the texts */
  kind kind;
} entry;

/* The entries with one hash, by rank. */
typedef struct bucket {
  uint64_t hash;
  uint32_t first, count; /* no bucket is empty; this one holds none */
} bucket;

/* Buckets by hash, with room for more than there are. */
typedef struct table {
  bucket *at;
  uint32_t size; /* a power of 2 */
} table;

/* The lengths of literals that occur, as bits. */
typedef struct lengths {
  uint64_t bits[(MAX_END + 64) / 64];
  uint32_t most; /* 1 more than the greatest; 0: there is none */
} lengths;

struct po_set {
  po_allocator allocator;
  size_t size; /* of all this */
  table buckets;
  lengths literal[WHOLE]; /* by side */
  bool has_whole;
  entry *entries;
  char *texts;
};

/* Memory. */

static void *take(const po_allocator *allocator, size_t size) {
  return allocator->resize(allocator->state, NULL, 0, size);
}

static void give(const po_allocator *allocator, void *at, size_t size) {
  if (at != NULL)
    allocator->resize(allocator->state, at, size, 0);
}

/* Lengths. */

static void add_length(lengths *set, size_t length) {
  set->bits[length / 64] |= UINT64_C(1) << length % 64;
  if (set->most <= length)
    set->most = (uint32_t)length + 1;
}

static bool has_length(const lengths *set, size_t length) {
  return (set->bits[length / 64] >> length % 64 & 1) != 0;
}

/* Hashes. */

static uint64_t hash_on(side where, uint64_t rolling) {
  return po_rolling_end(rolling + (uint64_t)where);
}

static uint64_t hash_back(po_text text) {
  uint64_t hash = PO_ROLLING_SEED;
  for (size_t i = text.length; i > 0; i--)
    hash = po_rolling_step(hash, text.at[i - 1]);
  return hash;
}

static uint64_t hash_front(po_text text) {
  uint64_t hash = PO_ROLLING_SEED;
  for (size_t i = 0; i < text.length; i++)
    hash = po_rolling_step(hash, text.at[i]);
  return hash;
}

/* Buckets. */

/* The bucket of a hash, or the empty place where it would be.  There is always
** one: the table is never full. */
static bucket *find_bucket(table t, uint64_t hash) {
  uint32_t i = (uint32_t)hash & (t.size - 1);
  while (t.at[i].count > 0 && t.at[i].hash != hash)
    i = (i + 1) & (t.size - 1);
  return t.at + i;
}

static void count_in(table t, uint64_t hash) {
  bucket *found = find_bucket(t, hash);
  found->hash = hash;
  found->count++;
}

/* A size that leaves a third free at least. */
static uint32_t table_size(uint32_t count) {
  uint32_t size = 4;
  while (size / 3 * 2 <= count)
    size *= 2;
  return size;
}

/* Building. */

/* The literals of an item, and by which of them it will be found. */
typedef struct ends {
  uint64_t hash[WHOLE + 1];
  uint8_t length[WHOLE];
  side where;
} ends;

static bool is_wildcard(char c) {
  return c == PO_GLOB_ONE || c == PO_GLOB_ANY || c == PO_GLOB_CAPTURE;
}

/* The character of a pattern after its escape, if it has one. */
static const char *skip_escape(const char *at, const char *end) {
  return *at == PO_GLOB_LITERAL && end - at > 1 ? at + 1 : at;
}

/* What a pattern begins with, in `out`, which has MAX_END bytes. */
static po_text literal_front(po_text glob, char *out) {
  size_t length = 0;
  const char *end = po_end(glob);
  for (const char *at = glob.at; at < end && length < MAX_END; at++) {
    if (is_wildcard(*at))
      break;
    at = skip_escape(at, end);
    out[length++] = *at;
  }
  return (po_text){out, length};
}

/* The same of what it ends with. */
static po_text literal_back(po_text glob, char *out) {
  size_t length = 0;
  const char *end = po_end(glob);
  for (const char *at = glob.at; at < end; at++) {
    if (is_wildcard(*at)) {
      length = 0;
      continue;
    }
    at = skip_escape(at, end);
    if (length == MAX_END)
      memmove(out, out + 1, --length);
    out[length++] = *at;
  }
  return (po_text){out, length};
}

/* Steps to the next literal between two wildcards, in `bytes`, which are
** MAX_INNER; false where there is none. */
static bool next_inner(const char **at, const char *end, po_text *out,
                       char *bytes) {
  size_t length = 0;
  const char *p = *at;
  while (p < end && !is_wildcard(*p))
    p = skip_escape(p, end) + 1;
  while (p < end && is_wildcard(*p))
    p++;
  *at = p;
  for (; p < end && !is_wildcard(*p); p++) {
    p = skip_escape(p, end);
    if (length < MAX_INNER)
      bytes[length++] = *p;
  }
  *out = (po_text){bytes, length};
  return p < end;
}

static void set_literal(ends *e, side where, uint64_t rolling, size_t length) {
  e->hash[where] = hash_on(where, rolling);
  e->length[where] = (uint8_t)length;
}

static ends ends_of(po_text glob) {
  char bytes[MAX_END];
  ends e = {.where = BACK};
  po_text text = literal_back(glob, bytes);
  set_literal(&e, BACK, hash_back(text), text.length);
  text = literal_front(glob, bytes);
  set_literal(&e, FRONT, hash_front(text), text.length);
  return e;
}

/* How many items share a literal; one that is empty is shared by all. */
static uint32_t sharing(table shared, const ends *e, side where) {
  return e->length[where] > 0 ? find_bucket(shared, e->hash[where])->count
                              : UINT32_MAX;
}

static void count_inners(po_text glob, table shared) {
  char bytes[MAX_INNER];
  const char *at = glob.at;
  po_text text;
  while (next_inner(&at, po_end(glob), &text, bytes))
    count_in(shared, hash_on(INNER, hash_front(text)));
}

/* The literals of all items, counted in `shared`. */
static void read_ends(const po_set_item *items, uint32_t count, table shared,
                      ends *out) {
  for (uint32_t i = 0; i < count; i++) {
    if (items[i].text.at == NULL)
      continue;
    if (items[i].whole) {
      out[i].where = WHOLE;
      out[i].hash[WHOLE] = hash_on(WHOLE, hash_back(items[i].text));
      continue;
    }
    out[i] = ends_of(items[i].text);
    for (int where = BACK; where <= FRONT; where++)
      if (out[i].length[where] > 0)
        count_in(shared, out[i].hash[where]);
    count_inners(items[i].text, shared);
  }
}

/* Takes the literal between wildcards that the fewest share. */
static void choose_inner(po_text glob, table shared, ends *e) {
  char bytes[MAX_INNER];
  const char *at = glob.at;
  po_text text;
  while (next_inner(&at, po_end(glob), &text, bytes)) {
    ends other = *e;
    set_literal(&other, INNER, hash_front(text), text.length);
    if (sharing(shared, &other, INNER) < sharing(shared, e, INNER))
      *e = other;
  }
}

/* The hash that an item will be found by. */
static uint64_t bucket_hash(const ends *e) { return e->hash[e->where]; }

static void choose_side(po_text glob, table shared, ends *e) {
  if (e->where == WHOLE)
    return;
  if (sharing(shared, e, FRONT) < sharing(shared, e, BACK))
    e->where = FRONT;
  if (sharing(shared, e, e->where) <= FEW)
    return;
  choose_inner(glob, shared, e);
  if (sharing(shared, e, INNER) < sharing(shared, e, e->where))
    e->where = INNER;
}

/* What a set will take. */
typedef struct plan {
  uint32_t entries, buckets;
  size_t texts;
} plan;

/* Chooses a bucket for each item and counts them in `chosen`. */
static plan choose(const po_set_item *items, uint32_t count, table shared,
                   table chosen, ends *e) {
  plan p = {0};
  for (uint32_t i = 0; i < count; i++) {
    if (items[i].text.at == NULL)
      continue;
    choose_side(items[i].text, shared, &e[i]);
    bucket *b = find_bucket(chosen, bucket_hash(&e[i]));
    p.buckets += b->count == 0;
    count_in(chosen, bucket_hash(&e[i]));
    p.entries++;
    p.texts += items[i].text.length;
  }
  return p;
}

/* An empty set with room for what is planned. */
static po_set *new_set(const po_allocator *allocator, plan p) {
  uint32_t size = table_size(p.buckets);
  size_t bytes = sizeof(po_set) + size * sizeof(bucket) +
                 p.entries * sizeof(entry) + p.texts;
  if (p.texts > UINT32_MAX)
    return NULL;
  po_set *set = (po_set *)take(allocator, bytes);
  if (set == NULL)
    return NULL;
  memset(set, 0, sizeof *set + size * sizeof(bucket));
  set->allocator = *allocator;
  set->size = bytes;
  set->buckets = (table){(bucket *)(void *)(set + 1), size};
  set->entries = (entry *)(void *)(set->buckets.at + size);
  set->texts = (char *)(set->entries + p.entries);
  return set;
}

/* Moves the buckets into the set and gives each its part of the entries. */
static void place_buckets(po_set *set, table chosen) {
  uint32_t first = 0;
  for (uint32_t i = 0; i < chosen.size; i++) {
    if (chosen.at[i].count == 0)
      continue;
    chosen.at[i].first = first;
    *find_bucket(set->buckets, chosen.at[i].hash) = chosen.at[i];
    first += chosen.at[i].count;
  }
}

static kind kind_of(po_set_item item) {
  po_text text = item.text;
  if (item.whole)
    return TEXT;
  if (text.length == 0 || *text.at != PO_GLOB_ANY)
    return PATTERN;
  for (size_t i = 1; i < text.length; i++)
    if (po_is(text.at[i], PO_HIGH) || is_wildcard(text.at[i]) ||
        text.at[i] == PO_GLOB_LITERAL)
      return PATTERN;
  return TAIL;
}

static void note_length(po_set *set, const ends *e) {
  if (e->where == WHOLE)
    set->has_whole = true;
  else
    add_length(&set->literal[e->where], e->length[e->where]);
}

/* Puts the items into their buckets, by rank; `chosen` says where the next one
** of each goes. */
static void place_entries(po_set *set, const po_set_item *items, uint32_t count,
                          table chosen, const ends *e) {
  size_t at = 0;
  for (uint32_t i = 0; i < count; i++) {
    po_text text = items[i].text;
    if (text.at == NULL)
      continue;
    bucket *b = find_bucket(chosen, bucket_hash(&e[i]));
    set->entries[b->first++] =
        (entry){i + 1, (uint32_t)at, (uint32_t)text.length, kind_of(items[i])};
    if (text.length > 0)
      memcpy(set->texts + at, text.at, text.length);
    at += text.length;
    note_length(set, &e[i]);
  }
}

/* What is needed while a set is built, in one piece of memory. */
typedef struct building {
  table shared, chosen;
  ends *ends;
  void *memory;
  size_t size;
} building;

/* How many literals patterns can have, roughly: never fewer. */
static size_t most_literals(const po_set_item *items, uint32_t count) {
  size_t most = (size_t)2 * count;
  for (uint32_t i = 0; i < count; i++)
    for (size_t at = 0; items[i].text.at != NULL && at < items[i].text.length;
         at++)
      most += is_wildcard(items[i].text.at[at]);
  return most;
}

enum { MOST_ITEMS = 1 << 28 };

static bool begin(building *b, const po_allocator *allocator,
                  const po_set_item *items, uint32_t count) {
  size_t most = most_literals(items, count);
  if (most > MOST_ITEMS)
    return false;
  uint32_t shared = table_size((uint32_t)most), chosen = table_size(count);
  size_t buckets = (size_t)shared + chosen;
  b->size = buckets * sizeof(bucket) + count * sizeof(ends);
  b->memory = take(allocator, b->size);
  if (b->memory == NULL)
    return false;
  memset(b->memory, 0, b->size);
  b->shared = (table){(bucket *)b->memory, shared};
  b->chosen = (table){b->shared.at + shared, chosen};
  b->ends = (ends *)(void *)(b->chosen.at + chosen);
  return true;
}

po_set *po_set_new(const po_allocator *allocator, const po_set_item *items,
                   uint32_t count) {
  building b;
  if (!begin(&b, allocator, items, count))
    return NULL;
  read_ends(items, count, b.shared, b.ends);
  plan p = choose(items, count, b.shared, b.chosen, b.ends);
  po_set *set = new_set(allocator, p);
  if (set != NULL) {
    place_buckets(set, b.chosen);
    place_entries(set, items, count, b.chosen, b.ends);
  }
  give(allocator, b.memory, b.size);
  return set;
}

void po_set_free(po_set *set) {
  if (set != NULL) {
    po_allocator allocator = set->allocator;
    give(&allocator, set, set->size);
  }
}

/* Looking up. */

/* The entries of a bucket that are still to be read. */
typedef struct head {
  const entry *at, *end;
} head;

/* What is looked for, and what was found so far. */
typedef struct search {
  const po_set *set;
  po_text text, whole;
  bool near;            /* entries are not held against the text */
  bool crowded;         /* not all heads were read at once */
  uint32_t after, best; /* ranks between these two; `best` is the answer */
  head heads[MAX_HEADS];
  size_t count;
} search;

static bool ends_in(po_text text, po_text tail) {
  if (text.length < tail.length)
    return false;
  const char *end = po_end(text);
  return po_same(po_slice(end - tail.length, end), tail);
}

static bool matches(const search *s, const entry *e) {
  po_text text = {s->set->texts + e->at, e->length}, captures[PO_MAX_CAPTURES];
  size_t count;
  if (s->near)
    return e->kind != TEXT;
  switch (e->kind) {
  case TEXT:
    return po_identical(text, s->whole);
  case TAIL:
    return ends_in(s->text, po_slice(text.at + 1, po_end(text)));
  default:
    return po_glob_match(text, s->text, captures, &count);
  }
}

/* The head whose next entry has the least rank. */
static head *least(search *s) {
  head *first = &s->heads[0];
  for (size_t i = 1; i < s->count; i++)
    if (s->heads[i].at->rank < first->at->rank)
      first = &s->heads[i];
  return first;
}

/* Reads the heads until one matches, or none could be better. */
static void read_heads(search *s) {
  while (s->count > 0) {
    head *next = least(s);
    const entry *e = next->at;
    if (e->rank >= s->best)
      break;
    bool found = e->rank > s->after && matches(s, e);
    if (++next->at == next->end)
      *next = s->heads[--s->count];
    if (found) {
      s->best = e->rank;
      break;
    }
  }
}

/* The first entry whose rank is above `after`. */
static const entry *skip_ranks(const entry *at, uint32_t count,
                               uint32_t after) {
  while (count > 0) {
    uint32_t half = count / 2;
    bool is_left = at[half].rank > after;
    at = is_left ? at : at + half + 1;
    count = is_left ? half : count - half - 1;
  }
  return at;
}

/* Adds the bucket of a hash, if there is one, to what will be read. */
static void probe(search *s, side where, uint64_t rolling) {
  const bucket *b = find_bucket(s->set->buckets, hash_on(where, rolling));
  const entry *first = s->set->entries + b->first, *end = first + b->count;
  head h = {skip_ranks(first, b->count, s->after), end};
  if (h.at == end || h.at->rank >= s->best)
    return;
  if (s->count == MAX_HEADS) {
    read_heads(s);
    s->count = 0;
    s->crowded = true;
  }
  s->heads[s->count++] = h;
}

static size_t least_of(size_t a, size_t b) { return a < b ? a : b; }

/* The ends of `text`, the shortest first, which is empty. */
static void probe_backs(search *s, po_text text) {
  const lengths *back = &s->set->literal[BACK];
  size_t stop = least_of(text.length + 1, back->most);
  uint64_t hash = PO_ROLLING_SEED;
  for (size_t length = 0; length < stop; length++) {
    if (length > 0)
      hash = po_rolling_step(hash, text.at[text.length - length]);
    if (has_length(back, length))
      probe(s, BACK, hash);
  }
}

/* The beginnings, likewise; none is empty. */
static void probe_fronts(search *s, po_text text) {
  const lengths *front = &s->set->literal[FRONT];
  size_t stop = least_of(text.length + 1, front->most);
  uint64_t hash = PO_ROLLING_SEED;
  for (size_t length = 1; length < stop; length++) {
    hash = po_rolling_step(hash, text.at[length - 1]);
    if (has_length(front, length))
      probe(s, FRONT, hash);
  }
}

/* What stands anywhere.  A bucket may be met again: `after` passes over it. */
static void probe_inners(search *s, po_text text) {
  const lengths *inner = &s->set->literal[INNER];
  for (size_t from = 0; inner->most > 0 && from < text.length; from++) {
    size_t stop = least_of(text.length - from + 1, inner->most);
    uint64_t hash = PO_ROLLING_SEED;
    for (size_t length = 1; length < stop; length++) {
      hash = po_rolling_step(hash, text.at[from + length - 1]);
      if (has_length(inner, length))
        probe(s, INNER, hash);
    }
  }
}

static void probe_literals(search *s, po_text text) {
  probe_backs(s, text);
  probe_fronts(s, text);
  probe_inners(s, text);
}

static void begin_search(search *s, const po_set *set, bool near,
                         uint32_t after) {
  s->set = set;
  s->near = near;
  s->crowded = false;
  s->after = after;
  s->best = UINT32_MAX;
  s->count = 0;
}

static uint32_t answer(search *s) {
  read_heads(s);
  return s->best == UINT32_MAX ? 0 : s->best;
}

/* What comes after the answer: the heads go on from there. */
static uint32_t next_answer(search *s, uint32_t found) {
  if (found == 0)
    return 0;
  if (s->crowded)
    return po_set_next(s->set, s->text, s->whole, found, NULL);
  s->best = UINT32_MAX;
  s->after = found;
  return answer(s);
}

uint32_t po_set_next(const po_set *set, po_text text, po_text whole,
                     uint32_t after, uint32_t *following) {
  search s;
  begin_search(&s, set, false, after);
  s.text = text;
  s.whole = whole;
  if (set->has_whole && whole.at != NULL)
    probe(&s, WHOLE, hash_back(whole));
  if (text.at != NULL)
    probe_literals(&s, text);
  uint32_t found = answer(&s);
  if (following != NULL)
    *following = next_answer(&s, found);
  return found;
}

uint32_t po_set_near(const po_set *set, po_text text, uint32_t after) {
  search s;
  begin_search(&s, set, true, after);
  probe_literals(&s, text);
  return answer(&s);
}
