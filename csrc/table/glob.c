/*
** Patterns with wildcards.  A run between two wildcards is taken at its
** first place, the last one at the end of the text: nothing is ever tried
** again, so the work is bounded by pattern times text without a wildcard
** in front of the last run, and no input can make it exponential.
**
** Both are compared character by character (RFC 3629); where they are not
** UTF-8, a byte is a character.
*/
#include "text.h"

enum { MAX_CHARACTER = 4 }; /* bytes, RFC 3629 section 3 */

/* The bytes of the character at `at`, which lies before `end`. */
static size_t character_length(const char *at, const char *end) {
  size_t length = po_is(*at, PO_HIGH) ? po_utf8_length(at, end) : 1;
  return length == 0 ? 1 : length;
}

/* `count` characters after `at`, or NULL where there are not as many. */
static const char *skip(const char *at, const char *end, size_t count) {
  for (; count > 0 && at < end; count--)
    at += character_length(at, end);
  return count == 0 ? at : NULL;
}

/* The bytes of the character that ends at `end`, which lies after `at`. */
static size_t last_length(const char *at, const char *end) {
  for (size_t length = MAX_CHARACTER; length > 1; length--)
    if ((size_t)(end - at) >= length &&
        po_is(end[-(ptrdiff_t)length], PO_HIGH) &&
        po_utf8_length(end - length, end) == length)
      return length;
  return 1;
}

/* `count` characters before `end`, or NULL where there are not as many. */
static const char *skip_back(const char *at, const char *end, size_t count) {
  for (; count > 0 && end > at; count--)
    end -= last_length(at, end);
  return count == 0 ? end : NULL;
}

/* A part of the pattern without wildcards of any length. */
typedef struct run {
  const char *at, *end;
  size_t characters; /* that it matches */
} run;

static bool is_star(char c) { return c == PO_GLOB_ANY || c == PO_GLOB_CAPTURE; }

static const char *skip_escape(const char *at, const char *end) {
  return *at == PO_GLOB_LITERAL && end - at > 1 ? at + 1 : at;
}

/* The run that begins at `at`. */
static run read_run(const char *at, const char *end) {
  run r = {at, at, 0};
  for (; r.end < end && !is_star(*r.end); r.characters++) {
    r.end = skip_escape(r.end, end);
    r.end += character_length(r.end, end);
  }
  return r;
}

static bool same_character(const char *a, const char *b, size_t length) {
  return po_same(po_slice(a, a + length), po_slice(b, b + length));
}

/* Where the run ends in the text if it begins at `text`, or NULL. */
static const char *match_run(run r, const char *text, const char *end) {
  for (const char *p = r.at; p < r.end;) {
    if (text == end)
      return NULL;
    size_t length = character_length(text, end);
    if (*p == PO_GLOB_ONE) {
      p++;
    } else {
      p = skip_escape(p, r.end);
      if (character_length(p, r.end) != length ||
          !same_character(p, text, length))
        return NULL;
      p += length;
    }
    text += length;
  }
  return text;
}

/* The first place from `text` on where the run matches, or NULL; `after` is
** then where it ends. */
static const char *find_run(run r, const char *text, const char *end,
                            const char **after) {
  for (;; text += character_length(text, end)) {
    *after = match_run(r, text, end);
    if (*after != NULL)
      return text;
    if (text == end)
      return NULL;
  }
}

/* The same for a run that has to end with the text. */
static const char *find_last_run(run r, const char *text, const char *end,
                                 const char **after) {
  const char *at = skip_back(text, end, r.characters);
  *after = at == NULL ? NULL : match_run(r, at, end);
  return *after == end ? at : NULL;
}

/* A star and the stars right behind it: what they need and capture. */
typedef struct star {
  const char *end; /* in the pattern */
  size_t captures; /* each takes one character at least */
} star;

static star read_star(const char *at, const char *end) {
  star s = {at, 0};
  for (; s.end < end && is_star(*s.end); s.end++)
    s.captures += *s.end == PO_GLOB_CAPTURE;
  return s;
}

/*
** Deals out the text from `from` to `to`: one character to each capture, the
** rest to the last.  False where there is no room for as many captures.
*/
static bool capture(size_t count, const char *from, const char *to,
                    po_text *captures, size_t *used) {
  if (count > PO_MAX_CAPTURES - *used)
    return false;
  while (count-- > 0) {
    const char *end = count == 0 ? to : from + character_length(from, to);
    captures[(*used)++] = po_slice(from, end);
    from = end;
  }
  return true;
}

bool po_glob_match(po_text pattern, po_text text, po_text *captures,
                   size_t *count) {
  const char *p_end = po_end(pattern), *end = po_end(text);
  run r = read_run(pattern.at, p_end);
  const char *at = match_run(r, text.at, end);
  *count = 0;
  while (at != NULL && r.end < p_end) {
    star s = read_star(r.end, p_end);
    const char *from = skip(at, end, s.captures), *found, *after;
    if (from == NULL)
      return false;
    r = read_run(s.end, p_end);
    found = r.end == p_end ? find_last_run(r, from, end, &after)
                           : find_run(r, from, end, &after);
    if (found == NULL || !capture(s.captures, at, found, captures, count))
      return false;
    at = after;
  }
  return at != NULL && at == end;
}
