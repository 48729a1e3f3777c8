/*
** Declarations on their way out of a script.
**
** A declaration leaves the script's state when it is made: it is written to
** the bytes `declared` of the state, which are the host's memory, and what the
** script does to its tables afterwards changes nothing.  The second half of
** `word "name" { ... }` is added when it comes.
*/
#ifndef SBX_DECLARATION_H
#define SBX_DECLARATION_H

#include "transfer.h"

/* What a declaration is, and where. */
typedef struct sbx_declarer {
  const char *word, *file;
  const char *name; /* of an event, or NULL */
  int line;
} sbx_declarer;

/*
** Writes a declaration with the `count` values from stack index `first` on, and
** returns its place.  Charges for what it wrote; raises for what cannot cross,
** and where all that is declared is more than the limit.
*/
size_t sbx_declare(lua_State *L, const sbx_declarer *declarer, int first,
                   int count);

/* Adds the values at 1..count to the declaration at a place; likewise. */
void sbx_declare_more(lua_State *L, size_t place, int count);

/* How many values the declaration at a place has. */
int sbx_declared_values(const sbx_state *state, size_t place);

/* A declaration as it is read. */
typedef struct sbx_declaration {
  int line, count;
  size_t weight;      /* roughly the bytes that it needs in a host's tables */
  const char *values; /* word, file, name or nil, then `count` values */
} sbx_declaration;

/*
** Finds the declaration at `*at` or after it, in the order in which they were
** begun, and moves `*at` past it; false if there is none.
*/
bool sbx_next_declaration(const sbx_bytes *bytes, size_t *at,
                          sbx_declaration *out);

#endif
