#include "directory.h"

#include "table/directory.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LONGEST = 64 };

static void *resize(void *state, void *at, size_t size, size_t wanted) {
  (void)state;
  (void)size;
  if (wanted > 0)
    return realloc(at, wanted);
  free(at);
  return NULL;
}

static void *or_die(void *allocated) {
  if (allocated == NULL) {
    fputs("out of memory\n", stderr);
    exit(2);
  }
  return allocated;
}

/* What the n-th person has, in `memory`. */
static po_text write(char memory[LONGEST], const char *format, size_t n) {
  int length = snprintf(memory, LONGEST, format, n);
  return (po_text){memory, (size_t)length};
}

static po_text key_of(po_text address, char memory[LONGEST]) {
  static const po_parse_options any = {.notation = PO_GUESS};
  char more[PO_SCRATCH_FOR(LONGEST)];
  po_scratch scratch = {more, sizeof more, 0};
  po_buffer out = {memory, LONGEST, 0};
  po_address read;
  size_t position;
  if (po_parse(address, &any, &scratch, &read, &position) == PO_OK &&
      po_key(&read, &out) == PO_OK)
    return (po_text){memory, out.length};
  return (po_text){memory, 0};
}

#define ADDRESS "Firstname.Lastname%zu@example.com"

static void add(po_directory *d, size_t n) {
  char memory[4][LONGEST];
  po_entry_facts facts = {write(memory[0], "Firstname Lastname%zu", n), 0, 1,
                          (uint32_t)n};
  po_text address = write(memory[1], ADDRESS, n);
  if (po_directory_add(d, &facts) == 0 ||
      po_directory_add_proxy(d, address, key_of(address, memory[2]), 0,
                             false) == 0 ||
      !po_directory_set_target(d, write(memory[3], "u%zu@t.example", n)))
    or_die(NULL);
}

/* The numbers below `count`, each once, in an order that is random but always
** the same. */
static uint32_t *shuffled(size_t count) {
  uint32_t *numbers = (uint32_t *)or_die(malloc(count * sizeof *numbers));
  uint64_t state = 88172645463325252U;
  for (size_t i = 0; i < count; i++) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    size_t other = (size_t)(state % (i + 1));
    numbers[i] = numbers[other];
    numbers[other] = (uint32_t)i;
  }
  return numbers;
}

static double cpu_seconds(void) { return (double)clock() / CLOCKS_PER_SEC; }

/* Asks for all texts; how many are found. */
static size_t look_up(const po_directory *d, const char *texts, size_t count) {
  size_t found = 0;
  for (size_t i = 0; i < count; i++) {
    char memory[LONGEST];
    const char *at = texts + i * LONGEST;
    po_text address = {at, strlen(at)};
    if (po_directory_find(d, key_of(address, memory)) != 0)
      found++;
  }
  return found;
}

void directory_time(size_t count) {
  po_directory d;
  po_directory_begin(&d, (po_allocator){resize, NULL}, UINT32_MAX);
  for (size_t n = 0; n < count; n++)
    add(&d, n);
  po_directory_finish(&d);
  uint32_t *numbers = shuffled(count);
  char *texts = (char *)or_die(malloc(count * LONGEST));
  for (size_t i = 0; i < count; i++)
    write(texts + i * LONGEST, ADDRESS, numbers[i]);
  double start = cpu_seconds();
  size_t found = look_up(&d, texts, count);
  printf("%.1f %zu\n", (cpu_seconds() - start) / (double)count * 1e9, found);
  free(texts);
  free(numbers);
  po_directory_free(&d);
}

void directory_print(size_t count) {
  uint32_t *numbers = shuffled(count);
  char memory[2][LONGEST];
  for (size_t i = 0; i < count; i++) {
    po_text key = key_of(write(memory[0], ADDRESS, numbers[i]), memory[1]);
    printf("%.*s\n", (int)key.length, key.at);
  }
  free(numbers);
}
