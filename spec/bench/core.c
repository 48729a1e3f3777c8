/*
** What the C core costs beside a scan of the same bytes (one look-up a byte)
** and beside other parsers, as ratios of medians in one run.  The peers are
** those that the Makefile found (pkg-config: libetpan, gmime-3.0).
**
**   core [COUNT]                times, with COUNT mixed inputs
**   core --instructions COUNT   for callgrind: a dump a case, named after it
**   core --print KIND COUNT     the inputs themselves, a line each
**   core --directory COUNT      times a directory of so many people
**   core --directory-keys COUNT prints what is looked up there
*/
#define _POSIX_C_SOURCE 199309L

#include "directory.h"
#include "inputs.h"

#include "dialect/dialect.h"
#include "notation/parse.h"
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
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name) (void)(name)
#endif

enum { ROUNDS = 9, COUNT = 30000, MIXED_COUNT = 1000000, LONGEST = 2048 };

/* What keeps the compiler from leaving the work out. */
static size_t sink;

/* The subjects: each reads one text; false where it is refused. */

static bool scan(po_text text) {
  const char *at = text.at;
  size_t strange = 0;
  for (const char *c = text.at; c < po_end(text); c++)
    if (!po_class[(unsigned char)*c]) {
      if (*c == '@')
        at = c;
      else
        strange++;
    }
  sink += (size_t)(at - text.at) + strange;
  return true;
}

/* Room for one address and for what is written of it. */
static char memory[PO_SCRATCH_FOR(LONGEST)], more[PO_SCRATCH_FOR(LONGEST)],
    written[2 * LONGEST];

static bool read_address(po_text text, po_address *out) {
  static const po_parse_options any = {.notation = PO_GUESS};
  po_scratch scratch = {memory, sizeof memory, 0};
  size_t position;
  return po_parse(text, &any, &scratch, out, &position) == PO_OK;
}

static bool parse(po_text text) {
  po_address address;
  bool accepted = read_address(text, &address);
  sink += accepted ? address.field[0].length : 0;
  return accepted;
}

/* spec/unit/portable.c: as po_parse begins without SSE2. */
bool portable_read_plain_text(po_text text, po_notation notation,
                              po_address *out);

static bool parse_portably(po_text text) {
  po_address address;
  bool accepted = portable_read_plain_text(text, PO_GUESS, &address);
  sink += accepted ? address.field[0].length : 0;
  return accepted;
}

static bool check(po_text text) {
  po_address address;
  const char *where;
  return read_address(text, &address) && po_check(&address, &where) == PO_OK;
}

static bool key(po_text text) {
  po_address address;
  po_buffer out = {written, sizeof written, 0};
  if (!read_address(text, &address) || po_key(&address, &out) != PO_OK)
    return false;
  sink += out.length;
  return true;
}

static bool normalize(po_text text) {
  po_address address;
  po_buffer out = {written, sizeof written, 0};
  po_scratch scratch = {more, sizeof more, 0};
  return read_address(text, &address) &&
         po_normalize(&address, address.notation, &out, &scratch) == PO_OK;
}

static bool format(po_text text) {
  po_address address;
  po_buffer out = {written, sizeof written, 0};
  po_scratch scratch = {more, sizeof more, 0};
  return read_address(text, &address) &&
         po_format(&address, PO_PROXY, &out, &scratch) == PO_OK;
}

static bool read_list(po_text text) {
  static const po_parse_options header = {.notation = PO_HEADER};
  po_list list;
  po_address address;
  po_entry entry;
  po_item item;
  po_list_begin(&list, text, &header);
  do {
    po_scratch scratch = {memory, sizeof memory, 0};
    item = po_list_next(&list, &scratch, &address, &entry);
    if (item == PO_ITEM_MAILBOX)
      sink += address.field[0].length;
  } while (item != PO_ITEM_END && item != PO_ITEM_ERROR);
  return item == PO_ITEM_END;
}

#ifdef HAVE_LIBETPAN
static bool read_by_libetpan(po_text text) {
  size_t at = 0;
  struct mailimf_address_list *list = NULL;
  if (mailimf_address_list_parse(text.at, text.length, &at, &list) !=
      MAILIMF_NO_ERROR)
    return false;
  mailimf_address_list_free(list);
  return true;
}
#else
static bool (*const read_by_libetpan)(po_text) = NULL;
#endif

#ifdef HAVE_GMIME
static bool read_by_gmime(po_text text) {
  InternetAddressList *list =
      internet_address_list_parse(g_mime_parser_options_get_default(), text.at);
  if (list == NULL)
    return false;
  g_object_unref(list);
  return true;
}
#else
static bool (*const read_by_gmime)(po_text) = NULL;
#endif

typedef enum subject {
  SCAN,
  PARSE,
  PORTABLE,
  LIST,
  CHECK,
  KEY,
  NORMALIZE,
  FORMAT,
  LIBETPAN,
  GMIME,
  SUBJECTS
} subject;

