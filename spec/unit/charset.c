/* The character sets of the core. */
#include "charset.h"
#include "unit.h"

static bool put(const char *name, po_text bytes, po_buffer *out) {
  return po_charset_put(po_charset_of(po_constant(name)), bytes, out);
}

TEST(a_character_set_has_aliases) {
  static const char *const same[][4] = {
      {"UTF-8", "utf-8", "utf8", "Utf_8"},
      {"US-ASCII", "ascii", "us-ascii", "ANSI_X3.4-1968"},
      {"ISO-8859-1", "latin1", "iso8859-1", "ISO_8859-1"},
      {"ISO-8859-15", "latin9", "iso8859-15", "iso-8859-15"},
      {"windows-1252", "cp1252", "CP-1252", "WINDOWS-1252"},
  };
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    const po_charset *first = po_charset_of(po_constant(same[i][0]));
    CHECK(first != NULL);
    for (size_t n = 1; n < 4; n++)
      CHECK(po_charset_of(po_constant(same[i][n])) == first);
    for (size_t n = 0; n < i; n++)
      CHECK(po_charset_of(po_constant(same[n][0])) != first);
  }
}

TEST(other_character_sets_are_not_the_cores) {
  static const char *const others[] = {"",           "utf",   "utf-7", "utf-88",
                                       "iso-8859-2", "latin", "-"};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    CHECK(po_charset_of(po_constant(others[i])) == NULL);
}

/* Absent: the bytes are refused. */
static const struct {
  const char *name, *bytes, *said;
} rows[] = {
    {"utf-8", "", ""},
    {"utf-8", "a\303\244\342\202\254\360\237\222\251",
     "a\303\244\342\202\254\360\237\222\251"},
    {"utf-8", "a\303", NULL},
    {"utf-8", "\300\200", NULL},
    {"utf-8", "\355\240\275", NULL},
    {"utf-8", "\364\220\200\200", NULL},
    {"us-ascii", "a~\177\t", "a~\177\t"},
    {"us-ascii", "a\200", NULL},
    {"iso-8859-1", "\240\344\377\200\237",
     "\302\240\303\244\303\277\302\200\302\237"},
    {"iso-8859-15", "\244\246\250\264\270\274\275\276\344",
     "\342\202\254\305\240\305\241\305\275\305\276\305\222\305\223\305\270"
     "\303\244"},
    {"windows-1252", "\200\205\231\237\240\377",
     "\342\202\254\342\200\246\342\204\242\305\270\302\240\303\277"},
    {"windows-1252", "a\201", NULL},
    {"windows-1252", "\215", NULL},
    {"windows-1252", "\217", NULL},
    {"windows-1252", "\220", NULL},
    {"windows-1252", "\235", NULL},
};

TEST(bytes_become_utf8_or_nothing) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    po_text bytes = unit_bytes(rows[i].bytes, strlen(rows[i].bytes));
    po_buffer out = {unit_memory(64), 64, 0};
    po_put_char(&out, '>');
    bool known = put(rows[i].name, bytes, &out);
    CHECK_INT(known, rows[i].said != NULL);
    CHECK_TEXT_IS(((po_text){out.at + 1, out.length - 1}),
                  known ? rows[i].said : "");
  }
}

/* Every byte of every set: a character of UTF-8 or refused; ASCII is itself. */
TEST(every_byte_is_a_character_or_refused) {
  static const char *const names[] = {"us-ascii", "iso-8859-1", "iso-8859-15",
                                      "windows-1252"};
  static const int known[] = {128, 256, 256, 251};
  for (size_t n = 0; n < 4; n++) {
    int count = 0;
    for (int byte = 0; byte < 256; byte++) {
      char c = (char)byte, memory[3];
      po_buffer out = {memory, sizeof memory, 0};
      if (!put(names[n], (po_text){&c, 1}, &out))
        continue;
      count++;
      if (byte < 128)
        CHECK(out.length == 1 && memory[0] == c);
      else
        CHECK(po_utf8_length(memory, memory + out.length) == out.length);
    }
    CHECK_INT(count, known[n]);
  }
}
