/*
** A directory of many people, in C alone: how long an address takes to be read,
** keyed and looked up.
*/
#ifndef BENCH_DIRECTORY_H
#define BENCH_DIRECTORY_H

#include <stddef.h>

/* Builds it of `count` people, looks each one up once, in random order, and
** prints nanoseconds a look-up and how many were found. */
void directory_time(size_t count);

/* Prints the keys that were looked up, in the same order. */
void directory_print(size_t count);

#endif