/* What `run` does besides po_parse is told apart from it. */
static const struct {
  const char *name;
  bool (*run)(po_text text);
  bool parses_first;
} subjects[SUBJECTS] = {
    [SCAN] = {"a scan", scan, false},
    [PARSE] = {"po_parse", parse, false},
    [PORTABLE] = {"po_parse without SSE2", parse_portably, false},
    [LIST] = {"po_list_next", read_list, false},
    [CHECK] = {"po_check", check, true},
    [KEY] = {"po_key", key, true},
    [NORMALIZE] = {"po_normalize", normalize, true},
    [FORMAT] = {"po_format", format, true},
    [LIBETPAN] = {"libetpan", read_by_libetpan, false},
    [GMIME] = {"GMime", read_by_gmime, false},
};

/* The goals, a row each: `of` takes at most `goal` times as long as `beside`,
** or is at least so many times as fast. */

typedef enum limit { AT_MOST, AT_LEAST } limit;

/* A subject, and what it reads. */
typedef struct work {
  input_kind kind;
  subject by;
} work;

static const struct row {
  work of;
  limit limit;
  double goal;
  work beside;
} rows[] = {
    {{INPUT_PLAIN, PARSE}, AT_MOST, 0.8, {INPUT_PLAIN, SCAN}},
    {{INPUT_PLAIN, PORTABLE}, AT_MOST, 1.6, {INPUT_PLAIN, SCAN}},
    {{INPUT_NAMED, PARSE}, AT_MOST, 1.2, {INPUT_NAMED, SCAN}},
    {{INPUT_PLAIN, CHECK}, AT_MOST, 1.5, {INPUT_PLAIN, PARSE}},
    {{INPUT_PLAIN, KEY}, AT_MOST, 1.5, {INPUT_PLAIN, PARSE}},
    {{INPUT_PLAIN, NORMALIZE}, AT_MOST, 1.5, {INPUT_PLAIN, PARSE}},
    {{INPUT_PLAIN, FORMAT}, AT_MOST, 1.5, {INPUT_PLAIN, PARSE}},
    {{INPUT_NAMED, CHECK}, AT_MOST, 1.5, {INPUT_NAMED, PARSE}},
    {{INPUT_NAMED, KEY}, AT_MOST, 1.5, {INPUT_NAMED, PARSE}},
    {{INPUT_NAMED, NORMALIZE}, AT_MOST, 1.5, {INPUT_NAMED, PARSE}},
    {{INPUT_NAMED, FORMAT}, AT_MOST, 1.5, {INPUT_NAMED, PARSE}},
    {{INPUT_FIVE, LIST}, AT_MOST, 1.3, {INPUT_MEMBER, PARSE}},
    {{INPUT_MIXED, LIST}, AT_LEAST, 6, {INPUT_MIXED, LIBETPAN}},
    {{INPUT_MIXED, LIST}, AT_LEAST, 20, {INPUT_MIXED, GMIME}},
};

enum { ROWS = sizeof rows / sizeof *rows };

/* What was read and how long it took; only what a row needs. */
static struct sample {
  inputs made;
  struct {
    bool needed;
    double seconds[ROUNDS];
    size_t refused; /* of `made`, in the last round */
  } by[SUBJECTS];
} samples[INPUT_KINDS];

static double cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t read_all(const inputs *made, subject s) {
  size_t refused = 0;
  for (size_t i = 0; i < made->count; i++)
    if (!subjects[s].run(made->text[i]))
      refused++;
  return refused;
}

static void need(work w) {
  samples[w.kind].by[w.by].needed = subjects[w.by].run != NULL;
  if (subjects[w.by].parses_first)
    samples[w.kind].by[PARSE].needed = true;
}

/* The members are those of the lists of five. */
static size_t count_of(input_kind kind, size_t mixed_count) {
  if (kind == INPUT_MIXED)
    return mixed_count;
  return kind == INPUT_MEMBER ? 5 * COUNT : COUNT;
}

static void prepare(size_t mixed_count) {
  for (int r = 0; r < ROWS; r++) {
    need(rows[r].of);
    need(rows[r].beside);
  }
  for (int kind = 0; kind < INPUT_KINDS; kind++)
    samples[kind].made = inputs_make(kind, count_of(kind, mixed_count));
}

