/* idna.c against RFC 5892, code point by code point, and without memory. */
#include "idna.h"
#include "postoffice.h"
#include "unit.h"

#ifdef PO_IDN2

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "rfc5892.h" /* made by rfc5892.lua */

static void put_point(po_buffer *out, uint32_t c) {
  if (c < 0x80) {
    po_put_char(out, (char)c);
  } else if (c < 0x800) {
    po_put_char(out, (char)(0xc0 | c >> 6));
    po_put_char(out, (char)(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    po_put_char(out, (char)(0xe0 | c >> 12));
    po_put_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
    po_put_char(out, (char)(0x80 | (c & 0x3f)));
  } else {
    po_put_char(out, (char)(0xf0 | c >> 18));
    po_put_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
    po_put_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
    po_put_char(out, (char)(0x80 | (c & 0x3f)));
  }
}

static const struct range *range_of(uint32_t c) {
  size_t low = 0, high = sizeof ranges / sizeof *ranges;
  while (high - low > 1) {
    size_t middle = (low + high) / 2;
    if (ranges[middle].first <= c)
      low = middle;
    else
      high = middle;
  }
  return &ranges[low];
}

/* What `c` is read as; the result is how many code points that are. */
static size_t map(uint32_t c, uint32_t to[4]) {
  static size_t next; /* they come in order */
  size_t count = sizeof mappings / sizeof *mappings;
  if (next == count || mappings[next].from > c)
    next = 0;
  while (next < count && mappings[next].from < c)
    next++;
  if (next == count || mappings[next].from != c) {
    to[0] = c;
    return 1;
  }
  memcpy(to, mappings[next].to, sizeof mappings[next].to);
  size_t length = 1;
  while (length < 4 && to[length] != 0)
    length++;
  return length;
}

/* RFC 5892 appendix A, for a character that stands as `put_label` has it:
** between Han, or after a Hebrew letter. */
static bool has_its_context(uint32_t c) {
  return c == 0x30fb || c == 0x05f3 || c == 0x05f4 ||
         (c >= 0x0660 && c <= 0x0669) || (c >= 0x06f0 && c <= 0x06f9);
}

/* The version of the library, as the table writes ages. */
static int library_age(void) {
  char *dot;
  long major = strtol(po_unicode_version(), &dot, 10);
  return (int)(16 * major + strtol(dot + 1, NULL, 10));
}

/* The property that the library's version of Unicode gives. */
static enum property property_of(uint32_t c, int age) {
  const struct range *range = range_of(c);
  bool noncharacter = (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
  return range->age > age && !noncharacter ? UNASSIGNED : range->property;
}

static po_code code_of(uint32_t c, int age) {
  switch (property_of(c, age)) {
  case PVALID:
    return PO_OK;
  case CONTEXTJ:
    return PO_DOMAIN_LABEL_CONTEXT;
  case CONTEXTO:
    return has_its_context(c) ? PO_OK : PO_DOMAIN_LABEL_CONTEXT;
  case UNASSIGNED:
    return PO_DOMAIN_LABEL_UNASSIGNED;
  default:
    return PO_DOMAIN_LABEL_DISALLOWED;
  }
}

static po_code expected_code(uint32_t c, int age) {
  uint32_t to[4];
  size_t count = map(c, to);
  po_code worst = PO_OK;
  for (size_t i = 0; i < count; i++) {
    po_code code = code_of(to[i], age);
    if (code == PO_DOMAIN_LABEL_DISALLOWED)
      return code; /* which is looked for first */
    worst = code == PO_OK ? worst : code;
  }
  return worst;
}

/* A label in which bidi has nothing against the character (RFC 5893 2), and
** which is not ASCII. */
static po_text put_label(char room[16], uint32_t c) {
  po_buffer out = {room, 16, 0};
  bool right_to_left = range_of(c)->right_to_left;
  put_point(&out, right_to_left ? 0x05d0 : 0x4e00);
  put_point(&out, c);
  if (!right_to_left)
    put_point(&out, 0x4e00);
  return (po_text){room, out.length};
}

/* Whether the library may know a character that the table does not. */
static bool is_beyond_table(uint32_t c, int age) {
  return range_of(c)->age == 0 && age > NEWEST_AGE;
}

TEST(every_code_point_is_judged_by_rfc_5892) {
  int age = library_age();
  for (uint32_t c = 0; c <= 0x10ffff; c++) {
    char room[16];
    size_t octets;
    const char *where;
    if ((c >= 0xd800 && c <= 0xdfff) || is_beyond_table(c, age))
      continue;
    po_text label = put_label(room, c);
    po_code code = po_check_idn_label(label, &octets, &where);
    if (code == expected_code(c, age))
      continue;
    fprintf(stderr, "U+%04X\n", (unsigned)c);
    CHECK_TEXT(((po_text){po_code_slug(code), strlen(po_code_slug(code))}),
               po_code_slug(expected_code(c, age)));
  }
}

/* ---- Without memory ---- */

static long allocations, failing; /* the one that fails, 0 for none */

static bool fails(void) {
  allocations++;
  if (allocations != failing)
    return false;
  errno = ENOMEM;
  return true;
}

/* The linker puts these before those of the C library (--wrap). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size) {
  return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
  return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size) {
  return fails() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text) {
  return fails() ? NULL : __real_strdup(text);
}

/* What takes memory, and its code for a text. */
typedef po_code taker(po_text text, po_buffer *out);

static po_code check_label(po_text text, po_buffer *out) {
  size_t octets;
  const char *where;
  (void)out;
  return po_check_idn_label(text, &octets, &where);
}

static po_code put_ascii(po_text text, po_buffer *out) {
  const char *where;
  return po_put_label(text, PO_DOMAIN_ASCII, out, &where);
}

static po_code put_unicode(po_text text, po_buffer *out) {
  const char *where;
  return po_put_label(text, PO_DOMAIN_UNICODE, out, &where);
}

static po_code put_as_it_is(po_text text, po_buffer *out) {
  const char *where;
  return po_put_label(text, PO_DOMAIN_AS_IT_IS, out, &where);
}

static po_code check_nfc(po_text text, po_buffer *out) {
  (void)out;
  return po_check_nfc(text);
}

/* Every allocation fails once: that is said, or does not matter.  Nothing is
** lost either, says the address sanitizer. */
static long hold_without_memory(taker *take, po_text text) {
  char room[2][256];
  po_buffer whole = {room[0], sizeof *room, 0};
  allocations = failing = 0;
  po_code due = take(text, &whole);
  long count = allocations;
  for (failing = 1; failing <= count; failing++) {
    po_buffer out = {room[1], sizeof *room, 0};
    allocations = 0;
    po_code code = take(text, &out);
    CHECK(code == PO_IDN_MEMORY || code == due);
    CHECK(code != PO_OK || out.length == whole.length);
  }
  failing = 0;
  return count;
}

TEST(memory_that_is_refused_is_no_fault_of_the_domain) {
  static const char *const labels[] = {
      "b\xc3\xbc"
      "cher",
      "B\xc3\x9c"
      "CHER",
      "bu\xcc\x88"
      "cher",
      "xn--bcher-kva",
      "xn--0",
      "xn--bcher-kva8445foa",
      "\xd7\x90"
      "b",
      "\xe2\x80\x8b"
      "x",
      "l\xc2\xb7l",
      "\xe2\x84\xaa",
      /* more marks than normalisation has room for */
      "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
  };
  static taker *const takers[] = {check_label, put_ascii, put_unicode,
                                  put_as_it_is, check_nfc};
  long count = 0;
  for (size_t t = 0; t < sizeof takers / sizeof *takers; t++)
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
      count += hold_without_memory(takers[t],
                                   (po_text){labels[i], strlen(labels[i])});
  CHECK(count > 100);
  char marks[1 + 2 * 200]; /* more than fits where libunistring sorts them */
  marks[0] = 'a';
  for (size_t i = 1; i < sizeof marks; i += 2)
    memcpy(marks + i, "\xcc\x81", 2);
  for (size_t t = 0; t < sizeof takers / sizeof *takers; t++)
    hold_without_memory(takers[t], (po_text){marks, sizeof marks});
}

#endif
