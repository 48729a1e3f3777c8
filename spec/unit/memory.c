/* The core with less memory than it asks for: whatever the scratch holds, the
** result is the one of enough, or PO_SCRATCH_FULL. */
#include "unit.h"

static po_scratch scratch_of(size_t size) {
  po_scratch scratch = {unit_memory(size), size, 0};
  return scratch;
}

static po_address parsed(const char *input, const char *type) {
  po_text text = unit_bytes(input, strlen(input));
  po_parse_options options = {.type = {type, strlen(type)},
                              .notation = PO_NATIVE};
  po_scratch scratch = scratch_of(PO_SCRATCH_FOR(text.length + strlen(type)));
  po_address address;
  size_t position;
  CHECK_INT(po_parse(text, &options, &scratch, &address, &position), PO_OK);
  return address;
}

typedef po_code tried(const void *given, po_scratch *scratch);

/* The least scratch that suffices, held to be less than promised. */
static size_t hold_sizes(tried *try, const void *given, size_t promised) {
  size_t size = 0;
  for (; size <= promised; size++) {
    po_scratch scratch = scratch_of(size);
    po_code code = try(given, &scratch);
    if (code == PO_OK)
      break;
    CHECK_INT(code, PO_SCRATCH_FULL);
  }
  CHECK(size <= promised);
  return size;
}

typedef struct written {
  const char *text, *type;
} written;

static po_code try_parse(const void *given, po_scratch *scratch) {
  const written *w = (const written *)given;
  po_text text = unit_bytes(w->text, strlen(w->text));
  po_parse_options options = {.type = {w->type, strlen(w->type)},
                              .notation = PO_NATIVE};
  po_address address;
  size_t position;
  return po_parse(text, &options, scratch, &address, &position);
}

TEST(any_scratch_will_do_to_read) {
  static const written rows[] = {
      {"c=us;o=a;;b;dda:t==y=x", "X400"},
      {"/PN=M.T.Rose/O=a$/b/C=us/", "X400"},
      {"/C=us/DD.a$=b=c$=d/", "X400"},
      {"a!\"b\\\"!c\"", "UUCP"},
      {"\"a\\ b\"@c", "SMTP"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    hold_sizes(try_parse, &rows[i],
               PO_SCRATCH_FOR(strlen(rows[i].text) + strlen(rows[i].type)));
}

static po_code try_open(const void *given, po_scratch *scratch) {
  po_address inner, carrier;
  const char *where;
  return po_decapsulate((const po_address *)given, scratch, &inner, &carrier,
                        &where);
}

TEST(any_scratch_will_do_to_open) {
  static const written rows[] = {
      {"c=us;dda:RFC-822=(q)a(q)(a)b;dda:RFC822C1=c", "X400"},
      {"c=us;dda:SMTP=\"a\\ b\"@c", "X400"},
      {"c=us;dda:MSXCHNGE=/o=a", "X400"},
      {"IMCEASMTP-+22a+5C+20b+22+40c@d", "SMTP"},
      {"\"a\\ b\"@c at d", "CCMAIL"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    po_address outer = parsed(rows[i].text, rows[i].type);
    hold_sizes(try_open, &outer, PO_SCRATCH_FOR(strlen(rows[i].text)));
  }
}

typedef struct carriage {
  po_address inner, carrier;
} carriage;

static po_code try_close(const void *given, po_scratch *scratch) {
  const carriage *c = (const carriage *)given;
  po_address outer;
  char text[200], more[PO_SCRATCH_FOR(200)];
  po_buffer out = {text, sizeof text, 0};
  po_scratch room = {more, sizeof more, 0};
  po_code code = po_encapsulate(&c->inner, &c->carrier, scratch, &outer);
  if (code == PO_OK) /* reads all that was written, and nothing else */
    po_format(&outer, PO_NATIVE, &out, &room);
  return code;
}

TEST(only_three_types_carry) {
  carriage c = {parsed("a@b", "SMTP"), {0}};
  po_scratch scratch = scratch_of(PO_ENCAPSULATION_FOR(7));
  c.carrier.dialect = po_dialect_of(BYTES("EX"));
  CHECK_INT(try_close(&c, &scratch), PO_ENCAPSULATION_TYPE);
  CHECK(!po_can_carry(c.carrier.dialect));
}

TEST(no_dda_carries_a_type_that_has_none) {
  static const written rows[] = {{"a at b", "CCMAIL"}, {"a!b", "UUCP"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    carriage c = {parsed(rows[i].text, rows[i].type), {0}};
    po_scratch scratch = scratch_of(PO_ENCAPSULATION_FOR(12));
    c.carrier.dialect = po_dialect_of(BYTES("X400"));
    CHECK(try_close(&c, &scratch) != PO_OK);
  }
}

TEST(any_scratch_will_do_to_close) {
  static const struct {
    written inner;
    const char *route, *carrier;
    size_t least;
  } rows[] = {
      {{"\"_______________________ b\"@c", "SMTP"}, "@a.example", "X400", 163},
      {{"NET/PO/USER", "MS"}, NULL, "X400", 22},
      {{"/o=a  b", "EX"}, NULL, "X400", 18},
      {{"NET/PO/USER", "MS"}, NULL, "SMTP", 30},
      {{"a@b", "SMTP"}, NULL, "CCMAIL", 3},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    carriage c = {parsed(rows[i].inner.text, rows[i].inner.type), {0}};
    size_t length = strlen(rows[i].inner.text) + strlen(rows[i].inner.type);
    if (rows[i].route != NULL) {
      c.inner.route = unit_bytes(rows[i].route, strlen(rows[i].route));
      length += c.inner.route.length + 1;
    }
    c.carrier.dialect =
        po_dialect_of(unit_bytes(rows[i].carrier, strlen(rows[i].carrier)));
    size_t least = hold_sizes(try_close, &c, PO_ENCAPSULATION_FOR(length));
    CHECK_INT(least, rows[i].least);
  }
}
