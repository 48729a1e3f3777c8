/* How notations read: what only C can ask for, and what memory bounds. */
#include "dialect/dialect.h"
#include "unit.h"

#include <stdio.h>

typedef struct row {
  const char *input, *type;
  po_notation notation;
  po_code code;
  size_t position;
} row;

static const row rows[] = {
    {"a@b", "CCMAIL", PO_PATH, PO_PATH_ANGLE_MISSING, 0},
    {"<a@b>", "CCMAIL", PO_PATH, PO_TYPE_MISMATCH, 0},
    {"a@b", "CCMAIL", PO_HEADER, PO_TYPE_MISMATCH, 0},
    {"K <a@b>", "CCMAIL", PO_HEADER, PO_TYPE_MISMATCH, 3},
    {"K <X500:/o=a>", "CCMAIL", PO_HEADER, PO_TYPE_MISMATCH, 3},
    {"K <X500:/o=a>", "X500", PO_HEADER, PO_OK, 0},
    {"K <X.400:c=us;>", "X400", PO_HEADER, PO_OK, 0},
    {"/o=a", NULL, PO_GUESS, PO_OK, 0},
    {"/o=a at b", "SMTP", PO_GUESS, PO_ADDRESS_DN, 0},
    {"K (", NULL, PO_HEADER, PO_COMMENT_UNCLOSED, 3},
    {"(", NULL, PO_HEADER, PO_COMMENT_UNCLOSED, 1},
    {"<(a", NULL, PO_HEADER, PO_COMMENT_UNCLOSED, 3},
    {"<(\1)a@b>", NULL, PO_HEADER, PO_OK, 0},
    {"<a@b (\r)>", NULL, PO_HEADER, PO_CONTROL_CHARACTER, 6},
    {"a@b (\n)", NULL, PO_HEADER, PO_CONTROL_CHARACTER, 5},
    {"<a@b\1>", NULL, PO_HEADER, PO_CONTROL_CHARACTER, 4},
    {"K <", NULL, PO_HEADER, PO_ANGLE_UNCLOSED, 3},
    {"K <\">", NULL, PO_HEADER, PO_QUOTE_UNCLOSED, 5},
    {"K <a\"@b>", NULL, PO_HEADER, PO_LOCALPART_CHARACTER, 4},
    {"<(c)>", NULL, PO_HEADER, PO_ADDRESS_EMPTY, 4},
    {"<@a:>", NULL, PO_HEADER, PO_ADDRESS_EMPTY, 4},
    {"SMTP:u@[t:a b]", NULL, PO_PROXY, PO_LITERAL_INVALID, 11},
    {"u@[tag:a[b]", NULL, PO_HEADER, PO_DOMAIN_CHARACTER, 8},
    {"u@[ta_g:a]", NULL, PO_NATIVE, PO_LITERAL_INVALID, 5},
    {"u@[tag:\303\274]", NULL, PO_NATIVE, PO_LITERAL_INVALID, 7},
    {"u@[:a]", NULL, PO_NATIVE, PO_LITERAL_INVALID, 3},
    {"u@[IPv6:1:2:3:4::5:6:7:8]", NULL, PO_NATIVE, PO_LITERAL_IPV6, 8},
    {"u@[IPv6:1:2:3:4:5:6:1.2.3]", NULL, PO_NATIVE, PO_LITERAL_IPV6, 8},
    {"u@[IPv6:]", NULL, PO_NATIVE, PO_LITERAL_IPV6, 8},
    {"u@[1.2.3", NULL, PO_NATIVE, PO_LITERAL_UNCLOSED, 8},
    {"u@\340\240\200.x", NULL, PO_NATIVE, PO_OK, 0},
    {"u@\340\237\277.x", NULL, PO_NATIVE, PO_UTF8_INVALID, 2},
    {"u@\340\300\200.x", NULL, PO_NATIVE, PO_UTF8_INVALID, 2},
    {"u@\355\237\277.x", NULL, PO_NATIVE, PO_OK, 0},
    {"u@\355a\277.x", NULL, PO_NATIVE, PO_UTF8_INVALID, 2},
    {"u@\360\220\200\200.x", NULL, PO_NATIVE, PO_OK, 0},
    {"u@\360\217\277\277.x", NULL, PO_NATIVE, PO_UTF8_INVALID, 2},
    {"u@\360\300\200\200.x", NULL, PO_NATIVE, PO_UTF8_INVALID, 2},
    {"u@\364\217\277\277.x", NULL, PO_NATIVE, PO_OK, 0},
    {"u@\364a\277\277.x", NULL, PO_NATIVE, PO_UTF8_INVALID, 2},
    {"u@\303a.x", NULL, PO_NATIVE, PO_UTF8_INVALID, 2},
    {"u@\303\300.x", NULL, PO_NATIVE, PO_UTF8_INVALID, 2},
    {"[SMTP:\\x4G@b]", NULL, PO_ONEOFF, PO_LOCALPART_CHARACTER, 6},
    {"[SMTP:\\xg4@b]", NULL, PO_ONEOFF, PO_LOCALPART_CHARACTER, 6},
    {"[SMTP:a@\\x5Dc]", NULL, PO_ONEOFF, PO_DOMAIN_CHARACTER, 8},
    {"[TELEX:a\\x01\1]", NULL, PO_ONEOFF, PO_CONTROL_CHARACTER, 12},
    {"[TELEX:a\1]", NULL, PO_ONEOFF, PO_CONTROL_CHARACTER, 8},
    {"[TELEX:a\\x00]", NULL, PO_ONEOFF, PO_CONTROL_CHARACTER, 8},
    {"a\\x00 [TELEX:a]", NULL, PO_ONEOFF, PO_CONTROL_CHARACTER, 1},
    {"[TELEX:a];", NULL, PO_ONEOFF, PO_MAILBOX_SEVERAL, 9},
};

