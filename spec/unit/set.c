/* Sets of patterns: ranks in order, and memory that is refused. */
#include "unit.h"

#include "table/set.h"

#include <stdio.h>
#include <stdlib.h>

#define ANY "\2"
#define ONE "\1"

/* An allocator that refuses the block with a number, and counts what is out. */
typedef struct refusing {
  int refused, asked;
  size_t bytes;
} refusing;

static void *resize(void *state, void *at, size_t size, size_t wanted) {
  refusing *r = (refusing *)state;
  if (wanted > 0 && ++r->asked == r->refused)
    return NULL;
  r->bytes = r->bytes - size + wanted;
  if (wanted == 0) {
    free(at);
    return NULL;
  }
  return realloc(at, wanted);
}

enum { MOST = 16 };

/* A set of texts up to a NULL; "" stands for no item, the first `whole` are no
** patterns. */
static po_set *new_set(refusing *r, const char *const *texts, int whole) {
  po_set_item items[MOST];
  po_allocator allocator = {resize, r};
  uint32_t count = 0;
  for (; texts[count] != NULL; count++) {
    const char *text = texts[count];
    items[count].text = unit_bytes(text, strlen(text));
    if (*text == '\0')
      items[count].text.at = NULL;
    items[count].whole = (int)count < whole;
  }
  return po_set_new(&allocator, items, count);
}

/* The ranks that match, one digit each. */
static const char *ranks(const po_set *set, const char *text) {
  static char found[MOST + 1];
  po_text given = unit_bytes(text, strlen(text));
  uint32_t rank = 0, following, length = 0;
  do {
    rank = po_set_next(set, given, given, rank, &following);
    if (rank != 0)
      found[length++] = (char)('0' + rank);
    CHECK_INT(following,
              rank == 0 ? 0 : po_set_next(set, given, given, rank, NULL));
  } while (following != 0 && length < MOST);
  found[length] = '\0';
  return found;
}

static po_text as_text(const char *string) {
  return (po_text){string, strlen(string)};
}

#define CHECK_RANKS(set, text, expected)                                       \
  CHECK_TEXT(as_text(ranks(set, text)), expected)

TEST(a_set_finds_what_matches_in_the_order_of_ranks) {
  static const char *const texts[] = {
      "kim@a.example",         ANY "@a.example",   "kim@" ANY, "",
      ANY "m@" ANY ".example", ONE "im@a.example", ANY,        NULL};
  refusing r = {0};
  po_set *set = new_set(&r, texts, 1);
  CHECK_RANKS(set, "kim@a.example", "123567");
  CHECK_RANKS(set, "KIM@A.example", "23567"); /* a whole text is as it is */
  CHECK_RANKS(set, "lee@a.example", "27");
  CHECK_RANKS(set, "tim@a.example", "2567");
  CHECK_RANKS(set, "kim@b.test", "37");
  CHECK_RANKS(set, "", "7");
  po_set_free(set);
  CHECK_INT(r.bytes, 0);
}

TEST(an_absent_text_matches_nothing) {
  static const char *const texts[] = {"a", ANY, NULL};
  static const po_text none = {NULL, 0};
  refusing r = {0};
  po_set *set = new_set(&r, texts, 1);
  CHECK_INT(po_set_next(set, none, none, 0, NULL), 0);
  CHECK_INT(po_set_next(set, none, BYTES("a"), 0, NULL), 1);
  CHECK_INT(po_set_next(set, BYTES("a"), none, 0, NULL), 2);
  po_set_free(set);
}

TEST(a_set_may_be_empty) {
  static const char *const none[] = {NULL}, *const holes[] = {"", "", NULL};
  refusing r = {0};
  po_set *set = new_set(&r, none, 0);
  CHECK_RANKS(set, "a", "");
  po_set_free(set);
  set = new_set(&r, holes, 0);
  CHECK_RANKS(set, "a", "");
  po_set_free(set);
  po_set_free(NULL);
  CHECK_INT(r.bytes, 0);
}

TEST(escapes_and_characters_beyond_ascii_are_literal_ends) {
  static const char *const texts[] = {ANY "\4\2", "\4\3" ANY, ANY "\xc3\xa9",
                                      ANY "\xa9", "\4",       NULL};
  refusing r = {0};
  po_set *set = new_set(&r, texts, 0);
  CHECK_RANKS(set, "x\2", "1");
  CHECK_RANKS(set, "\3x", "2");
  CHECK_RANKS(set, "\xc3\xa9", "3"); /* of which the last byte is no end */
  CHECK_RANKS(set, "a\xa9", "4");
  CHECK_RANKS(set, "\4", "5");
  po_set_free(set);
}

