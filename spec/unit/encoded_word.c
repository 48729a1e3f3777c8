/* Encoded words: RFC 2047, and what is seen in mail. */
#include "notation/encoded_word.h"
#include "unit.h"

/* How much of a text is one encoded word. */
static const struct {
  const char *text;
  size_t length;
} lengths[] = {
    {"=?utf-8?Q?a?=", 13},
    {"=?utf-8?q?a?= b", 13},
    {"=?utf-8?B?YQ==?=<a@b>", 16},
    {"=?utf-8*en?b?YQ?=", 17},
    {"=?utf-8*?b?YQ?=", 15},
    {"=?ANSI_X3.4-1968?Q?a?=", 22},
    {"=?x?Q?\?=", 8},      /* no text */
    {"=?x?Q?a?b?=", 11},   /* a ? that RFC 2047 2 does not allow */
    {"=?x?Q?Who?\?=", 12}, /* a ? just before the end */
    {"=?x?Q?(a),<b>@\"c\".[]?=", 22},
    {"=?x?Q?=?=", 9},
    {"=?x?Q?a?==?x?Q?b?=", 9},
    {"=?x?Q?a?=?=", 9},
    {"", 0},
    {"=", 0},
    {"=?", 0},
    {"=?=", 0},
    {"a=?x?Q?a?=", 0},
    {"=?\?Q?a?=", 0},
    {"=?*en?Q?a?=", 0},
    {"=?x?U?a?=", 0},
    {"=?x?QQ?a?=", 0},
    {"=?x??a?=", 0},
    {"=?x?Q", 0},
    {"=?x?Q?", 0},
    {"=?x?Q?a", 0},
    {"=?x?Q?a?", 0},
    {"=?x?Q?a b?=", 0},
    {"=?x?Q?a\tb?=", 0},
    {"=?x?Q?a\r\n b?=", 0},
    {"=?x?Q?\303\244?=", 0},
    {"=?x?Q?a\177?=", 0},
    {"=?x y?Q?a?=", 0},
    {"=?x/y?Q?a?=", 0},
    {"=?x:y?Q?a?=", 0},
    {"=?\303\244?Q?a?=", 0},
    {"=?x?Q?=?y?Q?a?=", 0}, /* another begins before it ends */
    {"=?x?Q?a=?", 0},
};

TEST(an_encoded_word_has_a_length) {
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    po_text text = unit_bytes(lengths[i].text, strlen(lengths[i].text));
    if (!CHECK_INT(po_encoded_word_length(text.at, po_end(text)),
                   lengths[i].length))
      CHECK_TEXT_IS(text, "");
  }
}

/* A hook's sets: "up" in upper case, three bytes for each byte, and failures.
** It would read UTF-7, too. */
static po_code put_more(void *state, po_text charset, po_text bytes,
                        po_buffer *out) {
  (*(int *)state)++;
  if (po_same(charset, po_constant("up"))) {
    for (size_t i = 0; i < bytes.length; i++)
      po_put_char(out, po_upper(bytes.at[i]));
    return PO_OK;
  }
  for (size_t i = 0; i < bytes.length; i++)
    po_put(out, po_constant("\342\202\254"));
  if (po_same(charset, po_constant("three")) || po_end(charset)[-1] == '7')
    return PO_OK;
  if (po_same(charset, po_constant("flood"))) {
    while (out->length <= out->size)
      po_put_char(out, 'x');
    return PO_OK;
  }
  if (po_same(charset, po_constant("half"))) {
    po_put_char(out, '\303');
    return PO_OK;
  }
  return po_same(charset, po_constant("bad")) ? PO_ENCODED_WORD_UNSAFE
                                              : PO_ENCODED_WORD_CHARSET;
}

/* What a run says. */
typedef struct row {
  const char *run, *said;
  po_code code;
} row;

#define C PO_ENCODED_WORD_CHARSET
#define U PO_ENCODED_WORD_UNSAFE

