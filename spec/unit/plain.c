/* The fast path against the careful parser: the same answer, or none. */
#include "notation/plain.h"
#include "dialect/dialect.h"
#include "notation/parse.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

/* A reproducible stream of numbers (xorshift). */
static uint32_t next_number(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

static bool same(po_text a, po_text b) {
  return a.at == b.at && a.length == b.length;
}

static bool same_words(po_text a, po_text b) {
  return (a.at == NULL) == (b.at == NULL) && a.length == b.length &&
         (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

static bool same_address(const po_address *a, const po_address *b) {
  return a->dialect == b->dialect && same_words(a->type, b->type) &&
         same_words(a->display_name, b->display_name) &&
         a->comment.at == b->comment.at && a->route.at == b->route.at &&
         a->secondary == b->secondary && a->notation == b->notation &&
         same(a->native, b->native) && a->origin == b->origin &&
         same(a->field[0], b->field[0]) && same(a->field[1], b->field[1]);
}

typedef bool read_plain_text(po_text, po_notation, po_address *);

/* portable.c: the fast path without SSE2. */
read_plain_text portable_read_plain_text;

/* Holds a fast path to the careful parser; whether it took the text. */
static bool hold_one(read_plain_text *read, po_text text,
                     po_notation notation) {
  po_parse_options options = {.notation = notation};
  char memory[PO_SCRATCH_FOR(200)];
  po_scratch scratch = {memory, sizeof memory, 0};
  po_address fast, careful;
  size_t position;
  if (!read(text, notation, &fast))
    return false;
  po_code code =
      po_parse_carefully(text, &options, &scratch, &careful, &position);
  if (code != PO_OK || !same_address(&fast, &careful)) {
    fprintf(stderr, "%.*s\n", (int)text.length, text.at);
    CHECK(code == PO_OK && same_address(&fast, &careful));
  }
  const char *where;
  CHECK_INT(po_smtp.parse(fast.native, &scratch, &careful, &where), PO_OK);
  CHECK(same(fast.field[0], careful.field[0]));
  CHECK(same(fast.field[1], careful.field[1]));
  careful.valid = false;
  if (fast.valid)
    CHECK_INT(po_check(&careful, &where), PO_OK);
  return true;
}

typedef const char *read_plain_item(const char *, const char *, po_address *);
read_plain_item portable_read_plain_item;

/* The same of an item, which ends at a comma or at the end. */
static bool hold_item(read_plain_item *read, po_text text) {
  po_address item;
  const char *after = read(text.at, po_end(text), &item);
  if (after == NULL)
    return false;
  CHECK(after == po_end(text) || *after == ',');
  CHECK(
      hold_one(portable_read_plain_text, po_slice(text.at, after), PO_HEADER));
  return true;
}

/* The same of an addr-spec at the front, which is read as if it were alone. */
static void hold_front(po_text text) {
  po_address front, alone;
  const char *where;
  const char *end = po_read_plain_front(text.at, po_end(text), &front);
  if (end == NULL)
    return;
  po_text spec = po_slice(text.at, end);
  CHECK(hold_one(portable_read_plain_text, spec, PO_NATIVE));
  CHECK(portable_read_plain_text(spec, PO_NATIVE, &alone));
  CHECK(same(front.native, alone.native) && front.origin == alone.origin &&
        same(front.field[0], alone.field[0]) &&
        same(front.field[1], alone.field[1]));
  CHECK(front.plain && (front.valid || !alone.valid));
  alone.valid = false;
  if (front.valid)
    CHECK_INT(po_check(&alone, &where), PO_OK);
}

/* What the masks take, the machine takes, too. */
static bool hold(po_text text, po_notation notation) {
  hold_front(text);
  bool item = hold_item(portable_read_plain_item, text);
  CHECK(item || !hold_item(po_read_plain_item, text));
  bool portable = hold_one(portable_read_plain_text, text, notation);
  bool taken = hold_one(po_read_plain_text, text, notation);
  CHECK(portable || !taken);
  return taken;
}

static const po_notation notations[] = {PO_GUESS, PO_NATIVE, PO_HEADER};

/* Every text of up to six of the bytes that decide. */
TEST(every_short_text_is_read_alike) {
  static const char bytes[] = "a@.<> \"-#?";
  enum { BYTES_USED = sizeof bytes - 1 };
  long taken = 0;
  for (size_t length = 1; length <= 6; length++) {
    long count = 1;
    for (size_t i = 0; i < length; i++)
      count *= BYTES_USED;
    char *copy = (char *)malloc(length);
    for (long n = 0; n < count; n++) {
      long rest = n;
      for (size_t i = 0; i < length; i++, rest /= BYTES_USED)
        copy[i] = bytes[rest % BYTES_USED];
      po_text text = {copy, length};
      taken += hold(text, notations[n % 3]);
    }
    free(copy);
  }
  CHECK(taken > 100);
}

/* Plain texts of every length, one byte of many changed. */
TEST(a_changed_byte_is_read_alike) {
  static const char *const seeds[] = {
      "kim.lee+tag@mail.corp.example",
      "Kim Lee <kim_lee@exchange.example>",
      "\"Lee, Kim\" <kim.lee=x@a-b.example>",
      "k@x.example",
      "kim@xn--bcher-kva.a--b.example",
      "Kim <kim@ab--c.xn--0.example>",
      "a.very.long.local.part.of.sixty.bytes.which.is@the.limit.example",
      "one.byte.more.than.the.masks.can.hold.in.a.word@of.sixty-four.bits",
      "Kim Lee <kim@x.example>, \"Lee, Pat\" <pat@x.example>",
      "\"Lee, Pat\" <pat@x.example>, kim@x.example, kim.lee@corp.example",
      "kim@x.example,kim.lee@mail.corp.example, pat.jones@corp.example, a@b",
      "\"kim, lee\"@mail.corp.example",
      "\"kim lee\"@x.example, \"Lee, O'Pat\"<pat@x.example>",
  };
  static const char bytes[] = "@.-_+=<>\"\\ ,;:()[]#?!\t\r\n\0\x7f\x80\xc3\xa9"
                              "aZ09";
  uint32_t state = 20261126;
  long taken = 0;
  for (long n = 0; n < 300000; n++) {
    const char *seed =
        seeds[next_number(&state) % (sizeof seeds / sizeof *seeds)];
    size_t length = strlen(seed), skip = next_number(&state) % 4;
    if (next_number(&state) % 2 == 0)
      skip = 0;
    length -= skip;
    char *copy = (char *)malloc(length);
    memcpy(copy, seed + skip, length);
    for (uint32_t c = next_number(&state) % 3; c > 0; c--)
      copy[next_number(&state) % length] =
          bytes[next_number(&state) % (sizeof bytes - 1)];
    po_text text = {copy, length};
    taken += hold(text, notations[n % 3]);
    free(copy);
  }
  CHECK(taken > 30000);
}
