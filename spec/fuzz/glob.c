/*
** Holds the matcher of patterns against a slow one that tries everything.
** The first byte is the length of the pattern, the text follows it.
*/
#include "properties.h"

enum { MAX_TEXT = 255, NOT_UTF8 = 0x110000 };

/* Characters as numbers; a byte of none is NOT_UTF8 and its value. */
typedef struct characters {
  uint32_t at[MAX_TEXT];
  size_t ends[MAX_TEXT]; /* in bytes */
  size_t length;
} characters;

/* Reads one character at `at` (RFC 3629); returns its bytes. */
static size_t decode(const unsigned char *at, size_t left, uint32_t *read) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t length = *at < 0x80 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
  uint32_t value = length == 1 ? *at : *at & (0x7fu >> length);
  bool good = length <= left && !(*at >= 0x80 && *at < 0xc0) && *at < 0xf8;
  for (size_t i = 1; good && i < length; i++) {
    good = (at[i] & 0xc0) == 0x80;
    value = value << 6 | (at[i] & 0x3f);
  }
  good = good && value >= least[length] && value < NOT_UTF8 &&
         (value < 0xd800 || value > 0xdfff);
  *read = good ? value : NOT_UTF8 + (uint32_t)*at;
  return good ? length : 1;
}

static void read_characters(po_text text, characters *read) {
  read->length = 0;
  for (size_t i = 0; i < text.length; read->ends[read->length++] = i)
    i += decode((const unsigned char *)text.at + i, text.length - i,
                &read->at[read->length]);
}

static uint32_t lower(uint32_t c) {
  return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/*
** One step of the pattern at `*at`: from every place in `here` where what
** precedes it may end, to all those where it may end itself.
*/
static void step(size_t *at, const characters *pattern, const characters *text,
                 bool here[MAX_TEXT + 1]) {
  uint32_t code = pattern->at[(*at)++];
  bool star = code == PO_GLOB_ANY || code == PO_GLOB_CAPTURE;
  bool one = code == PO_GLOB_ONE;
  if (code == PO_GLOB_LITERAL && *at < pattern->length)
    code = pattern->at[(*at)++];
  bool next[MAX_TEXT + 1] = {false};
  bool reached = false; /* by a star that began at or before i */
  for (size_t i = 0; i <= text->length; i++) {
    if (star && reached)
      next[i] = true;
    reached = reached || here[i];
    if (star && code == PO_GLOB_ANY && reached)
      next[i] = true;
    if (!star && here[i] && i < text->length &&
        (one || lower(text->at[i]) == lower(code)))
      next[i + 1] = true;
  }
  memcpy(here, next, sizeof next);
}

static bool slow_match(const characters *pattern, const characters *text) {
  bool here[MAX_TEXT + 1] = {true};
  for (size_t at = 0; at < pattern->length;)
    step(&at, pattern, text, here);
  return here[text->length];
}

static size_t count_captures(const characters *pattern) {
  size_t count = 0;
  for (size_t i = 0; i < pattern->length; i++) {
    if (pattern->at[i] == PO_GLOB_CAPTURE)
      count++;
    if (pattern->at[i] == PO_GLOB_LITERAL)
      i++;
  }
  return count;
}

/* Whether a character begins at a byte. */
static bool is_border(const characters *text, size_t byte) {
  bool is = byte == 0;
  for (size_t i = 0; i < text->length; i++)
    is = is || text->ends[i] == byte;
  return is;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0 || data[0] > size - 1)
    return 0;
  const char *bytes = (const char *)data + 1;
  po_text pattern = {bytes, data[0]};
  po_text text = {bytes + data[0], size - 1 - data[0]};
  if (text.length > MAX_TEXT)
    return 0;
  characters codes, letters;
  read_characters(pattern, &codes);
  read_characters(text, &letters);
  po_text captures[PO_MAX_CAPTURES];
  size_t count = 0, wanted = count_captures(&codes);
  bool matches = po_glob_match(pattern, text, captures, &count);
  PROPERTY(matches ==
           (wanted <= PO_MAX_CAPTURES && slow_match(&codes, &letters)));
  PROPERTY(!matches || count == wanted);
  const char *from = text.at;
  for (size_t i = 0; matches && i < count; i++) {
    size_t first = (size_t)(captures[i].at - text.at);
    PROPERTY(captures[i].length > 0 && captures[i].at >= from);
    PROPERTY(is_border(&letters, first));
    PROPERTY(is_border(&letters, first + captures[i].length));
    from = captures[i].at + captures[i].length;
    PROPERTY(from <= text.at + text.length);
  }
  return 0;
}
