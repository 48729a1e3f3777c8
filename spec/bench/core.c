/*
** What the C core costs beside a scan of the same bytes (one look-up a byte)
** and beside other parsers, as ratios of medians in one run.  The addresses
** are made here, each another one; the peers are those that the Makefile
** found (pkg-config: libetpan, gmime-3.0).
*/
#define _POSIX_C_SOURCE 199309L

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef HAVE_LIBETPAN
#include <libetpan/libetpan.h>
#endif
#ifdef HAVE_GMIME
#include <gmime/gmime.h>
#endif

enum { ROUNDS = 9, ADDRESSES = 30000, LENGTH = 160 };

typedef struct sample {
  const char *name;
  char (*line)[LENGTH];
  size_t *length;
} sample;

/* What keeps the compiler from leaving the work out. */
static size_t sink;

/* Making addresses. */

static uint32_t state = 184994;

static uint32_t number(uint32_t below) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % below;
}

static const char *word(void) {
  static const char *const words[] = {
      "kim",   "lee",    "pat",    "jones", "maria",  "garcia", "olga",
      "ivan",  "thomas", "muller", "chen",  "fatima", "hansen", "oconnor",
      "news",  "list",   "mail",   "corp",  "sales",  "north",  "campus",
      "smtp4", "branch", "eu1",    "orders"};
  return words[number(sizeof words / sizeof *words)];
}

static int put_spec(char *to, size_t size, uint32_t n) {
  static const char *const marks[] = {".", ".", "_", "-", "+", ""};
  static const char *const domains[] = {"example.com", "example.org",
                                        "co.example", "mail.example.net",
                                        "a-b.example"};
  return snprintf(to, size, "%s%s%s%u@%s.%s", word(), marks[number(6)], word(),
                  n, word(), domains[number(5)]);
}

static void plain(char *to, uint32_t n) { put_spec(to, LENGTH, n); }

static void named(char *to, uint32_t n) {
  char spec[LENGTH];
  put_spec(spec, sizeof spec, n);
  if (number(4) == 0)
    snprintf(to, LENGTH, "\"%s, %s\" <%s>", word(), word(), spec);
  else
    snprintf(to, LENGTH, "%s %s <%s>", word(), word(), spec);
}

static void odd(char *to, uint32_t n) {
  char spec[LENGTH];
  put_spec(spec, sizeof spec, n);
  switch (number(3)) {
  case 0:
    snprintf(to, LENGTH, "\"%s %s\"@%s.example", word(), word(), word());
    break;
  case 1:
    snprintf(to, LENGTH, "%s (%s (%s) %s)", spec, word(), word(), word());
    break;
  default:
    snprintf(to, LENGTH, "%s %s (office) <%s>", word(), word(), spec);
  }
}

static sample make(const char *name, void (*write)(char *, uint32_t)) {
  sample made = {name, malloc(sizeof(char[ADDRESSES][LENGTH])),
                 malloc(sizeof(size_t[ADDRESSES]))};
  if (made.line == NULL || made.length == NULL)
    exit(2);
  for (uint32_t i = 0; i < ADDRESSES; i++) {
    write(made.line[i], i);
    made.length[i] = strlen(made.line[i]);
  }
  return made;
}

/* The cases: each goes once through a sample; false where one is refused. */

static bool scan(char *line, size_t length) {
  const char *at = line;
  size_t strange = 0;
  for (const char *c = line; c < line + length; c++)
    if (!po_class[(unsigned char)*c]) {
      if (*c == '@')
        at = c;
      else
        strange++;
    }
  sink += (size_t)(at - line) + strange;
  return true;
}

/* Room for one address and for what is written of it. */
static char memory[PO_SCRATCH_FOR(LENGTH)], more[PO_SCRATCH_FOR(LENGTH)],
    written[2 * LENGTH];

static bool read_address(char *line, size_t length, po_address *out) {
  static const po_parse_options any = {.notation = PO_GUESS};
  po_scratch scratch = {memory, sizeof memory, 0};
  po_text text = {line, length};
  size_t position;
  return po_parse(text, &any, &scratch, out, &position) == PO_OK;
}

