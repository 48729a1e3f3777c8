/*
** Encoded words.  What is read grows at most as the header says, is text that
** may be shown, and the same each time; what is written reads as what it was,
** in lines and words that are not too long.  The first two bytes are the width
** and the column, the others the text of both.
*/
#include "notation/encoded_word.h"
#include "properties.h"

/* Memory for what is written, with `fill` in it. */
static po_buffer buffer_of(size_t size, int fill) {
  char *memory = (char *)malloc(size > 0 ? size : 1);
  PROPERTY(memory != NULL);
  memset(memory, fill, size > 0 ? size : 1);
  return (po_buffer){memory, size, 0};
}

/* A hook that says whatever the bytes and the name ask for. */
static po_code put_more(void *state, po_text charset, po_text bytes,
                        po_buffer *out) {
  size_t times = (unsigned char)charset.at[0] % 5;
  (void)state;
  for (size_t n = 0; n < times; n++)
    po_put(out, bytes);
  return po_is(charset.at[0], PO_DIGIT) ? PO_ENCODED_WORD_UNSAFE : PO_OK;
}

static const po_charsets more = {put_more, NULL};

/* Reading. */

/* Whether a control or bidi control, but tab, is at `at`. */
static bool is_control(const char *at, size_t length) {
  static const char *const controls[] = {
      "\330\234",     "\342\200\216", "\342\200\217", "\342\200\252",
      "\342\200\253", "\342\200\254", "\342\200\255", "\342\200\256",
      "\342\201\246", "\342\201\247", "\342\201\250", "\342\201\251"};
  for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
    if (same_text((po_text){at, length}, text_of(controls[i])))
      return true;
  if (length == 2 && *at == '\302')
    return (unsigned char)at[1] < 0xa0;
  return po_is(*at, PO_CTRL) && *at != '\t';
}

/* Whether a text is UTF-8 without any. */
static bool is_shown(po_text text) {
  const char *at = text.at, *end = po_end(text);
  while (at < end) {
    size_t length = po_is(*at, PO_HIGH) ? po_utf8_length(at, end) : 1;
    if (length == 0 || is_control(at, length))
      return false;
    at += length;
  }
  return true;
}

/* What a run says, in memory of exactly the room that it needs. */
static po_code decode(po_text run, int fill, po_buffer *said) {
  *said = buffer_of(PO_DECODED_FOR(run.length), fill);
  po_code code = po_put_decoded(said, run, &more);
  PROPERTY(said->length <= said->size);
  return code;
}

static void read_run(po_text run) {
  po_buffer said, again;
  po_code code = decode(run, 'x', &said);
  PROPERTY(is_shown((po_text){said.at, said.length}));
  PROPERTY(decode(run, '\xff', &again) == code && same_written(said, again));
  free(said.at);
  free(again.at);
}

static const char *skip_blanks(const char *at, const char *end) {
  while (at < end && (po_is(*at, PO_WSP) || *at == '\r' || *at == '\n'))
    at++;
  return at;
}

/* After the run that begins at `at`; `at` if none does. */
static const char *find_run_end(const char *at, const char *end) {
  const char *stop = at;
  size_t length;
  while ((length = po_encoded_word_length(at, end)) > 0) {
    stop = at + length;
    PROPERTY(po_encoded_word_length(at, stop) == length);
    at = skip_blanks(stop, end);
  }
  return stop;
}

static void read_runs(po_text text) {
  const char *at = text.at, *end = po_end(text);
  while (at < end) {
    const char *stop = find_run_end(at, end);
    if (stop > at)
      read_run(po_slice(at, stop));
    at = stop > at ? stop : at + 1;
  }
}

/* Writing. */

/* Whether what is written keeps to the line and to a word's 75 octets. */
static void hold_lengths(po_text text, size_t column, size_t width) {
  size_t line = column, word = 0;
  for (size_t i = 0; i < text.length; i++) {
    char c = text.at[i];
    word = po_is(c, PO_WSP | PO_CTRL) ? 0 : word + 1;
    line = c == '\n' ? 0 : line + (c != '\r');
    PROPERTY(word <= 75 && (line <= width || width == SIZE_MAX));
  }
}

static void write(po_text text, size_t column, size_t width) {
  size_t before = column;
  po_buffer out = buffer_of(19 * text.length, 'x');
  po_put_encoded_words(&out, text, &column, width);
  PROPERTY(out.length <= out.size);
  po_text written = {out.at, out.length};
  po_buffer said;
  if (width > PO_ENCODED_WORD_LEAST && before + PO_ENCODED_WORD_LEAST <= width)
    hold_lengths(written, before, width);
  PROPERTY(find_run_end(written.at, po_end(written)) == po_end(written));
  po_code code = decode(written, 'x', &said);
  PROPERTY((code == PO_OK) == is_shown(text));
  PROPERTY(code != PO_OK || same_text((po_text){said.at, said.length}, text));
  free(said.at);
  free(out.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  po_text text = {(const char *)data + 2, size - 2};
  read_runs(text);
  if (text.length > 0)
    write(text, data[1], data[0] == 255 ? SIZE_MAX : data[0]);
  return 0;
}