static void measure(struct sample *sample, int round) {
  for (int s = 0; s < SUBJECTS; s++)
    if (sample->by[s].needed) {
      double start = cpu_seconds();
      sample->by[s].refused = read_all(&sample->made, s);
      sample->by[s].seconds[round] = cpu_seconds() - start;
    }
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Of the rounds, in seconds. */
static double median(input_kind kind, subject s) {
  double *seconds = samples[kind].by[s].seconds;
  qsort(seconds, ROUNDS, sizeof *seconds, by_value);
  return seconds[ROUNDS / 2];
}

/* The same without the parse before it, from which noise may hide it. */
static double alone(work w) {
  double seconds = median(w.kind, w.by);
  if (subjects[w.by].parses_first)
    seconds -= median(w.kind, PARSE);
  return seconds > 0 ? seconds : 0;
}

static void print_row(const struct row *row) {
  char of[64], goal[32], beside[64] = "";
  work peer = row->beside;
  snprintf(of, sizeof of, "%s: %s", input_names[row->of.kind],
           subjects[row->of.by].name);
  snprintf(goal, sizeof goal, "at %s %g",
           row->limit == AT_MOST ? "most" : "least", row->goal);
  if (peer.kind != row->of.kind)
    snprintf(beside, sizeof beside, "%s: ", input_names[peer.kind]);
  if (!samples[peer.kind].by[peer.by].needed) {
    printf("%-32s        - %-14s %s, which is not here\n", of, goal,
           subjects[peer.by].name);
    return;
  }
  double ratio = alone(row->of) / alone(peer);
  if (row->limit == AT_LEAST)
    ratio = 1 / ratio;
  bool met = row->limit == AT_MOST ? ratio <= row->goal : ratio >= row->goal;
  printf("%-32s %8.2f %-14s %s%s%s\n", of, ratio, goal, beside,
         subjects[peer.by].name, met ? "" : "  MISSED");
}

static void print_sample(input_kind kind) {
  const struct sample *sample = &samples[kind];
  for (int s = 0; s < SUBJECTS; s++)
    if (sample->by[s].needed && sample->by[s].refused > 0)
      printf("%s: %zu of %zu refused by %s\n", input_names[kind],
             sample->by[s].refused, sample->made.count, subjects[s].name);
  subject ours = sample->by[PARSE].needed ? PARSE : LIST;
  double count = (double)sample->made.count;
  if (sample->by[ours].needed)
    printf("%s: %.0f texts of %.1f bytes, %s %.1f ns\n", input_names[kind],
           count, (double)sample->made.total / count, subjects[ours].name,
           median(kind, ours) / count * 1e9);
}

static void time_all(size_t mixed_count) {
  prepare(mixed_count);
  for (int round = 0; round < ROUNDS; round++)
    for (int kind = 0; kind < INPUT_KINDS; kind++)
      measure(&samples[kind], round);
  printf("%-32s %8s %-14s %s\n", "case", "ratio", "goal", "beside");
  for (int r = 0; r < ROWS; r++)
    print_row(&rows[r]);
  for (int kind = 0; kind < INPUT_KINDS; kind++) {
    print_sample(kind);
    inputs_free(&samples[kind].made);
  }
}

static bool reads_lists(subject s) {
  return s == SCAN || s == LIST || s == LIBETPAN || s == GMIME;
}

/* A dump of callgrind's for each case, and nothing of making the inputs. */
static void count_all(size_t count) {
  for (int kind = 0; kind < INPUT_MIXED; kind++) {
    if (kind == INPUT_MEMBER)
      continue;
    inputs made = inputs_make(kind, count);
    for (int s = 0; s < SUBJECTS; s++) {
      char name[64];
      if (subjects[s].run == NULL || (kind >= INPUT_FIVE && !reads_lists(s)))
        continue;
      snprintf(name, sizeof name, "%s: %s%s", input_names[kind],
               subjects[s].parses_first ? "+ " : "", subjects[s].name);
      CALLGRIND_ZERO_STATS;
      read_all(&made, s);
      CALLGRIND_DUMP_STATS_AT(name);
    }
    inputs_free(&made);
  }
}

static int print_inputs(const char *name, size_t count) {
  for (int kind = 0; kind < INPUT_KINDS; kind++)
    if (strcmp(name, input_names[kind]) == 0) {
      inputs made = inputs_make(kind, count);
      for (size_t i = 0; i < count; i++)
        puts(made.text[i].at);
      inputs_free(&made);
      return 0;
    }
  return 2;
}

static size_t to_count(const char *argument) {
  return strtoul(argument, NULL, 10);
}

/* What the first argument asks for besides, of a number; whether it does. */
static bool run_directory(const char *what, size_t count) {
  if (strcmp(what, "--directory") == 0)
    directory_time(count);
  else if (strcmp(what, "--directory-keys") == 0)
    directory_print(count);
  else
    return false;
  return true;
}

int main(int count, char **argument) {
  if (count > 2 && run_directory(argument[1], to_count(argument[2])))
    return 0;
  if (count > 3 && strcmp(argument[1], "--print") == 0)
    return print_inputs(argument[2], to_count(argument[3]));
#ifdef HAVE_GMIME
  g_mime_init();
#endif
  if (count > 2 && strcmp(argument[1], "--instructions") == 0)
    count_all(to_count(argument[2]));
  else
    time_all(count > 1 ? to_count(argument[1]) : MIXED_COUNT);
  return sink == 1; /* never: the first scan alone adds more */
}