/* Ends longer than those that are told apart, and more buckets than are read at
** once: one for each length. */
TEST(long_ends_and_many_lengths_are_found) {
  enum { LONG = 300, LENGTHS = 60 };
  char text[LONG + 1];
  po_set_item items[LENGTHS + 1];
  refusing r = {0};
  po_allocator allocator = {resize, &r};
  memset(text, 'a', LONG);
  text[0] = PO_GLOB_ANY;
  items[LENGTHS] = (po_set_item){{text, LONG}, false};
  for (int i = 0; i < LENGTHS; i++) { /* the longest first */
    char *pattern = unit_memory((size_t)(LENGTHS - i + 1));
    memcpy(pattern, text, (size_t)(LENGTHS - i + 1));
    items[i] = (po_set_item){{pattern, (size_t)(LENGTHS - i + 1)}, false};
  }
  po_set *set = po_set_new(&allocator, items, LENGTHS + 1);
  memset(text, 'a', LONG);
  uint32_t rank = 0, count = 0, following = 0;
  po_text given = unit_bytes(text, LONG);
  do {
    rank = po_set_next(set, given, given, rank, &following);
    CHECK_INT(rank, ++count);
  } while (following == rank + 1);
  CHECK_INT(count, LENGTHS + 1);
  given = unit_bytes(text, LONG - 2); /* one too short for the longest */
  CHECK_INT(po_set_next(set, given, given, LENGTHS, NULL), 0);
  po_set_free(set);
}

TEST(what_may_match_is_near) {
  static const char *const texts[] = {"a.example", ANY ".example", "x" ANY, ANY,
                                      NULL};
  refusing r = {0};
  po_set *set = new_set(&r, texts, 1);
  CHECK_INT(po_set_near(set, BYTES("b.example"), 0), 2);
  CHECK_INT(po_set_near(set, BYTES("X1test"), 0), 3);
  CHECK_INT(po_set_near(set, BYTES(""), 0), 4);
  CHECK_INT(po_set_near(set, BYTES(""), 4), 0);
  po_set_free(set);
}

/* A text of `length` letters out of `letters`, by a generator's state. */
static po_text random_text(uint32_t *state, const char *letters,
                           size_t length) {
  char *text = unit_memory(length);
  for (size_t i = 0; i < length; i++) {
    *state = *state * 1664525 + 1013904223;
    text[i] = letters[(*state >> 16) % strlen(letters)];
  }
  return (po_text){text, length};
}

/* The rank after `after` that is found by trying them all. */
static uint32_t slow_next(const po_set_item *items, uint32_t count,
                          po_text text, uint32_t after) {
  po_text captures[PO_MAX_CAPTURES];
  size_t used;
  for (uint32_t i = after; i < count; i++)
    if (po_glob_match(items[i].text, text, captures, &used))
      return i + 1;
  return 0;
}

/* So many share their ends that most are found by what stands in between; in
** texts of few letters that is met again and again. */
TEST(what_stands_between_wildcards_is_found) {
  enum { ITEMS = 80, TEXTS = 300 };
  po_set_item items[ITEMS];
  refusing r = {0};
  po_allocator allocator = {resize, &r};
  uint32_t state = 1, hits = 0;
  for (size_t i = 0; i < ITEMS; i++)
    items[i] =
        (po_set_item){random_text(&state, ANY ONE "abA\4\3", 2 + i % 7), false};
  po_set *set = po_set_new(&allocator, items, ITEMS);
  for (size_t i = 0; i < TEXTS; i++) {
    po_text text = random_text(&state, "abB", i % 12);
    uint32_t rank = 0, following;
    do {
      uint32_t wanted = slow_next(items, ITEMS, text, rank);
      uint32_t near = po_set_near(set, text, rank);
      rank = po_set_next(set, text, text, rank, &following);
      CHECK_INT(rank, wanted);
      CHECK(rank == 0 || (near != 0 && near <= rank));
      CHECK_INT(following, rank == 0 ? 0 : slow_next(items, ITEMS, text, rank));
      hits += rank != 0;
    } while (rank != 0);
  }
  CHECK(hits > TEXTS);
  po_set_free(set);
  CHECK_INT(r.bytes, 0);
}

TEST(a_set_that_gets_no_memory_leaves_none_behind) {
  static const char *const texts[] = {"a", ANY "b", "c" ANY, NULL};
  int refused = 1;
  for (;; refused++) {
    refusing r = {refused, 0, 0};
    po_set *set = new_set(&r, texts, 1);
    po_set_free(set);
    CHECK_INT(r.bytes, 0);
    if (set != NULL)
      break;
  }
  CHECK_INT(refused, 3); /* both of its pieces were refused before */
}
