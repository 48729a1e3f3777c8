/*
** Holds the matcher of patterns against a slow one that tries everything.
** The first byte is the length of the pattern, the text follows it.
*/
#include "properties.h"

enum { MAX_TEXT = 255 };

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/*
** One step of the pattern at `*at`: from every place in `here` where what
** precedes it may end, to all those where it may end itself.
*/
static void step(const char **at, const char *end, po_text text,
                 bool here[MAX_TEXT + 1]) {
  char code = *(*at)++;
  bool star = code == PO_GLOB_ANY || code == PO_GLOB_CAPTURE;
  bool one = code == PO_GLOB_ONE;
  if (code == PO_GLOB_LITERAL && *at < end)
    code = *(*at)++;
  bool next[MAX_TEXT + 1] = {false};
  bool reached = false; /* by a star that began at or before i */
  for (size_t i = 0; i <= text.length; i++) {
    if (star && reached)
      next[i] = true;
    reached = reached || here[i];
    if (star && code == PO_GLOB_ANY && reached)
      next[i] = true;
    if (!star && here[i] && i < text.length &&
        (one || lower(text.at[i]) == lower(code)))
      next[i + 1] = true;
  }
  memcpy(here, next, sizeof next);
}

static bool slow_match(po_text pattern, po_text text) {
  bool here[MAX_TEXT + 1] = {true};
  const char *end = pattern.at + pattern.length;
  for (const char *at = pattern.at; at < end;)
    step(&at, end, text, here);
  return here[text.length];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0 || data[0] > size - 1)
    return 0;
  const char *bytes = (const char *)data + 1;
  po_text pattern = {bytes, data[0]};
  po_text text = {bytes + data[0], size - 1 - data[0]};
  if (text.length > MAX_TEXT)
    return 0;
  po_text captures[PO_MAX_CAPTURES];
  size_t count = 0;
  bool matches = po_glob_match(pattern, text, captures, &count);
  PROPERTY(matches == slow_match(pattern, text));
  PROPERTY(count <= PO_MAX_CAPTURES);
  const char *from = text.at;
  for (size_t i = 0; matches && i < count; i++) {
    PROPERTY(captures[i].length > 0 && captures[i].at >= from);
    from = captures[i].at + captures[i].length;
    PROPERTY(from <= text.at + text.length);
  }
  return 0;
}