static const row rows[] = {
    /* RFC 2047 8 */
    {"=?US-ASCII?Q?Keith_Moore?=", "Keith Moore", PO_OK},
    {"=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=", "Keld J\303\270rn Simonsen",
     PO_OK},
    {"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab", PO_OK},
    {"=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=", "ab", PO_OK},
    {"=?ISO-8859-1?Q?a?=\r\n       =?ISO-8859-1?Q?b?=", "ab", PO_OK},
    {"=?ISO-8859-1?Q?a_b?=", "a b", PO_OK},
    {"=?ISO-8859-1?Q?a?= =?ISO-8859-15?Q?_b?=", "a b", PO_OK},
    {"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n"
     " =?us-ascii?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
     "If you can read this you understand the example.", PO_OK},
    /* RFC 2231 5 */
    {"=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore", PO_OK},
    {"=?utf-8*fr?Q?=C3?= =?UTF-8*?Q?=A9?=", "\303\251", PO_OK},

    {"=?utf-8?q?=c3=A9=5f=3D=3f?=", "\303\251_=?", PO_OK},
    {"=?utf-8?Q?Who?_me?\?=", "Who? me?", PO_OK},
    {"=?utf-8?Q?\?=", "", PO_OK},
    {"=?utf-8?B?\?=", "", PO_OK},
    {"=?utf-8?B?w6k?=", "\303\251", PO_OK},
    {"=?utf-8?b?w6nDqQ==?=", "\303\251\303\251", PO_OK},
    {"=?utf-8?B?w6nDqQ===?=", "\303\251\303\251", PO_OK},
    {"=?utf-8?Q?=09x?=", "\tx", PO_OK},
    {"=?utf-8?Q?=C3=A9?==?utf-8?Q?=C3=A9?=", "\303\251\303\251", PO_OK},
    {"=?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3F=3D?=", "=?utf-8?Q?a?=", PO_OK},
    /* a character divided between words, of two encodings */
    {"=?utf-8?Q?=F0=9F?= =?UTF-8?B?kqk=?=", "\360\237\222\251", PO_OK},
    /* but not a quantum */
    {"=?utf-8?Q?=C3=A?= =?utf-8?Q?9?=", "=?utf-8?Q?=C3=A?= =?utf-8?Q?9?=", U},
    {"=?utf-8?B?w?= =?utf-8?B?6k=?=", "=?utf-8?B?w?= =?utf-8?B?6k=?=", U},
    {"=?windows-1252?Q?=80?= =?iso-8859-15?Q?=A4?=", "\342\202\254\342\202\254",
     PO_OK},
    {"=?up?Q?abc?=", "ABC", PO_OK},
    {"=?up?Q?ab?=\t=?UP?B?Yw==?= =?utf-8?Q?d?=", "ABCd", PO_OK},
    {"=?three?Q?=41=42?=", "\342\202\254\342\202\254", PO_OK},

    {"=?nobody?Q?a?=", "=?nobody?Q?a?=", C},
    {"=?nobody?Q?a?=\r\n =?nobody?Q?b?=", "=?nobody?Q?a?= =?nobody?Q?b?=", C},
    {"=?nobody?Q?a?==?nobody?Q?b?=", "=?nobody?Q?a?==?nobody?Q?b?=", C},
    {"=?utf-8?Q?a?= =?nobody?Q?b?= =?utf-8?Q?c?=", "a =?nobody?Q?b?= c", C},
    {"=?utf-8?Q?a?==?nobody?Q?b?==?utf-8?Q?c?=", "a =?nobody?Q?b?= c", C},
    {"=?nobody?Q?a?= =?none?Q?b?= =?utf-8?Q?=07?=",
     "=?nobody?Q?a?= =?none?Q?b?= =?utf-8?Q?=07?=", C},
    {"=?utf-8?Q?=07?= =?nobody?Q?a?=", "=?utf-8?Q?=07?= =?nobody?Q?a?=", U},
    {"=?utf-7?Q?+AGE-?=", "=?utf-7?Q?+AGE-?=", C},
    {"=?unicode-1-1-UTF-7?Q?a?=", "=?unicode-1-1-UTF-7?Q?a?=", C},
    {"=?csUnicode11UTF7?Q?a?=", "=?csUnicode11UTF7?Q?a?=", C},

    {"=?bad?Q?a?=", "=?bad?Q?a?=", U},
    {"=?half?Q?a?=", "=?half?Q?a?=", U},
    {"=?flood?Q?a?=", "=?flood?Q?a?=", U},
    {"=?us-ascii?Q?=E9?=", "=?us-ascii?Q?=E9?=", U},
    {"=?windows-1252?Q?=81?=", "=?windows-1252?Q?=81?=", U},
    {"=?utf-8?Q?=C3?= =?iso-8859-1?Q?=E9?=", "=?utf-8?Q?=C3?= \303\251", U},
    {"=?utf-8?Q?=?=", "=?utf-8?Q?=?=", U},
    {"=?utf-8?Q?=4?=", "=?utf-8?Q?=4?=", U},
    {"=?utf-8?Q?=4G?=", "=?utf-8?Q?=4G?=", U},
    {"=?utf-8?Q?=G4?=", "=?utf-8?Q?=G4?=", U},
    {"=?utf-8?B?w?=", "=?utf-8?B?w?=", U},
    {"=?utf-8?B?Y=Q=?=", "=?utf-8?B?Y=Q=?=", U},
    {"=?utf-8?B?YQ==YQ==?=", "=?utf-8?B?YQ==YQ==?=", U},
    {"=?utf-8?B?Y-_Q?=", "=?utf-8?B?Y-_Q?=", U},
    /* controls and bidi controls */
    {"=?utf-8?Q?a=0D=0ABcc:_b?=", "=?utf-8?Q?a=0D=0ABcc:_b?=", U},
    {"=?utf-8?Q?=0A?=", "=?utf-8?Q?=0A?=", U},
    {"=?utf-8?B?AA==?=", "=?utf-8?B?AA==?=", U},
    {"=?utf-8?Q?=1B[1m?=", "=?utf-8?Q?=1B[1m?=", U},
    {"=?utf-8?Q?=7F?=", "=?utf-8?Q?=7F?=", U},
    {"=?utf-8?Q?=C2=80?=", "=?utf-8?Q?=C2=80?=", U},
    {"=?iso-8859-1?Q?=9F?=", "=?iso-8859-1?Q?=9F?=", U},
    {"=?utf-8?Q?=C2=A0?=", "\302\240", PO_OK},
    {"=?utf-8?Q?=D8=9C?=", "=?utf-8?Q?=D8=9C?=", U},
    {"=?utf-8?Q?=D8=9B?=", "\330\233", PO_OK},
    {"=?utf-8?Q?=E2=80=8D?=", "\342\200\215", PO_OK},
    {"=?utf-8?Q?=E2=80=8E?=", "=?utf-8?Q?=E2=80=8E?=", U},
    {"=?utf-8?Q?=E2=80=8F?=", "=?utf-8?Q?=E2=80=8F?=", U},
    {"=?utf-8?Q?=E2=80=90?=", "\342\200\220", PO_OK},
    {"=?utf-8?Q?=E2=80=AA?=", "=?utf-8?Q?=E2=80=AA?=", U},
    {"=?utf-8?Q?a=E2=80=AEb?=", "=?utf-8?Q?a=E2=80=AEb?=", U},
    {"=?utf-8?Q?=E2=81=A6?=", "=?utf-8?Q?=E2=81=A6?=", U},
    {"=?utf-8?Q?=E2=81=A9?=", "=?utf-8?Q?=E2=81=A9?=", U},
    {"=?utf-8?Q?=E2=81=AA?=", "\342\201\252", PO_OK},
};