TEST(a_notation_says_what_is_wrong_and_where) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const row *r = &rows[i];
    po_text text = unit_bytes(r->input, strlen(r->input));
    po_text type = {r->type, r->type == NULL ? 0 : strlen(r->type)};
    po_parse_options options = {
        .type = type, .notation = r->notation, .unknown = true};
    size_t room = PO_SCRATCH_FOR(text.length + type.length), position = 0;
    po_scratch scratch = {unit_memory(room), room, 0};
    po_address address;
    bool held = CHECK_INT(
        po_parse(text, &options, &scratch, &address, &position), r->code);
    held &= CHECK_INT(position, r->position);
    if (!held)
      printf("  row %d: %s\n", (int)i, r->input);
  }
}

/* With any scratch the answer is the right one or that it is too small. */
TEST(any_scratch_is_enough_or_an_error) {
  static const char *const inputs[] = {
      "\"Kim \\\" Lee\" <\"a\\ \r\n b\"@c.example> (d)",
      "\"a\\\"\r\n b\"@c.example (c)",
      "K\\x20 [TELEX:a\\x0db]",
      "K <telex:1>",
  };
  for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
    po_text text = unit_bytes(inputs[i], strlen(inputs[i]));
    po_parse_options options = {.unknown = true};
    bool enough = false;
    for (size_t size = 0; size <= PO_SCRATCH_FOR(text.length); size++) {
      po_scratch scratch = {unit_memory(size), size, 0};
      po_address address;
      size_t position;
      po_code code = po_parse(text, &options, &scratch, &address, &position);
      CHECK(code == PO_OK || (code == PO_SCRATCH_FULL && !enough));
      enough = code == PO_OK;
    }
    CHECK(enough);
  }
}

/* What no text says and a table can. */
TEST(a_built_domain_is_checked_label_by_label) {
  static const struct {
    const char *domain;
    po_code code;
  } domains[] = {
      {"a..b", PO_DOMAIN_LABEL_EMPTY},
      {"", PO_DOMAIN_LABEL_EMPTY},
      {"a.b", PO_OK},
      {"[", PO_LITERAL_UNCLOSED},
      {"[IPv6:1::2:3:4:5:6:7]", PO_OK},
  };
  for (size_t i = 0; i < sizeof domains / sizeof *domains; i++) {
    po_address address = {.dialect = &po_smtp, .type = po_constant("SMTP")};
    char memory[64];
    po_buffer out = {memory, sizeof memory, 0};
    const char *where;
    address.field[PO_LOCALPART] = po_constant("a");
    address.field[PO_DOMAIN] = po_constant(domains[i].domain);
    CHECK_INT(po_check(&address, &where), domains[i].code);
    po_smtp.normalize(&address, &out);
    CHECK(out.length >= 2);
  }
}

