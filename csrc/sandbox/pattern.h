/*
** Lua patterns, the same on every Lua: steps are counted and charged, the
** recursion is bounded, character classes are ASCII in every locale.
*/
#ifndef SBX_PATTERN_H
#define SBX_PATTERN_H

#include "lua_compat.h"
#include "postoffice.h"

enum { SBX_MAX_CAPTURES = 32 };

typedef struct sbx_capture {
  const char *at;
  ptrdiff_t length; /* or one of the two below zero, see pattern.c */
} sbx_capture;

typedef struct sbx_match {
  lua_State *L;
  const char *text, *text_end;
  const char *pattern, *pattern_end; /* without the anchor */
  int depth;
  unsigned steps;
  int captures;
  sbx_capture capture[SBX_MAX_CAPTURES];
} sbx_match;

void sbx_match_start(sbx_match *match, lua_State *L, po_text text,
                     po_text pattern);

/*
** Matches the whole pattern at `at`: returns the end of the match or NULL.
** Raises for a malformed pattern and where a meter has run out.
*/
const char *sbx_match_at(sbx_match *match, const char *at);

/*
** Pushes all captures of the last match, or the match itself, which is
** `from` to `to`, if there are none.  Returns how many.
*/
int sbx_push_captures(sbx_match *match, const char *from, const char *to);

/* Pushes capture `index`, 0 being the first, likewise. */
void sbx_push_capture(sbx_match *match, int index, const char *from,
                      const char *to);

#endif
