/*
** Lua patterns.
**
** A pattern is a row of items.  An item that stands for one byte (a byte, a
** class, a set) may carry a repetition; the others (captures, %b, %f, %1, the
** final $) may not.  `match_row` walks along the row and recurses only where
** it may have to come back: at a repetition and at a capture.
*/
#include "pattern.h"

#include <string.h>

#include "meter.h"

enum { CAPTURE_OPEN = -1, CAPTURE_POSITION = -2 };

enum {
  MAX_DEPTH = 200,
  STEPS_CHARGED = 64, /* steps that are charged at once ... */
  STEPS_COST = 16     /* ... as so many instructions */
};

static const char *match_row(sbx_match *match, const char *at,
                             const char *item);

static void count_step(sbx_match *match) {
  if (++match->steps >= STEPS_CHARGED) {
    match->steps = 0;
    sbx_charge(match->L, STEPS_COST);
  }
}

/* ---- One byte ------------------------------------------------------------ */

static bool between(unsigned char c, char low, char high) {
  return c >= (unsigned char)low && c <= (unsigned char)high;
}

static bool is_lower(unsigned char c) { return between(c, 'a', 'z'); }
static bool is_upper(unsigned char c) { return between(c, 'A', 'Z'); }
static bool is_digit(unsigned char c) { return between(c, '0', '9'); }
static bool is_alpha(unsigned char c) { return is_lower(c) || is_upper(c); }
static bool is_alnum(unsigned char c) { return is_alpha(c) || is_digit(c); }
static bool is_graph(unsigned char c) { return between(c, '!', '~'); }
static bool is_punct(unsigned char c) { return is_graph(c) && !is_alnum(c); }

/* The class that a letter after % names; any other byte is itself. */
static bool is_class(unsigned char c, char letter) {
  switch (letter | 0x20) {
  case 'a':
    return is_alpha(c);
  case 'c':
    return c < 32 || c == 127;
  case 'd':
    return is_digit(c);
  case 'g':
    return is_graph(c);
  case 'l':
    return is_lower(c);
  case 'p':
    return is_punct(c);
  case 's':
    return c == ' ' || between(c, '\t', '\r');
  case 'u':
    return is_upper(c);
  case 'w':
    return is_alnum(c);
  case 'x':
    return is_digit(c) || between((unsigned char)(c | 0x20), 'a', 'f');
  default:
    return c == 0; /* 'z', as in Lua 5.1 */
  }
}

static bool is_escaped(unsigned char c, char letter) {
  unsigned char byte = (unsigned char)letter;
  if (!is_alpha(byte) || strchr("acdglpsuwxz", letter | 0x20) == NULL)
    return byte == c;
  return is_class(c, letter) != is_upper(byte);
}

/* The byte behind the single item at `item`; raises where it has no end. */
static const char *item_end(sbx_match *match, const char *item) {
  const char *end = match->pattern_end;
  char first = *item++;
  if (first == '%') {
    if (item == end)
      luaL_error(match->L, "malformed pattern (ends with '%%')");
    return item + 1;
  }
  if (first != '[')
    return item;
  if (item < end && *item == '^')
    item++;
  do { /* a ] right at the start is a member */
    count_step(match);
    if (item < end && *item++ == '%')
      item++;
    if (item >= end)
      luaL_error(match->L, "malformed pattern (missing ']')");
  } while (*item != ']');
  return item + 1;
}

/* Whether `c` is in the set from [ to just behind its ]. */
static bool in_set(sbx_match *match, unsigned char c, const char *set,
                   const char *end) {
  const char *last = end - 1;
  bool negated = *++set == '^';
  set += negated;
  while (set < last) {
    count_step(match);
    if (*set == '%') {
      if (is_escaped(c, set[1]))
        return !negated;
      set += 2;
    } else if (set[1] == '-' && set + 2 < last) {
      if (between(c, set[0], set[2]))
        return !negated;
      set += 3;
    } else if ((unsigned char)*set++ == c) {
      return !negated;
    }
  }
  return negated;
}