/* A name or a route that would be lost is no plain writing. */
TEST(each_field_is_held_to_what_is_read_back) {
  static const struct {
    po_notation notation;
    const char *name, *comment, *route;
    po_code code;
  } addresses[] = {
      {PO_HEADER, "", "", "", PO_OK},
      {PO_HEADER, "a", "b", "@c", PO_OK},
      {PO_HEADER, NULL, "b ) (", NULL, PO_OK},
      {PO_HEADER, NULL, "\r\n b", NULL, PO_FORMAT_UNREADABLE},
      {PO_HEADER, "a\r\n b", NULL, NULL, PO_FORMAT_UNREADABLE},
      {PO_HEADER, NULL, NULL, "@c\r\n ", PO_FORMAT_UNREADABLE},
      {PO_PATH, NULL, NULL, "@c:d@e>(", PO_MAILBOX_TEXT_AFTER},
      {PO_PATH, NULL, NULL, "@c:\"", PO_QUOTE_UNCLOSED},
      {PO_ONEOFF, " a", NULL, NULL, PO_FORMAT_UNREADABLE},
  };
  for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
    po_address address = {.dialect = &po_smtp, .type = po_constant("SMTP")};
    char room[200], memory[PO_SCRATCH_FOR(sizeof room)];
    po_buffer out = {room, sizeof room, 0};
    po_scratch scratch = {memory, sizeof memory, 0};
    address.field[PO_LOCALPART] = po_constant("a");
    address.field[PO_DOMAIN] = po_constant("b");
    if (addresses[i].name != NULL)
      address.display_name = po_constant(addresses[i].name);
    if (addresses[i].comment != NULL)
      address.comment = po_constant(addresses[i].comment);
    if (addresses[i].route != NULL)
      address.route = po_constant(addresses[i].route);
    CHECK_INT(po_format(&address, addresses[i].notation, &out, &scratch),
              addresses[i].code);
  }
}

/* What C has parsed is written as it was, with all that its notation holds. */
TEST(what_was_parsed_is_written_again) {
  static const struct {
    po_notation notation;
    const char *text;
  } texts[] = {
      {PO_HEADER, "a@b"},
      {PO_HEADER, "K L <a@b>"},
      {PO_HEADER, "a@b (c)"},
      {PO_HEADER, "<@x,@y:a@b> (c)"},
      {PO_PATH, "<@x:a@b>"},
      {PO_PATH, "<a@b>"},
      {PO_PATH, "<>"},
      {PO_PROXY, "smtp:a@b"},
      {PO_PROXY, "SMTP:a@b"},
      {PO_PROXY, "telex:1"},
      {PO_ONEOFF, "K [SMTP:a@b]"},
      {PO_NATIVE, "\"a b\"@c"},
      {PO_HEADER, "\"a\tb\"@c (d)"},
      {PO_ONEOFF, "[TELEX:a\\x0Db]"},
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    po_text text = unit_bytes(texts[i].text, strlen(texts[i].text));
    po_parse_options options = {.notation = texts[i].notation, .unknown = true};
    char room[100], memory[PO_SCRATCH_FOR(100)], more[PO_SCRATCH_FOR(100)];
    po_scratch scratch = {memory, sizeof memory, 0};
    po_scratch again = {more, sizeof more, 0};
    po_buffer out = {room, sizeof room, 0};
    po_address address;
    size_t position;
    CHECK_INT(po_parse(text, &options, &scratch, &address, &position), PO_OK);
    CHECK_INT(po_format(&address, texts[i].notation, &out, &again), PO_OK);
    CHECK_TEXT_IS(((po_text){room, out.length}), texts[i].text);
  }
}

/* A type without letters has no case that could tell a secondary address. */
TEST(a_secondary_address_needs_a_letter) {
  po_address address = {.dialect = &po_opaque,
                        .type = po_constant("1"),
                        .secondary = true,
                        .field = {po_constant("x")}};
  char room[20], memory[PO_SCRATCH_FOR(sizeof room)];
  po_buffer out = {room, sizeof room, 0};
  po_scratch scratch = {memory, sizeof memory, 0};
  CHECK_INT(po_format(&address, PO_PROXY, &out, &scratch),
            PO_FORMAT_UNREADABLE);
}
