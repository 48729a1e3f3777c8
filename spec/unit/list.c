/* Lists: the cursor on texts that end where their memory does. */
#include "text.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const texts[] = {
    "a@b, K L <k@x>,(c)\"L, M\" <m@[x:y]> (n) , , o@p\r\n",
    "G (c): \"a b\".c@d . e,, F <@g,,@h:i@j>; , =?utf-8?q?J=C3=B6?= : ;",
    "\"a\\\"\\\\b\r\n c\" <\303\274@x>, \n d(e(f)\\))@g, <h@i",
    "=?utf-8?b?SsO2?= =?utf-8?q?rg?= <j@x>, =?iso-8859-1?q?=E9?=",
    "<CCMAIL:k at p>, L </o=O/cn=l>, <PROFS:m>, <SMTP:\"n o\"@p (q)>, <ex:",
    "Lee, Kim <k@x>; <a@x, b@x>; Kim [k@x]; <mailto:a%40b@c?d>; a@b.; <<c@d>",
    "e@f Kim; Kim e@f; kim; a..b@c; f@g <h@i>; Re: x: Kim <k@x>; i@j (K)",
    "\"open <a@b>, (open, a@[open, <open, [open, a@b",
    ":;,:a@b;,@,>,),],\\,\"\",\1,\303",
};
enum { TEXTS = sizeof texts / sizeof *texts };

static po_parse_options options_of(po_profile profile) {
  return (po_parse_options){.notation = PO_HEADER,
                            .unknown = true,
                            .allowed = po_profile_switches(profile)};
}

/* How a list was read. */
typedef struct outcome {
  size_t items, mailboxes, errors;
  bool full; /* an error was that the scratch is */
} outcome;

static bool is_in(po_text part, po_text whole) {
  return part.at >= whole.at && po_end(part) <= po_end(whole);
}

/* Reads a list with so much scratch for each item. */
static outcome read_list(po_text text, po_profile profile, size_t room) {
  po_parse_options options = options_of(profile);
  po_scratch scratch = {(char *)malloc(room > 0 ? room : 1), room, 0};
  po_address address;
  po_entry entry;
  po_list list;
  po_item item;
  outcome found = {0, 0, 0, false};
  po_list_begin(&list, text, &options);
  do {
    item = po_list_next(&list, &scratch, &address, &entry);
    found.items++;
    found.mailboxes += item == PO_ITEM_MAILBOX;
    found.errors += item == PO_ITEM_ERROR;
    found.full |= item == PO_ITEM_ERROR && entry.code == PO_SCRATCH_FULL;
    CHECK(is_in(entry.text, text));
    CHECK(item != PO_ITEM_ERROR || entry.position <= text.length);
  } while (item != PO_ITEM_END && found.items <= text.length + 2);
  CHECK_INT(item, PO_ITEM_END);
  free(scratch.at);
  return found;
}

/* Reads a copy, by one profile after the other, that lives no longer: a test
** has more of them than memory. */
static void read_copy(const char *bytes, size_t length, int profile) {
  char *copy = (char *)malloc(length > 0 ? length : 1);
  memcpy(copy, bytes, length);
  po_text text = {copy + (length == 0), length};
  CHECK(!read_list(text, (po_profile)(profile % PO_PROFILE_COUNT),
                   PO_SCRATCH_FOR(length))
             .full);
  free(copy);
}

static void read_by_each(const char *bytes, size_t length) {
  for (int p = 0; p < PO_PROFILE_COUNT; p++)
    read_copy(bytes, length, p);
}

TEST(no_list_is_read_past_its_end) {
  for (size_t i = 0; i < TEXTS; i++)
    for (size_t length = 0; length <= strlen(texts[i]); length++)
      read_by_each(texts[i], length);
}

TEST(no_list_is_read_before_its_start) {
  for (size_t i = 0; i < TEXTS; i++)
    for (size_t start = 0; start < strlen(texts[i]); start++)
      read_by_each(texts[i] + start, strlen(texts[i]) - start);
}

TEST(no_byte_of_a_list_does_harm) {
  static const char specials[] = "\0\r\n \t,;:<>@.\"\\()[]=?\1\177\303/";
  char text[200];
  for (size_t i = 0; i < TEXTS; i++) {
    size_t length = strlen(texts[i]);
    for (size_t at = 0; at < length; at++)
      for (size_t s = 0; s < sizeof specials - 1; s++) {
        memcpy(text, texts[i], length);
        text[at] = specials[s];
        read_copy(text, length, (int)(at + s));
      }
  }
}