/* Whether the byte at `at` is what the single item stands for. */
static bool match_one(sbx_match *match, const char *at, const char *item,
                      const char *end) {
  count_step(match);
  if (at >= match->text_end)
    return false;
  unsigned char c = (unsigned char)*at;
  switch (*item) {
  case '.':
    return true;
  case '%':
    return is_escaped(c, item[1]);
  case '[':
    return in_set(match, c, item, end);
  default:
    return (unsigned char)*item == c;
  }
}

/* ---- Repetitions --------------------------------------------------------- */

/* `*` and `+`: as many as there are, then fewer, down to `least`. */
static const char *match_longest(sbx_match *match, const char *at,
                                 const char *item, const char *end,
                                 ptrdiff_t least) {
  ptrdiff_t count = 0;
  while (match_one(match, at + count, item, end))
    count++;
  for (; count >= least; count--) {
    const char *found = match_row(match, at + count, end + 1);
    if (found != NULL)
      return found;
  }
  return NULL;
}

/* `-`: none, then more. */
static const char *match_shortest(sbx_match *match, const char *at,
                                  const char *item, const char *end) {
  for (;; at++) {
    const char *found = match_row(match, at, end + 1);
    if (found != NULL || !match_one(match, at, item, end))
      return found;
  }
}

static const char *match_optional(sbx_match *match, const char *at,
                                  const char *item, const char *end) {
  const char *found = NULL;
  if (match_one(match, at, item, end))
    found = match_row(match, at + 1, end + 1);
  return found != NULL ? found : match_row(match, at, end + 1);
}

/* ---- Captures ------------------------------------------------------------ */

static const char *open_capture(sbx_match *match, const char *at,
                                const char *item, ptrdiff_t kind) {
  if (match->captures >= SBX_MAX_CAPTURES)
    luaL_error(match->L, "too many captures");
  match->capture[match->captures].at = at;
  match->capture[match->captures].length = kind;
  match->captures++;
  const char *found = match_row(match, at, item);
  if (found == NULL)
    match->captures--;
  return found;
}

static const char *close_capture(sbx_match *match, const char *at,
                                 const char *item) {
  int index = match->captures - 1;
  while (index >= 0 && match->capture[index].length != CAPTURE_OPEN)
    index--;
  if (index < 0)
    luaL_error(match->L, "invalid pattern capture");
  match->capture[index].length = at - match->capture[index].at;
  const char *found = match_row(match, at, item);
  if (found == NULL)
    match->capture[index].length = CAPTURE_OPEN;
  return found;
}

/* `%1`: the text of an earlier capture once more. */
static const char *match_again(sbx_match *match, const char *at, char digit) {
  int index = digit - '1';
  if (index < 0 || index >= match->captures ||
      match->capture[index].length == CAPTURE_OPEN)
    luaL_error(match->L, "invalid capture index %%%d", index + 1);
  ptrdiff_t length = match->capture[index].length;
  if (length < 0 || match->text_end - at < length)
    return NULL;
  sbx_charge(match->L, (size_t)length / STEPS_CHARGED + 1);
  return memcmp(match->capture[index].at, at, (size_t)length) == 0 ? at + length
                                                                   : NULL;
}

/* ---- %b and %f ----------------------------------------------------------- */

/* `%bxy`: from an x to the y that balances it. */
static const char *match_balanced(sbx_match *match, const char *at,
                                  const char *item) {
  if (match->pattern_end - item < 4)
    luaL_error(match->L, "malformed pattern (missing arguments to '%%b')");
  if (at >= match->text_end || *at != item[2])
    return NULL;
  ptrdiff_t open = 1;
  while (++at < match->text_end) {
    count_step(match);
    if (*at == item[3] && --open == 0)
      return at + 1;
    if (*at == item[2] && *at != item[3])
      open++;
  }
  return NULL;
}

/* `%f[set]`: here a run of the set begins.  The text's ends count as NUL. */
static bool match_frontier(sbx_match *match, const char *at, const char *set,
                           const char *end) {
  unsigned char before = at == match->text ? 0 : (unsigned char)at[-1];
  unsigned char after = at == match->text_end ? 0 : (unsigned char)*at;
  return !in_set(match, before, set, end) && in_set(match, after, set, end);
}

static const char *frontier_set(sbx_match *match, const char *item) {
  if (item + 2 >= match->pattern_end || item[2] != '[')
    luaL_error(match->L, "missing '[' after '%%f' in pattern");
  return item + 2;
}

