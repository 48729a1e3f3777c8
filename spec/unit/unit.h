/*
** A test harness for the C core.
**
**   TEST(null_path_is_empty) {
**     po_text input = BYTES("<>");
**     CHECK(input.length == 2);
**     CHECK_TEXT(input, "<>");
**   }
**
** A test registers itself; every file beside this one is linked in.  BYTES
** puts its literal into heap memory that ends where the text ends, with no
** final NUL, so that the address sanitizer sees a read past the end.  It is
** freed after the test.  A failed check is printed and the test goes on.
*/
#ifndef UNIT_H
#define UNIT_H

#include "postoffice.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct unit_test {
  const char *file;
  const char *name;
  void (*run)(void);
  struct unit_test *next;
} unit_test;

/* Adds a test to those that will be run; it has to outlive `main`. */
void unit_add(unit_test *test);

/* Uninitialised memory of exactly `length` bytes, freed after the test. */
char *unit_memory(size_t length);

/* A copy of exactly `length` bytes, freed after the test. */
po_text unit_bytes(const char *bytes, size_t length);

/* Each returns whether the check held; prints it if not. */
bool unit_check(bool holds, const char *what, const char *file, int line);
bool unit_check_int(long long is, long long expected, const char *what,
                    const char *file, int line);
bool unit_check_text(po_text is, const char *expected, size_t length,
                     const char *what, const char *file, int line);

#define TEST(name)                                                             \
  static void test_##name(void);                                               \
  __attribute__((constructor)) static void add_##name(void) {                  \
    static unit_test test = {__FILE__, #name, test_##name, NULL};              \
    unit_add(&test);                                                           \
  }                                                                            \
  static void test_##name(void)

/* For string literals, which may hold NULs. */
#define BYTES(literal) unit_bytes(literal, sizeof(literal) - 1)

#define CHECK(condition) unit_check(condition, #condition, __FILE__, __LINE__)

#define CHECK_INT(is, expected)                                                \
  unit_check_int((long long)((is) + 0), (long long)((expected) + 0), #is,      \
                 __FILE__, __LINE__)

#define CHECK_TEXT(is, literal)                                                \
  unit_check_text(is, literal, sizeof(literal) - 1, #is, __FILE__, __LINE__)

/* For what need not be a literal: NULL expects a text that is absent. */
#define CHECK_TEXT_IS(is, expected)                                            \
  unit_check_text(is, expected, (expected) ? strlen(expected) : 0, #is,        \
                  __FILE__, __LINE__)

#endif
