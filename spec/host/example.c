/* cc example.c $(pkg-config --cflags --libs postoffice) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <postoffice.h>

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s ADDRESS\n", argv[0]);
    return 2;
  }
  po_text text = {argv[1], strlen(argv[1])};
  po_parse_options options = {.notation = PO_GUESS};
  size_t size = PO_SCRATCH_FOR(text.length), position;
  po_scratch scratch = {malloc(size), size, 0};
  po_address address;
  po_code code = po_parse(text, &options, &scratch, &address, &position);
  if (code != PO_OK) {
    fprintf(stderr, "byte %zu: %s (%s)\n", position + 1, po_code_message(code),
            po_code_slug(code));
    return 1;
  }
  printf("type %.*s\n", (int)address.type.length, address.type.at);
  for (int i = 0; address.dialect->fields[i] != NULL; i++)
    if (address.field[i].at != NULL)
      printf("%s %.*s\n", address.dialect->fields[i],
             (int)address.field[i].length, address.field[i].at);
  char room[1024];
  po_buffer key = {room, sizeof room, 0};
  if (po_key(&address, &key) == PO_OK && key.length <= sizeof room)
    printf("key %.*s\n", (int)key.length, room);
  free(scratch.at);
  return 0;
}
