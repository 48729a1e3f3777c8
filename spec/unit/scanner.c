/* The grammar primitives of RFC 5322, one by one. */
#include "notation/scanner.h"
#include "unit.h"

#include <stdio.h>

static po_code fws(po_scanner *s, po_buffer *out) {
  (void)out;
  po_skip_fws(s);
  return PO_OK;
}

static po_code phrase(po_scanner *s, po_buffer *out) {
  return po_scan_phrase(s, out, NULL);
}

static po_code literal(po_scanner *s, po_buffer *out) {
  (void)out;
  return po_scan_domain_literal(s);
}

static po_code to_at(po_scanner *s, po_buffer *out) {
  (void)out;
  return po_scan_to_at(s);
}

static po_code domain(po_scanner *s, po_buffer *out) {
  (void)out;
  return po_scan_domain(s);
}

static po_code angle(po_scanner *s, po_buffer *out) {
  po_text inside = {NULL, 0};
  po_code code = po_scan_angle(s, &inside);
  po_put(out, inside);
  return code;
}

/* What is read of `input`, where `at` is left, and what was said. */
typedef struct row {
  po_code (*scan)(po_scanner *, po_buffer *);
  const char *input;
  po_code code;
  size_t at;
  const char *said;
} row;

static const row rows[] = {
    {fws, "", PO_OK, 0, ""},
    {fws, "x", PO_OK, 0, ""},
    {fws, " \t x", PO_OK, 3, ""},
    {fws, " \r\n x", PO_OK, 4, ""},
    {fws, "\r\n \r\n\tx", PO_OK, 6, ""},
    {fws, " \r\nx", PO_OK, 1, ""},
    {fws, " \n x", PO_OK, 1, ""},
    {fws, " \r x", PO_OK, 1, ""},
    {fws, " \r\n", PO_OK, 1, ""},
    {fws, "\r", PO_OK, 0, ""},

    {po_skip_cfws, "", PO_OK, 0, ""},
    {po_skip_cfws, " (a) x", PO_OK, 5, "a"},
    {po_skip_cfws, "(a)(b)\r\n (c)", PO_OK, 12, "a b c"},
    {po_skip_cfws, "()(a)()(b)()", PO_OK, 12, "a b"},
    {po_skip_cfws, "(a) (b", PO_COMMENT_UNCLOSED, 6, "a b"},

    {po_scan_comment, "()", PO_OK, 2, ""},
    {po_scan_comment, "(a(b(c))d)e", PO_OK, 10, "a(b(c))d"},
    {po_scan_comment, "(a\\)\\(\\\\)", PO_OK, 9, "a)(\\"},
    {po_scan_comment, "(a\r\n b)", PO_OK, 7, "a b"},
    {po_scan_comment, "(a\r\nb)", PO_CONTROL_CHARACTER, 2, "a"},
    {po_scan_comment, "(\303\274\"@)", PO_OK, 6, "\303\274\"@"},
    {po_scan_comment, "(\303)", PO_UTF8_INVALID, 1, ""},
    {po_scan_comment, "(", PO_COMMENT_UNCLOSED, 1, ""},
    {po_scan_comment, "(a\\", PO_COMMENT_UNCLOSED, 3, "a\\"},
    {po_scan_comment, "((a)", PO_COMMENT_UNCLOSED, 4, "(a)"},

    {po_scan_quoted_string, "\"\"", PO_OK, 2, ""},
    {po_scan_quoted_string, "\"a b\"c", PO_OK, 5, "a b"},
    {po_scan_quoted_string, "\"\\\"\\\\\\a\\ \"", PO_OK, 10, "\"\\a "},
    {po_scan_quoted_string, "\"a\tb\"", PO_OK, 5, "a\tb"},
    {po_scan_quoted_string, "\"a\r\n b\"", PO_OK, 7, "a b"},
    {po_scan_quoted_string, "\"\\\303\274\"", PO_OK, 5, "\303\274"},
    {po_scan_quoted_string, "\"\\\374\"", PO_UTF8_INVALID, 2, ""},
    {po_scan_quoted_string, "\"\\\r\n \"", PO_CONTROL_CHARACTER, 2, ""},
    {po_scan_quoted_string, "\"\177\"", PO_CONTROL_CHARACTER, 1, ""},
    {po_scan_quoted_string, "\"", PO_QUOTE_UNCLOSED, 1, ""},
    {po_scan_quoted_string, "\"a\\\"", PO_QUOTE_UNCLOSED, 4, "a\""},
    {po_scan_quoted_string, "\"a\\", PO_QUOTE_UNCLOSED, 3, "a\\"},

    {phrase, "", PO_OK, 0, ""},
    {phrase, "<x>", PO_OK, 0, ""},
    {phrase, "A  B\t\"c  d\" <x>", PO_OK, 12, "A B c  d"},
    {phrase, "A(c)B \r\n C", PO_OK, 10, "A B C"},
    {phrase, "\"a\"\"b\"c", PO_OK, 7, "abc"},
    {phrase, "J.Q. P.,", PO_OK, 7, "J.Q. P."},
    {phrase, "A (b", PO_COMMENT_UNCLOSED, 4, "A"},
    {phrase, "A \"b", PO_QUOTE_UNCLOSED, 4, "A b"},
    {phrase, "A \303\274\303", PO_UTF8_INVALID, 4, "A \303\274"},

    {literal, "[x:a>b]c", PO_OK, 7, ""},
    {literal, "[x", PO_LITERAL_UNCLOSED, 2, ""},

    {to_at, "a@b", PO_OK, 1, ""},
    {to_at, "\"a@b\"@c", PO_OK, 5, ""},
    {to_at, "ab", PO_OK, 2, ""},
    {to_at, "a\"b@c", PO_QUOTE_UNCLOSED, 5, ""},

    {domain, "", PO_OK, 0, ""},
    {domain, "@a.b c", PO_OK, 4, ""},
    {domain, "@a.b(c)", PO_OK, 4, ""},
    {domain, "@a.b,", PO_OK, 4, ""},
    {domain, "@a.b;", PO_OK, 4, ""},
    {domain, "@a.b\r\n", PO_OK, 4, ""},
    {domain, "@[x:a,b (c];", PO_OK, 11, ""},
    {domain, "@a[b, c]", PO_OK, 4, ""},
    {domain, "@[a", PO_LITERAL_UNCLOSED, 3, ""},

    {angle, "<>", PO_OK, 2, ""},
    {angle, "<a@b>c", PO_OK, 5, "a@b"},
    {angle, "<\"a>b\"@c>", PO_OK, 9, "\"a>b\"@c"},
    {angle, "<a@[x:a>b]>", PO_OK, 11, "a@[x:a>b]"},
    {angle, "<a[b>", PO_OK, 5, "a[b"},
    {angle, "<a@b (c>d)>", PO_OK, 11, "a@b (c>d)"},
    {angle, "<a@b", PO_ANGLE_UNCLOSED, 4, ""},
    {angle, "<\"a>", PO_QUOTE_UNCLOSED, 4, ""},
    {angle, "<(a>", PO_COMMENT_UNCLOSED, 4, ""},
    {angle, "<a@[b>", PO_LITERAL_UNCLOSED, 6, ""},
};

