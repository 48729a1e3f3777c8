/*
** Patterns with wildcards.  A run between two wildcards is taken at its
** first place, the last one at the end of the text: nothing is ever tried
** again, so the work is bounded by pattern times text without a wildcard
** in front of the last run, and no input can make it exponential.
*/
#include "text.h"

/* A run of the pattern without wildcards of any length. */
typedef struct run {
  const char *at, *end; /* in the pattern */
  size_t length;        /* in text it matches */
} run;

static bool is_star(char c) { return c == PO_GLOB_ANY || c == PO_GLOB_CAPTURE; }

/* The run that begins at `at`. */
static run read_run(const char *at, const char *end) {
  run r = {at, at, 0};
  for (; r.end < end && !is_star(*r.end); r.end++, r.length++)
    r.end += *r.end == PO_GLOB_LITERAL && end - r.end > 1;
  return r;
}

static bool run_matches(run r, const char *text) {
  for (const char *p = r.at; p < r.end; p++, text++) {
    if (*p == PO_GLOB_ONE)
      continue;
    p += *p == PO_GLOB_LITERAL && r.end - p > 1;
    if (po_lower(*p) != po_lower(*text))
      return false;
  }
  return true;
}

/* The first place from `text` on where the run matches, or NULL. */
static const char *find_run(run r, const char *text, const char *end) {
  for (; (size_t)(end - text) >= r.length; text++) {
    if (run_matches(r, text))
      return text;
    if (text == end)
      return NULL;
  }
  return NULL;
}

/* A star and the stars right behind it: what they need and capture. */
typedef struct star {
  const char *end; /* in the pattern */
  size_t captures; /* each takes one byte at least */
} star;

static star read_star(const char *at, const char *end) {
  star s = {at, 0};
  for (; s.end < end && is_star(*s.end); s.end++)
    s.captures += *s.end == PO_GLOB_CAPTURE;
  return s;
}

/* Deals out [from, to): one byte to each capture, the rest to the last. */
static void capture(size_t count, const char *from, const char *to,
                    po_text *captures, size_t *used) {
  while (count-- > 0) {
    const char *end = count == 0 ? to : from + 1;
    if (*used < PO_MAX_CAPTURES)
      captures[(*used)++] = po_slice(from, end);
    from = end;
  }
}

bool po_glob_match(po_text pattern, po_text text, po_text *captures,
                   size_t *count) {
  const char *p = pattern.at, *p_end = po_end(pattern);
  const char *t = text.at, *t_end = po_end(text);
  run r = read_run(p, p_end);
  *count = 0;
  if (r.length > text.length || !run_matches(r, t))
    return false;
  t += r.length;
  for (p = r.end; p < p_end; p = r.end) {
    star s = read_star(p, p_end);
    r = read_run(s.end, p_end);
    if ((size_t)(t_end - t) < s.captures + r.length)
      return false;
    const char *found =
        r.end == p_end ? t_end - r.length : find_run(r, t + s.captures, t_end);
    if (found == NULL || !run_matches(r, found))
      return false;
    capture(s.captures, t, found, captures, count);
    t = found + r.length;
  }
  return t == t_end;
}
