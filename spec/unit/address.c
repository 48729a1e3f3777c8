/* The core as C sees it: texts without a NUL, scratch of the promised size. */
#include "unit.h"

static po_parse_options any(void) {
  po_parse_options options = {.notation = PO_GUESS};
  return options;
}

static po_scratch scratch_for(size_t size) {
  po_scratch scratch = {unit_memory(size), size, 0};
  return scratch;
}

typedef struct row {
  const char *input;
  const char *type, *first, *second;
} row;

TEST(addresses_are_read_without_a_final_nul) {
  static const row rows[] = {
      {"a@b", "SMTP", "a", "b"},
      {"\"a\\ b\"@c", "SMTP", "a b", "c"},
      {"N <a@b> (c)", "SMTP", "a", "b"},
      {"<@x:a@b>", "SMTP", "a", "b"},
      {"<>", "SMTP", "", NULL},
      {"u@[IPv6:::1]", "SMTP", "u", "[IPv6:::1]"},
      {"[ccmail:user@domain at internet]", "CCMAIL", "user@domain", "internet"},
      {"CCMAIL:a", "CCMAIL", "a", NULL},
      {"[SMTP:\\x61@b]", "SMTP", "a", "b"},
      {"X500:/o=x", "X500", "/o=x", NULL},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    po_text text = unit_bytes(rows[i].input, strlen(rows[i].input));
    po_scratch scratch = scratch_for(PO_SCRATCH_FOR(text.length));
    po_parse_options options = any();
    po_address address;
    size_t position;
    po_code code = po_parse(text, &options, &scratch, &address, &position);
    if (!CHECK_INT(code, PO_OK))
      continue;
    CHECK_TEXT_IS(address.type, rows[i].type);
    CHECK_TEXT_IS(address.field[0], rows[i].first);
    if (rows[i].second != NULL)
      CHECK_TEXT_IS(address.field[1], rows[i].second);
  }
}

/* Every prefix of every input ends where its memory ends. */
TEST(no_prefix_is_read_past_its_end) {
  static const char *const inputs[] = {
      "\"a\\\" b\"@[IPv6:2001:db8::192.0.2.1]",
      "N \\x5b [ccmail:user@domain at internet]  ",
      "\"Q \\\\\" (c (d)) <@a,@b:\"x>\"@y.z> (e)\r\n f",
      "IMCEAEX-_o=Org+2Fx@\303\274.example",
      "<\"a>b\"@c>",
  };
  for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
    for (size_t length = 0; length <= strlen(inputs[i]); length++) {
      po_text text = unit_bytes(inputs[i], length);
      for (int n = PO_GUESS; n < PO_NOTATION_COUNT; n++) {
        po_parse_options options = {.notation = (po_notation)n,
                                    .unknown = true};
        po_scratch scratch = scratch_for(PO_SCRATCH_FOR(length));
        po_address address;
        size_t position = 0;
        po_code code = po_parse(text, &options, &scratch, &address, &position);
        CHECK(code != PO_SCRATCH_FULL);
        CHECK(code == PO_OK || position <= length);
      }
    }
  }
}

TEST(a_short_scratch_is_an_error) {
  po_text text = BYTES("Long Name Here [SMTP:\\x61\\x62\\x63@example.org]");
  po_parse_options options = any();
  for (size_t size = 0; size < 12; size++) {
    po_scratch scratch = scratch_for(size);
    po_address address;
    size_t position;
    CHECK_INT(po_parse(text, &options, &scratch, &address, &position),
              PO_SCRATCH_FULL);
  }
}

TEST(a_short_buffer_gets_the_length_it_needs) {
  static const char expected[] = "[CCMAIL:user@domain at internet]";
  po_text text = BYTES("CCMAIL:user@domain at internet");
  po_parse_options options = any();
  po_scratch scratch = scratch_for(PO_SCRATCH_FOR(text.length));
  po_address address;
  size_t position;
  CHECK_INT(po_parse(text, &options, &scratch, &address, &position), PO_OK);
  for (size_t size = 0; size < sizeof expected + 4; size++) {
    po_scratch more = scratch_for(PO_SCRATCH_FOR(64));
    po_buffer out = {unit_memory(size), size, 0};
    CHECK_INT(po_format(&address, PO_ONEOFF, &out, &more), PO_OK);
    CHECK_INT(out.length, sizeof expected - 1);
  }
}

TEST(encapsulation_is_undone) {
  po_text text = BYTES("CCMAIL:user@domain at internet");
  po_text shell_text = BYTES("<x@example.com>");
  po_parse_options options = any();
  po_scratch scratch = scratch_for(PO_SCRATCH_FOR(text.length));
  po_scratch room = scratch_for(PO_ENCAPSULATION_FOR(text.length));
  po_scratch shells = scratch_for(PO_SCRATCH_FOR(shell_text.length));
  po_address address, shell, outer, inner, left;
  size_t position;
  const char *where;
  po_parse(text, &options, &scratch, &address, &position);
  po_parse(shell_text, &options, &shells, &shell, &position);
  CHECK_INT(po_encapsulate(&address, &shell, &room, &outer), PO_OK);
  CHECK_TEXT(outer.field[0], "IMCEACCMAIL-user+40domain+20at+20internet");
  po_scratch last = scratch_for(PO_SCRATCH_FOR(outer.field[0].length));
  CHECK_INT(po_decapsulate(&outer, &last, &inner, &left, &where), PO_OK);
  CHECK_TEXT(inner.field[0], "user@domain");
  CHECK_TEXT(inner.field[1], "internet");
  CHECK(left.field[0].at == NULL);
  CHECK_TEXT(left.field[1], "example.com");
}

TEST(patterns_match_without_a_final_nul) {
  po_text captures[PO_MAX_CAPTURES];
  size_t count;
  CHECK(po_glob_match(BYTES("\3@x\2"), BYTES("kim@X.org"), captures, &count));
  CHECK_INT(count, 1);
  CHECK_TEXT(captures[0], "kim");
  CHECK(!po_glob_match(BYTES("\4"), BYTES(""), captures, &count));
  CHECK(po_glob_match(BYTES(""), BYTES(""), captures, &count));
}
