/*
** Lua patterns, the same on every Lua: steps are counted and charged, the
** recursion is bounded, character classes are ASCII in every locale.
*/
#ifndef POS_MATCH_H
#define POS_MATCH_H

#include "state.h"

enum { POS_MAX_CAPTURES = 32 };

typedef struct pos_capture {
  const char *at;
  ptrdiff_t length; /* or one of the two below zero, see match.c */
} pos_capture;

typedef struct pos_match {
  lua_State *L;
  const char *text, *text_end;
  const char *pattern, *pattern_end; /* without the anchor */
  int depth;
  unsigned steps;
  int captures;
  pos_capture capture[POS_MAX_CAPTURES];
} pos_match;

void pos_match_start(pos_match *match, lua_State *L, po_text text,
                     po_text pattern);

/*
** Matches the whole pattern at `at`: returns the end of the match or NULL.
** Raises for a malformed pattern and where a meter has run out.
*/
const char *pos_match_at(pos_match *match, const char *at);

/*
** Pushes all captures of the last match, or the match itself, which is
** `from` to `to`, if there are none.  Returns how many.
*/
int pos_push_captures(pos_match *match, const char *from, const char *to);

/* Pushes capture `index`, 0 being the first, likewise. */
void pos_push_capture(pos_match *match, int index, const char *from,
                      const char *to);

#endif
