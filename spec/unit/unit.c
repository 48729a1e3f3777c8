/* The harness of unit.h: runs what registered itself. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Memory handed to the running test. */
typedef struct block {
  char *memory;
  struct block *next;
} block;

static struct {
  unit_test *tests;
  block *blocks;
  const unit_test *running;
  bool failed; /* the running test */
} unit;

void unit_add(unit_test *test) {
  test->next = unit.tests;
  unit.tests = test;
}

/* `allocated`, or the end of the program. */
static void *or_die(void *allocated) {
  if (allocated == NULL) {
    fputs("out of memory\n", stderr);
    exit(2);
  }
  return allocated;
}

char *unit_memory(size_t length) {
  block *new = (block *)or_die(malloc(sizeof(block)));
  new->memory = (char *)or_die(malloc(length > 0 ? length : 1));
  new->next = unit.blocks;
  unit.blocks = new;
  return new->memory + (length == 0); /* of no bytes, not one is readable */
}

po_text unit_bytes(const char *bytes, size_t length) {
  char *memory = unit_memory(length);
  memcpy(memory, bytes, length);
  return (po_text){memory, length};
}

static void free_blocks(void) {
  while (unit.blocks != NULL) {
    block *next = unit.blocks->next;
    free(unit.blocks->memory);
    free(unit.blocks);
    unit.blocks = next;
  }
}

static void begin_failure(const char *what, const char *file, int line) {
  unit.failed = true;
  printf("%s:%d: %s: %s", file, line, unit.running->name, what);
}

bool unit_check(bool holds, const char *what, const char *file, int line) {
  if (!holds) {
    begin_failure(what, file, line);
    puts(" does not hold");
  }
  return holds;
}

bool unit_check_int(long long is, long long expected, const char *what,
                    const char *file, int line) {
  if (is != expected) {
    begin_failure(what, file, line);
    printf(" is %lld, expected %lld\n", is, expected);
  }
  return is == expected;
}

static void print_text(const char *bytes, size_t length) {
  if (bytes == NULL) {
    fputs("absent", stdout);
    return;
  }
  putchar('"');
  for (size_t i = 0; i < length; i++) {
    unsigned char byte = (unsigned char)bytes[i];
    if (byte < ' ' || byte > '~')
      printf("\\x%02x", byte);
    else
      putchar(byte);
  }
  putchar('"');
}

bool unit_check_text(po_text is, const char *expected, size_t length,
                     const char *what, const char *file, int line) {
  bool same = (is.at == NULL) == (expected == NULL) && is.length == length &&
              (length == 0 || memcmp(is.at, expected, length) == 0);
  if (!same) {
    begin_failure(what, file, line);
    fputs(" is ", stdout);
    print_text(is.at, is.length);
    fputs(", expected ", stdout);
    print_text(expected, length);
    putchar('\n');
  }
  return same;
}

int main(void) {
  int passed = 0, failed = 0;
  for (unit.running = unit.tests; unit.running != NULL;
       unit.running = unit.running->next) {
    unit.failed = false;
    unit.running->run();
    free_blocks();
    if (unit.failed)
      failed++;
    else
      passed++;
  }
  printf("%d passed, %d failed\n", passed, failed);
  return failed > 0;
}
