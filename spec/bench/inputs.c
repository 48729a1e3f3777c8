#include "inputs.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>

/* No text is longer. */
enum { LONGEST = 2048 };

const char *const input_names[INPUT_KINDS] = {
    [INPUT_PLAIN] = "plain",   [INPUT_NAMED] = "named",
    [INPUT_QUOTED] = "quoted", [INPUT_COMMENTED] = "commented",
    [INPUT_UTF8] = "utf8",     [INPUT_MEMBER] = "member",
    [INPUT_FIVE] = "five",     [INPUT_LIST] = "list",
    [INPUT_MIXED] = "mixed",
};

/* What a text is made from: a stream of numbers (xorshift), and the number of
** the address to come, which makes it another one than any before. */
typedef struct maker {
  uint32_t state;
  unsigned serial;
  po_buffer out;
} maker;

static uint32_t number(maker *m, uint32_t below) {
  m->state ^= m->state << 13;
  m->state ^= m->state >> 17;
  m->state ^= m->state << 5;
  return m->state % below;
}

/* Whether it is one of the `percent` of a hundred. */
static bool chance(maker *m, uint32_t percent) {
  return number(m, 100) < percent;
}

static void put(maker *m, const char *string) {
  po_put(&m->out, po_constant(string));
}

#define PUT_ONE_OF(m, list)                                                    \
  put(m, (list)[number(m, sizeof(list) / sizeof *(list))])

static const char *const first_names[] = {
    "kim",    "pat",   "maria", "olga", "ivan", "thomas", "chen",
    "fatima", "james", "linda", "wei",  "yuki", "carlos", "ingrid"};
static const char *const last_names[] = {
    "lee",    "jones",  "garcia", "muller", "hansen", "oconnor", "smith",
    "wilson", "thomas", "moore",  "nguyen", "rossi",  "novak",   "king"};
static const char *const first_words[] = {
    "Kim",    "Pat",   "Maria", "Olga", "Ivan", "Thomas", "Chen",
    "Fatima", "James", "Linda", "Wei",  "Yuki", "Carlos", "Ingrid"};
static const char *const last_words[] = {
    "Lee",    "Jones",  "Garcia", "Muller", "Hansen", "OConnor", "Smith",
    "Wilson", "Thomas", "Moore",  "Nguyen", "Rossi",  "Novak",   "King"};
static const char *const marks[] = {".", ".", ".", "_", "-", "+", ""};
static const char *const domains[] = {
    "example.com",       "example.org",      "mail.example",
    "co.example",        "web.example.net",  "mx4.campus.example",
    "a-b.example",       "cs.univ.example",  "orders.example.com",
    "eu-1.corp.example", "north.example.org"};

static void put_serial(maker *m) {
  char digits[16];
  snprintf(digits, sizeof digits, "%u", m->serial++);
  put(m, digits);
}

static void put_domain(maker *m) {
  put(m, "@");
  PUT_ONE_OF(m, domains);
}

static void put_plain(maker *m) {
  PUT_ONE_OF(m, first_names);
  PUT_ONE_OF(m, marks);
  PUT_ONE_OF(m, last_names);
  put_serial(m);
  put_domain(m);
}

static void put_words(maker *m, const char *between) {
  PUT_ONE_OF(m, first_words);
  put(m, between);
  PUT_ONE_OF(m, last_words);
}

static void put_quoted_words(maker *m) {
  put(m, "\"");
  PUT_ONE_OF(m, last_words);
  put(m, ", ");
  PUT_ONE_OF(m, first_words);
  put(m, chance(m, 30) ? " J.\"" : "\"");
}

static void put_angle(maker *m) {
  put(m, " <");
  put_plain(m);
  put(m, ">");
}

static void put_named(maker *m) {
  uint32_t style = number(m, 100);
  if (style < 60) {
    put_words(m, " ");
  } else if (style < 95) {
    put_quoted_words(m);
  } else {
    put(m, "=?UTF-8?Q?");
    put_words(m, "_M=C3=BCller-");
    put(m, "?=");
  }
  put_angle(m);
}

static void put_quoted(maker *m) {
  static const char *const between[] = {" ", " ", "@", "\\\"", ", "};
  put(m, "\"");
  PUT_ONE_OF(m, first_names);
  PUT_ONE_OF(m, between);
  PUT_ONE_OF(m, last_names);
  put_serial(m);
  put(m, "\"");
  put_domain(m);
}

static void put_commented(maker *m) {
  uint32_t style = number(m, 4);
  if (style == 0) {
    put_words(m, " ");
    put(m, " (office)");
    put_angle(m);
    return;
  }
  put_plain(m);
  put(m, " (");
  put_words(m, style == 1 ? " (at \\) work) " : " ");
  put(m, ")");
}

static void put_utf8(maker *m) {
  if (chance(m, 50)) {
    put(m, "j\xC3\xBCrgen.");
    put_plain(m);
    return;
  }
  put_words(m, " M\xC3\xBCller ");
  put_angle(m);
}

static void put_member(maker *m) {
  if (chance(m, 40))
    put_plain(m);
  else
    put_named(m);
}

static void put_members(maker *m, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (i > 0)
      put(m, ", ");
    put_member(m);
  }
}

static void put_five(maker *m) { put_members(m, 5); }

static void put_list(maker *m) {
  uint32_t count = 2 + number(m, 9);
  if (!chance(m, 10)) {
    put_members(m, count);
    return;
  }
  PUT_ONE_OF(m, last_words);
  put(m, " team: ");
  put_members(m, count - 1);
  put(m, ";, ");
  put_member(m);
}

static void put_mixed(maker *m) {
  uint32_t kind = number(m, 1000);
  if (kind < 700)
    put_plain(m);
  else if (kind < 900)
    put_named(m);
  else if (kind < 925)
    put_quoted(m);
  else if (kind < 950)
    put_commented(m);
  else
    put_list(m);
}

static void (*const writers[INPUT_KINDS])(maker *) = {
    [INPUT_PLAIN] = put_plain,   [INPUT_NAMED] = put_named,
    [INPUT_QUOTED] = put_quoted, [INPUT_COMMENTED] = put_commented,
    [INPUT_UTF8] = put_utf8,     [INPUT_MEMBER] = put_member,
    [INPUT_FIVE] = put_five,     [INPUT_LIST] = put_list,
    [INPUT_MIXED] = put_mixed,
};

static void *grow(void *memory, size_t size) {
  void *grown = realloc(memory, size);
  if (grown == NULL)
    exit(2);
  return grown;
}

static void make_room(po_buffer *out) {
  if (out->size - out->length >= LONGEST)
    return;
  out->size += out->size / 2 + LONGEST;
  out->at = grow(out->at, out->size);
}

inputs inputs_make(input_kind kind, size_t count) {
  maker m = {184994, 1, {NULL, 0, 0}};
  inputs made = {count, 0, grow(NULL, count * sizeof(po_text)), NULL};
  for (size_t i = 0; i < count; i++) {
    make_room(&m.out);
    size_t start = m.out.length;
    writers[kind](&m);
    made.text[i].length = m.out.length - start;
    made.total += made.text[i].length;
    po_put_char(&m.out, '\0');
  }
  made.bytes = m.out.at;
  const char *at = made.bytes;
  for (size_t i = 0; i < count; i++) {
    made.text[i].at = at;
    at += made.text[i].length + 1;
  }
  return made;
}

void inputs_free(inputs *made) {
  free(made->text);
  free(made->bytes);
}