/* The room is what the header promises, to the byte. */
static po_code decode(po_text run, const po_charsets *more, po_text *said) {
  size_t size = PO_DECODED_FOR(run.length);
  po_buffer out = {unit_memory(size), size, 0};
  po_code code = po_put_decoded(&out, run, more);
  CHECK(out.length <= size);
  *said = (po_text){out.at, out.length};
  return code;
}

TEST(a_run_says_what_it_encodes) {
  int asked = 0;
  po_charsets more = {put_more, &asked};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    po_text run = unit_bytes(rows[i].run, strlen(rows[i].run)), said;
    bool held = CHECK_INT(decode(run, &more, &said), rows[i].code);
    held &= CHECK_TEXT_IS(said, rows[i].said);
    if (!held)
      CHECK_TEXT_IS(run, "");
  }
  CHECK_INT(asked, 14);
}

TEST(without_a_hook_other_sets_are_not_known) {
  po_text said;
  CHECK_INT(decode(BYTES("=?up?Q?abc?="), NULL, &said), C);
  CHECK_TEXT(said, "=?up?Q?abc?=");
}

TEST(what_stood_before_a_run_stays) {
  po_text run = BYTES("=?utf-8?Q?=07?=");
  po_buffer out = {unit_memory(48), 48, 0};
  po_put(&out, po_constant("Dr "));
  CHECK_INT(po_put_decoded(&out, run, NULL), U);
  CHECK_TEXT(((po_text){out.at, out.length}), "Dr =?utf-8?Q?=07?=");
}