TEST(a_primitive_reads_what_it_says) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const row *r = &rows[i];
    po_text text = unit_bytes(r->input, strlen(r->input));
    po_scanner s = {text.at, po_end(text)};
    po_buffer out = {unit_memory(text.length), text.length, 0};
    bool held = CHECK_INT(r->scan(&s, &out), r->code);
    held &= CHECK_INT(s.at - text.at, r->at);
    held &= CHECK_TEXT_IS(((po_text){out.at, out.length}), r->said);
    if (!held)
      printf("  row %d: %s\n", (int)i, r->input);
  }
}

/* Thrown away, it is read alike. */
TEST(what_is_said_can_be_thrown_away) {
  po_text text = BYTES("(a) (b \\) \303\274)\r\n x");
  po_scanner s = {text.at, po_end(text)};
  CHECK_INT(po_skip_cfws(&s, NULL), PO_OK);
  CHECK_INT(s.at - text.at, text.length - 1);
}

/* No depth is a recursion, and no reading is done twice. */
TEST(a_million_brackets_are_a_comment) {
  enum { DEPTH = 1000000 };
  char *memory = unit_memory(2 * DEPTH);
  memset(memory, '(', DEPTH);
  memset(memory + DEPTH, ')', DEPTH);
  po_scanner s = {memory, memory + 2 * DEPTH};
  CHECK_INT(po_skip_cfws(&s, NULL), PO_OK);
  CHECK(s.at == s.end);
}

TEST(folds_are_trimmed_at_both_ends) {
  static const char *const texts[][2] = {
      {"", ""},           {"a", "a"},           {" \t", ""},
      {"\r\n ", ""},      {" a\r\n ", "a"},     {"\r\n\ta \r\n \r\n\t", "a"},
      {"a\r\n", "a\r\n"}, {"a \r\n", "a \r\n"}, {"a\r\n b", "a\r\n b"},
      {"a\n ", "a\n"},    {"a\rx ", "a\rx"},
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    CHECK_TEXT_IS(po_trim_fws(unit_bytes(texts[i][0], strlen(texts[i][0]))),
                  texts[i][1]);
}

TEST(folds_are_taken_out) {
  po_text text = BYTES("a\r\n b\r\n\r\nc\r\n");
  po_buffer out = {unit_memory(text.length), text.length, 0};
  po_put_unfolded(&out, text);
  CHECK_TEXT(((po_text){out.at, out.length}), "a b\r\n\r\nc\r\n");
}