static bool parse(char *line, size_t length) {
  po_address address;
  bool accepted = read_address(line, length, &address);
  sink += accepted ? address.field[0].length : 0;
  return accepted;
}

static bool check(char *line, size_t length) {
  po_address address;
  const char *where;
  return read_address(line, length, &address) &&
         po_check(&address, &where) == PO_OK;
}

static bool key(char *line, size_t length) {
  po_address address;
  po_buffer out = {written, sizeof written, 0};
  if (!read_address(line, length, &address))
    return false;
  po_key(&address, &out);
  sink += out.length;
  return true;
}

static bool normalize(char *line, size_t length) {
  po_address address;
  po_buffer out = {written, sizeof written, 0};
  po_scratch scratch = {more, sizeof more, 0};
  return read_address(line, length, &address) &&
         po_normalize(&address, address.notation, &out, &scratch) == PO_OK;
}

static bool format(char *line, size_t length) {
  po_address address;
  po_buffer out = {written, sizeof written, 0};
  po_scratch scratch = {more, sizeof more, 0};
  return read_address(line, length, &address) &&
         po_format(&address, PO_PROXY, &out, &scratch) == PO_OK;
}

#ifdef HAVE_LIBETPAN
static bool libetpan(char *line, size_t length) {
  size_t at = 0;
  struct mailimf_mailbox *mailbox = NULL;
  if (mailimf_mailbox_parse(line, length, &at, &mailbox) != MAILIMF_NO_ERROR)
    return false;
  mailimf_mailbox_free(mailbox);
  return true;
}
#endif

#ifdef HAVE_GMIME
static bool gmime(char *line, size_t length) {
  (void)length;
  InternetAddressList *list =
      internet_address_list_parse(g_mime_parser_options_get_default(), line);
  if (list == NULL)
    return false;
  g_object_unref(list);
  return true;
}
#endif

static const struct {
  const char *name;
  bool (*run)(char *line, size_t length);
} cases[] = {
    {"scan of the bytes", scan},
    {"po_parse", parse},
    {"po_parse, po_check", check},
    {"po_parse, po_key", key},
    {"po_parse, po_normalize", normalize},
    {"po_parse, po_format", format},
#ifdef HAVE_LIBETPAN
    {"libetpan", libetpan},
#endif
#ifdef HAVE_GMIME
    {"GMime", gmime},
#endif
};

enum { CASES = sizeof cases / sizeof *cases };

/* Measuring. */

static double cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Seconds for all of a sample; counts what was refused. */
static double run(int c, const sample *s, long *refused) {
  double start = cpu_seconds();
  for (int i = 0; i < ADDRESSES; i++)
    *refused += !cases[c].run(s->line[i], s->length[i]);
  return cpu_seconds() - start;
}

static void measure(const sample *s) {
  double seconds[CASES][ROUNDS];
  long refused[CASES] = {0};
  for (int round = 0; round < ROUNDS; round++)
    for (int c = 0; c < CASES; c++)
      seconds[c][round] = run(c, s, &refused[c]);
  for (int c = 0; c < CASES; c++)
    qsort(seconds[c], ROUNDS, sizeof(double), by_value);
  for (int c = 0; c < CASES; c++) {
    double median = seconds[c][ROUNDS / 2];
    printf("%-8s %-24s %8.1f ns %7.2f of the scan", s->name, cases[c].name,
           median / ADDRESSES * 1e9, median / seconds[0][ROUNDS / 2]);
    if (refused[c] > 0)
      printf("  (%ld refused)", refused[c] / ROUNDS);
    printf("\n");
  }
}

int main(void) {
  sample samples[] = {make("plain", plain), make("named", named),
                      make("odd", odd)};
#ifdef HAVE_GMIME
  g_mime_init();
#endif
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
    measure(&samples[i]);
    free(samples[i].line);
    free(samples[i].length);
  }
  return sink == 1; /* never: the first scan alone adds more */
}