/* The most that a word can become: base64 of bytes that take three each. */
TEST(growth_is_bounded) {
  enum { QUANTA = 5000, WORDS = 3 };
  po_buffer run = {unit_memory(WORDS * (4 * QUANTA + 32)),
                   WORDS * (4 * QUANTA + 32), 0};
  for (int word = 0; word < WORDS; word++) {
    po_put(&run, po_constant("=?cp1252?B?"));
    for (int i = 0; i < QUANTA; i++)
      po_put(&run, po_constant("gICA"));
    po_put(&run, po_constant("?="));
  }
  po_text said;
  CHECK_INT(decode((po_text){run.at, run.length}, NULL, &said), PO_OK);
  CHECK_INT(said.length, 9 * QUANTA * WORDS);
}

/* Writing. */

static po_text encode(po_text name, size_t column, size_t width) {
  size_t size = 19 * name.length;
  po_buffer out = {unit_memory(size), size, 0};
  po_put_encoded_words(&out, name, &column, width);
  CHECK(out.length <= size);
  const char *end = out.at + out.length, *line = end;
  while (line > out.at && line[-1] != '\n')
    line--;
  if (line > out.at)
    CHECK_INT(column, end - line);
  return (po_text){out.at, out.length};
}

#define NARROW PO_ENCODED_WORD_LEAST + 1

/* What a name is written as. */
static const struct {
  const char *name;
  size_t column, width;
  const char *written;
} names[] = {
    {"J\303\266rg", 0, 78, "=?utf-8?b?SsO2cmc=?="},
    {"J\303\266rgen", 0, 78, "=?utf-8?q?J=C3=B6rgen?="},
    {"Zo\303\253 Lee, PhD", 4, 78, "=?utf-8?q?Zo=C3=AB_Lee=2C_PhD?="},
    {"!*+-/=_?\"(),.<>@[]", 0, 78, "=?utf-8?b?ISorLS89Xz8iKCksLjw+QFtd?="},
    {"a!*+-/=_?b", 0, 78, "=?utf-8?q?a!*+-/=3D=5F=3Fb?="},
    {"\303\251", 0, 78, "=?utf-8?b?w6k=?="},
    {"\303\251a", 0, 78, "=?utf-8?b?w6lh?="},
    {"\303\251ab", 0, 78, "=?utf-8?q?=C3=A9ab?="},
    {"a\tbcd", 0, 78, "=?utf-8?q?a=09bcd?="},
    /* the words end at octet 75, or where the line does */
    {"\303\251bcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefg", 0,
     SIZE_MAX,
     "=?utf-8?q?=C3=A9bcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdef"
     "?= =?utf-8?q?g?="},
    {"\303\251bcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefg", 0,
     998,
     "=?utf-8?q?=C3=A9bcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdef"
     "?=\r\n =?utf-8?q?g?="},
    {"\303\251bcdefghijklmnopqrstuvwxyz", 40, 78,
     "=?utf-8?q?=C3=A9bcdefghijklmnopqrs?=\r\n =?utf-8?q?tuvwxyz?="},
    /* a character of four bytes in the narrowest line */
    {"abcd\360\237\222\251\360\237\222\251", 1, NARROW,
     "=?utf-8?b?YWJjZPCfkqk=?=\r\n =?utf-8?b?8J+SqQ==?="},
    {"aaaaaaaaaaaaaa\360\237\222\251b", 1, NARROW,
     "=?utf-8?q?aaaaaaaaaaaa?=\r\n =?utf-8?q?aa?=\r\n"
     " =?utf-8?q?=F0=9F=92=A9?=\r\n =?utf-8?q?b?="},
    /* no room at all */
    {"ab", 1, 0, "=?utf-8?q?a?=\r\n =?utf-8?q?b?="},
    {"\303\251", 90, 78, "=?utf-8?b?w6k=?="},
    {"\303\251", SIZE_MAX, SIZE_MAX, "=?utf-8?b?w6k=?="},
    /* bytes that are no characters */
    {"\303\251\303", 0, 78, "=?utf-8?b?w6nD?="},
};