/* ---- The row ------------------------------------------------------------- */

/*
** One item that is neither a capture nor carries a repetition.  Returns where
** the text goes on, or NULL, and moves `*item` behind it.
*/
static const char *match_item(sbx_match *match, const char *at,
                              const char **item) {
  const char *first = *item;
  char letter = '\0';
  if (*first == '%' && first + 1 < match->pattern_end)
    letter = first[1];
  if (letter == 'b') {
    *item = first + 4;
    return match_balanced(match, at, first);
  }
  if (letter == 'f') {
    const char *set = frontier_set(match, first);
    *item = item_end(match, set);
    return match_frontier(match, at, set, *item) ? at : NULL;
  }
  if (is_digit((unsigned char)letter)) {
    *item = first + 2;
    return match_again(match, at, letter);
  }
  *item = item_end(match, first);
  return match_one(match, at, first, *item) ? at + 1 : NULL;
}

/* The repetition that follows the item at `item`, and the item's end. */
static char repetition(sbx_match *match, const char *item, const char **end) {
  if (*item == '%' && item + 1 < match->pattern_end &&
      strchr("bf0123456789", item[1]) != NULL && item[1] != '\0')
    return '\0';
  *end = item_end(match, item);
  if (*end == match->pattern_end || strchr("*+-?", **end) == NULL)
    return '\0';
  return **end;
}

static const char *match_branch(sbx_match *match, const char *at,
                                const char *item, char kind, const char *end) {
  switch (kind) {
  case '?':
    return match_optional(match, at, item, end);
  case '-':
    return match_shortest(match, at, item, end);
  default:
    return match_longest(match, at, item, end, kind == '+');
  }
}

static const char *walk_row(sbx_match *match, const char *at,
                            const char *item) {
  const char *row_end = match->pattern_end, *end = NULL;
  while (at != NULL && item != row_end) {
    if (*item == '(')
      return item + 1 < row_end && item[1] == ')'
                 ? open_capture(match, at, item + 2, CAPTURE_POSITION)
                 : open_capture(match, at, item + 1, CAPTURE_OPEN);
    if (*item == ')')
      return close_capture(match, at, item + 1);
    if (*item == '$' && item + 1 == row_end)
      return at == match->text_end ? at : NULL;
    char kind = repetition(match, item, &end);
    if (kind != '\0')
      return match_branch(match, at, item, kind, end);
    at = match_item(match, at, &item);
  }
  return at;
}

static const char *match_row(sbx_match *match, const char *at,
                             const char *item) {
  count_step(match);
  if (++match->depth > MAX_DEPTH)
    luaL_error(match->L, "pattern too complex");
  const char *found = walk_row(match, at, item);
  match->depth--;
  return found;
}

void sbx_match_start(sbx_match *match, lua_State *L, po_text text,
                     po_text pattern) {
  match->L = L;
  match->text = text.at;
  match->text_end = text.at + text.length;
  match->pattern = pattern.at;
  match->pattern_end = pattern.at + pattern.length;
  match->steps = 0;
  match->captures = 0;
}

const char *sbx_match_at(sbx_match *match, const char *at) {
  match->depth = 0;
  match->captures = 0;
  return match_row(match, at, match->pattern);
}

/* ---- Results ------------------------------------------------------------- */

void sbx_push_capture(sbx_match *match, int index, const char *from,
                      const char *to) {
  lua_State *L = match->L;
  if (index >= match->captures) {
    if (index != 0)
      luaL_error(L, "invalid capture index %%%d", index + 1);
    lua_pushlstring(L, from, (size_t)(to - from));
    return;
  }
  const sbx_capture *capture = &match->capture[index];
  if (capture->length == CAPTURE_OPEN)
    luaL_error(L, "unfinished capture");
  if (capture->length == CAPTURE_POSITION)
    lua_pushinteger(L, capture->at - match->text + 1);
  else
    lua_pushlstring(L, capture->at, (size_t)capture->length);
}

int sbx_push_captures(sbx_match *match, const char *from, const char *to) {
  int count = match->captures == 0 ? 1 : match->captures;
  luaL_checkstack(match->L, count, "too many captures");
  for (int i = 0; i < count; i++)
    sbx_push_capture(match, i, from, to);
  return count;
}
