/*
** Gives a fuzz target every file it is named, as an ordinary test.  The copy
** on the heap ends where the input ends, so that a sanitizer sees a read past
** it.  What fails aborts, and the input is named.
*/
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *running = "(none)";

#ifdef __SANITIZE_ADDRESS__
static void name_input(void) { fprintf(stderr, "input: %s\n", running); }
#endif

/* The bytes of a file, or the end of the program; `*size` says how many. */
static uint8_t *read_file(const char *name, size_t *size) {
  FILE *file = fopen(name, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
    perror(name);
    exit(2);
  }
  *size = (size_t)ftell(file);
  rewind(file);
  uint8_t *data = (uint8_t *)malloc(*size > 0 ? *size : 1);
  if (data == NULL || fread(data, 1, *size, file) != *size) {
    perror(name);
    exit(2);
  }
  fclose(file);
  return data;
}

int main(int count, char **names) {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_set_death_callback(name_input);
#endif
  for (int i = 1; i < count; i++) {
    size_t size;
    running = names[i];
    uint8_t *data = read_file(running, &size);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
  }
  printf("%d passed, 0 failed\n", count - 1);
  return 0;
}
