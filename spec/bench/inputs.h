/*
** What the benches read: addresses and lists of them, each another text, and
** the same ones in every run.
*/
#ifndef BENCH_INPUTS_H
#define BENCH_INPUTS_H

#include "postoffice.h"

typedef enum input_kind {
  INPUT_PLAIN,     /* kim.lee1@example.com */
  INPUT_NAMED,     /* Kim Lee <...>, "Lee, Kim" <...>, a few encoded words */
  INPUT_QUOTED,    /* "kim lee"@..., with quoted pairs and an @ in it */
  INPUT_COMMENTED, /* ... (Kim (nested) Lee), Kim Lee (office) <...> */
  INPUT_UTF8,      /* in the local part or in the name */
  INPUT_MEMBER,    /* of a list: plain or named */
  INPUT_FIVE,      /* lists of five: the members, five at a time */
  INPUT_LIST,      /* lists of 2 to 10 members, a few in a group */
  INPUT_MIXED,     /* 70 % plain, 20 named, 5 quoted or commented, 5 lists */
  INPUT_KINDS
} input_kind;

/* Texts, each with a final NUL. */
typedef struct inputs {
  size_t count, total; /* of texts, and the sum of their lengths */
  po_text *text;
  char *bytes;
} inputs;

extern const char *const input_names[INPUT_KINDS];

/* The first `count` of a kind; ends the program where memory does. */
inputs inputs_make(input_kind kind, size_t count);
void inputs_free(inputs *made);

#endif