TEST(a_name_is_written_in_encoded_words) {
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    po_text name = unit_bytes(names[i].name, strlen(names[i].name));
    CHECK_TEXT_IS(encode(name, names[i].column, names[i].width),
                  names[i].written);
  }
}

/* The octets of the longest line, and of the longest word. */
static void measure(po_text text, size_t *line, size_t *word) {
  size_t from_line = 0, from_word = 0;
  *line = *word = 0;
  for (size_t i = 0; i < text.length; i++) {
    if (text.at[i] == '\n')
      from_line = i + 1;
    if (text.at[i] == ' ' || text.at[i] == '\n')
      from_word = i + 1;
    if (text.at[i] == '\r')
      continue;
    if (i + 1 - from_line > *line)
      *line = i + 1 - from_line;
    if (i + 1 - from_word > *word)
      *word = i + 1 - from_word;
  }
}

/* Words of characters of every length, at every width that has room. */
TEST(what_is_written_is_read_again) {
  static const char *const texts[] = {
      "\303\251 \342\202\254 \360\237\222\251 Kim, \"Lee\" <k@x> 1234567890",
      "\360\237\222\251\360\237\222\251\360\237\222\251\360\237\222\251\360\237"
      "\222\251\360\237\222\251\360\237\222\251\360\237\222\251",
      "=?utf-8?q?a?=", " ", "  a  \302\240"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    for (size_t width = NARROW; width < 100; width++) {
      po_text name = unit_bytes(texts[i], strlen(texts[i]));
      po_text written = encode(name, 1, width), said;
      size_t line, word;
      measure(written, &line, &word);
      CHECK(line <= width && line <= 76 && word <= 75);
      CHECK_INT(decode(written, NULL, &said), PO_OK);
      CHECK_TEXT_IS(said, texts[i]);
    }
}

/* Texts that would take hours if anything were looked at again and again. */
TEST(reading_is_linear) {
  static const char *const pieces[] = {
      "=?x?Q?,", "=?x?Q?a?= ", "=?", "=?x?", "=?utf-8?Q?=C3?= ", "=?=", "?"};
  enum { SIZE = 1 << 20 };
  for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
    po_buffer text = {unit_memory(SIZE), SIZE, 0};
    while (text.length < SIZE)
      po_put(&text, po_constant(pieces[p]));
    const char *end = text.at + SIZE;
    size_t words = 0;
    for (const char *at = text.at; at < end; at++)
      words += po_encoded_word_length(at, end) > 0;
    po_text said;
    decode((po_text){text.at, SIZE}, NULL, &said);
    CHECK(words == 0 || said.length > SIZE / 2);
  }
}