/* With less scratch than is promised to be enough an item is the same, or an
** error that says so. */
TEST(any_scratch_will_do_for_a_list) {
  for (size_t i = 0; i < TEXTS; i++) {
    po_text text = unit_bytes(texts[i], strlen(texts[i]));
    for (int p = 0; p < PO_PROFILE_COUNT; p++) {
      po_profile profile = (po_profile)p;
      outcome enough = read_list(text, profile, PO_SCRATCH_FOR(text.length));
      for (size_t room = 0; room < PO_SCRATCH_FOR(text.length); room++) {
        outcome found = read_list(text, profile, room);
        if (found.full)
          continue;
        CHECK_INT(found.items, enough.items);
        CHECK_INT(found.mailboxes, enough.mailboxes);
        CHECK_INT(found.errors, enough.errors);
      }
    }
  }
}

/* What is said stays said while the rest of an item is read. */
TEST(the_parts_of_an_item_do_not_overwrite_each_other) {
  static const struct {
    const char *text, *name, *raw, *comment, *route, *local, *domain;
  } rows[] = {
      {"\"A\\\\\" (b\\)) <@c . d,, (e)@f:\"g\\ h\" . i@j . k> (l)", "A\\", NULL,
       "b) e l", "@c.d,,@f", "g h.i", "j.k"},
      {"=?utf-8?q?A?= (b) =?utf-8?q?C?= \"d\\\"\" <e . f@g . h>", "A C d\"",
       "=?utf-8?q?A?= (b) =?utf-8?q?C?= \"d\\\"\"", "b", NULL, "e.f", "g.h"},
      {"Lee (a) , \"K\\i\\m\" <k . l@x . y> (b)", "Lee, Kim", NULL, "a b", NULL,
       "k.l", "x.y"},
      {"K (a) \"L\\M\" \"n\\o\".p@x . y", "K LM", NULL, "a", NULL, "no.p",
       "x.y"},
      {"k . l@x . y (a) \"K\\i\\m\"", "Kim", NULL, "a", NULL, "k.l", "x.y"},
      {"k . l@x . y (a) <m . n@o . p> (b)", "k . l@x . y (a)", NULL, "a b",
       NULL, "m.n", "o.p"},
      {"Re: \"K\\i\\m\" (a) <k . l@x . y>", "Re: Kim", NULL, "a", NULL, "k.l",
       "x.y"},
      {"\"K\\i\\m\" [k . l@x . y] (a)", "Kim", NULL, "a", NULL, "k.l", "x.y"},
      {"K (a) <mailto:k%2e%6c@x%2ey?z> (b)", "K", NULL, "a b", NULL, "k.l",
       "x.y"},
  };
  po_parse_options options = options_of(PO_PROFILE_LENIENT);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    po_text text = unit_bytes(rows[i].text, strlen(rows[i].text));
    size_t room = PO_SCRATCH_FOR(text.length);
    po_scratch scratch = {unit_memory(room), room, 0};
    po_list list;
    po_entry entry;
    po_address a;
    po_list_begin(&list, text, &options);
    bool held =
        CHECK_INT(po_list_next(&list, &scratch, &a, &entry), PO_ITEM_MAILBOX) &&
        CHECK_TEXT_IS(a.display_name, rows[i].name) &&
        CHECK_TEXT_IS(a.display_raw, rows[i].raw) &&
        CHECK_TEXT_IS(a.comment, rows[i].comment) &&
        CHECK_TEXT_IS(a.route, rows[i].route) &&
        CHECK_TEXT_IS(a.field[0], rows[i].local) &&
        CHECK_TEXT_IS(a.field[1], rows[i].domain) &&
        CHECK_INT(po_list_next(&list, &scratch, &a, &entry), PO_ITEM_END);
    if (!held)
      printf("  row %d: %s\n", (int)i, rows[i].text);
  }
}

/* The notes of an item are its own. */
TEST(each_item_has_its_notes) {
  po_findings notes = {.count = 0};
  po_parse_options options = options_of(PO_PROFILE_LENIENT);
  po_text text = BYTES("a@b (c),d@e,,f@g;h . i@j");
  static const struct {
    int count;
    po_code code;
  } expected[] = {{1, PO_COMMENT},
                  {0, PO_OK},
                  {2, PO_OBSOLETE_LIST},
                  {1, PO_OBSOLETE_LOCALPART}};
  size_t room = PO_SCRATCH_FOR(text.length);
  po_scratch scratch = {unit_memory(room), room, 0};
  po_list list;
  po_entry entry;
  po_address address;
  options.notes = &notes;
  po_list_begin(&list, text, &options);
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    CHECK_INT(po_list_next(&list, &scratch, &address, &entry), PO_ITEM_MAILBOX);
    CHECK_INT(notes.count, expected[i].count);
    if (notes.count > 0)
      CHECK_INT(notes.list[0].code, expected[i].code);
  }
  CHECK_INT(po_list_next(&list, &scratch, &address, &entry), PO_ITEM_END);
}
