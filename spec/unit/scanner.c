/* The grammar primitives of RFC 5322, one by one. */
#include "notation/scanner.h"
#include "notation/encoded_word.h"
#include "unit.h"

#include <stdio.h>

static po_code fws(po_scanner *s, po_buffer *out) {
  (void)out;
  return po_skip_fws(s);
}

static po_code phrase(po_scanner *s, po_buffer *out) {
  po_phrase found;
  return po_scan_phrase(s, out, NULL, &found);
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
    {fws, " \n x", PO_OK, 3, ""},
    {fws, "\n \n", PO_OK, 2, ""},
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
    {po_scan_quoted_string, "\"\177\"", PO_OK, 3, "\177"},
    {po_scan_quoted_string, "\"\\\r\"", PO_OK, 4, "\r"},
    {po_scan_quoted_string, "\"\r\"", PO_CONTROL_CHARACTER, 1, ""},
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
    {phrase, "A \303\274\303", PO_UTF8_INVALID, 4, "A "},

    {phrase, "=?utf-8?q?a_b?= =?utf-8?q?c?= d", PO_OK, 31, "a bc d"},
    {phrase, "=?utf-8?q?a?=\r\n =?utf-8?q?b?=", PO_OK, 29, "ab"},
    {phrase, "x=?utf-8?q?a?= =?utf-8?q?a?=x", PO_OK, 29,
     "x=?utf-8?q?a?= =?utf-8?q?a?=x"},
    {phrase, "\"=?utf-8?q?a?=\"", PO_OK, 15, "=?utf-8?q?a?="},
    {phrase, "=?utf-8?q?a?= (c) =?utf-8?q?b?=", PO_OK, 31, "a b"},

    {po_scan_atom, "a+b.c", PO_OK, 3, "a+b"},
    {po_scan_atom, "\303\274a ", PO_OK, 3, "\303\274a"},
    {po_scan_atom, "a\303", PO_UTF8_INVALID, 1, ""},

    {po_scan_literal, "[x:a>b]c", PO_OK, 7, "[x:a>b]"},
    {po_scan_literal, "[ x\r\n y]", PO_OK, 8, "[ x y]"},
    {po_scan_literal, "[a\\]b]", PO_OK, 6, "[a]b]"},
    {po_scan_literal, "[\001]", PO_OK, 3, "[\001]"},
    {po_scan_literal, "[a[b]", PO_DOMAIN_CHARACTER, 2, "[a"},
    {po_scan_literal, "[x", PO_LITERAL_UNCLOSED, 2, "[x"},

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

static po_scanner scan(po_text text, po_profile profile) {
  return (po_scanner){
      text.at, po_end(text), {po_profile_switches(profile), NULL}, NULL};
}

TEST(a_primitive_reads_what_it_says) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const row *r = &rows[i];
    po_text text = unit_bytes(r->input, strlen(r->input));
    po_scanner s = scan(text, PO_PROFILE_OBSOLETE);
    size_t room = PO_DECODED_FOR(text.length);
    po_buffer out = {unit_memory(room), room, 0};
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
  po_scanner s = scan(text, PO_PROFILE_HEADER);
  CHECK_INT(po_skip_cfws(&s, NULL), PO_OK);
  CHECK_INT(s.at - text.at, text.length - 1);
}

/* No depth is a recursion, and no reading is done twice. */
TEST(a_million_brackets_are_a_comment) {
  enum { DEPTH = 1000000 };
  char *memory = unit_memory(2 * DEPTH);
  memset(memory, '(', DEPTH);
  memset(memory + DEPTH, ')', DEPTH);
  po_text text = {memory, 2 * DEPTH};
  po_scanner s = scan(text, PO_PROFILE_HEADER);
  CHECK_INT(po_skip_cfws(&s, NULL), PO_OK);
  CHECK(s.at == s.end);
}

TEST(folds_are_trimmed_at_both_ends) {
  static const char *const texts[][2] = {
      {"", ""},           {"a", "a"},           {" \t", ""},
      {"\r\n ", ""},      {" a\r\n ", "a"},     {"\r\n\ta \r\n \r\n\t", "a"},
      {"a\r\n", "a\r\n"}, {"a \r\n", "a \r\n"}, {"a\r\n b", "a\r\n b"},
      {"a\n ", "a"},      {"a\rx ", "a\rx"},
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    CHECK_TEXT_IS(po_trim_fws(unit_bytes(texts[i][0], strlen(texts[i][0]))),
                  texts[i][1]);
}

/* What each profile refuses, and what it notes. */
TEST(a_profile_allows_or_refuses) {
  static const struct {
    po_code (*scan)(po_scanner *, po_buffer *);
    const char *input;
    po_code code;
    po_profile least;
  } uses[] = {
      {po_skip_cfws, "(a) x", PO_COMMENT, PO_PROFILE_HEADER},
      {fws, "\r\n x", PO_FOLD, PO_PROFILE_HEADER},
      {fws, "\n x", PO_FOLD_LF, PO_PROFILE_OBSOLETE},
      {fws, "\r\n \r\n x", PO_OBSOLETE_FOLD, PO_PROFILE_OBSOLETE},
      {fws, "\r\n ", PO_OBSOLETE_FOLD, PO_PROFILE_OBSOLETE},
      {po_scan_quoted_string, "\"a\r\n \r\n b\"", PO_OBSOLETE_FOLD,
       PO_PROFILE_OBSOLETE},
      {po_scan_literal, "[a\\b]", PO_OBSOLETE_CONTROL, PO_PROFILE_OBSOLETE},
  };
  for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
    for (int p = 0; p < PO_PROFILE_COUNT; p++) {
      po_findings notes = {.count = 0};
      po_text text = unit_bytes(uses[i].input, strlen(uses[i].input));
      po_scanner s = scan(text, (po_profile)p);
      po_buffer out = {unit_memory(text.length), text.length, 0};
      s.allowance.notes = &notes;
      po_code code = uses[i].scan(&s, &out);
      if (p >= (int)uses[i].least) {
        CHECK_INT(code, PO_OK);
        CHECK_INT(notes.list[notes.count - 1].code, uses[i].code);
      } else {
        CHECK(code != PO_OK);
      }
    }
}
