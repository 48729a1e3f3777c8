/*
** Lists of addresses, written: folded where a space stands (RFC 5322 2.2.3),
** quoted only where that is needed, and without anything of section 4.  Names
** that are not ASCII, or that look like encoded words, are encoded (RFC 2047);
** addr-specs are never broken.
**
** What is written is a row of pieces.  A piece goes to a new line, with the
** space before it, if it would end past the width.
*/
#include "dialect/dialect.h"
#include "encoded_word.h"
#include "format.h"
#include "name.h"
#include "scanner.h"

/* The octets of a line without its CRLF (RFC 5322 2.1.1), as far as one piece
** may fill it. */
enum { PIECE_OCTETS = 900 };

typedef void put_text(po_buffer *out, po_text text);

/* Before a piece of `length` octets, of which the first is its space; a comma
** may follow it. */
static void make_room(po_list_writer *w, size_t length) {
  if (w->column + length + 1 <= w->width || w->width == SIZE_MAX)
    return;
  po_put(w->out, po_constant("\r\n"));
  w->column = 0;
}

/* The space before a piece of `length` octets more, unless it is the first of
** all. */
static void put_space(po_list_writer *w, size_t length) {
  if (!w->began) {
    w->began = true;
    return;
  }
  make_room(w, 1 + length);
  po_put_char(w->out, ' ');
  w->column++;
}

static void put_piece(po_list_writer *w, po_text piece, put_text *put) {
  size_t before = w->out->length;
  put(w->out, piece);
  w->column += w->out->length - before;
}

static size_t measure(po_text piece, put_text *put) {
  po_buffer counted = {NULL, 0, 0};
  put(&counted, piece);
  return counted.length;
}

static void put_char(po_list_writer *w, char c) {
  po_put_char(w->out, c);
  w->column++;
}

/* The end of the word at `at`, which blanks may stand before. */
static const char *word_end(const char *at, const char *end) {
  while (at < end && *at == ' ')
    at++;
  while (at < end && *at != ' ')
    at++;
  return at;
}

/*
** `text` between `open` and `close`, which are 0 where nothing stands: word by
** word, with the blanks before each, of which any may begin a line.
*/
static void put_words(po_list_writer *w, po_text text, char open, char close,
                      put_text *put) {
  const char *end = po_end(text), *stop = word_end(text.at, end);
  po_text word = po_slice(text.at, stop);
  put_space(w, measure(word, put) + (open != 0) + (close != 0));
  if (open != 0)
    put_char(w, open);
  put_piece(w, word, put);
  while (stop < end) {
    word.at = stop;
    stop = word_end(stop, end);
    word = po_slice(word.at, stop);
    make_room(w, measure(word, put) + (close != 0));
    put_piece(w, word, put);
  }
  if (close != 0)
    put_char(w, close);
}

/* Names. */

static bool has_long_word(po_text name) {
  const char *at = name.at, *end = po_end(name);
  while (at < end) {
    const char *stop = word_end(at, end);
    if (stop - at > PIECE_OCTETS / 2) /* each byte may need a backslash */
      return true;
    at = stop;
  }
  return false;
}

/* Whether a reader would decode it, or has no other way to read it. */
static bool needs_encoding(const po_list_writer *w, po_text name) {
  for (size_t i = 0; i + 1 < name.length; i++)
    if (name.at[i] == '=' && name.at[i + 1] == '?')
      return true;
  return (!w->utf8 && po_find_high(name) != NULL) || has_long_word(name);
}

/* A name; an empty one, which a group may have, stands in quotes, too. */
static void put_name(po_list_writer *w, po_text name) {
  if (needs_encoding(w, name)) {
    put_space(w, PO_ENCODED_WORD_LEAST);
    po_put_encoded_words(w->out, name, &w->column, w->width);
  } else if (po_is_phrase(name)) {
    put_words(w, name, 0, 0, po_put);
  } else {
    put_words(w, name, '"', '"', po_put_quoted);
  }
}

/* Mailboxes. */

/* addr-spec, in angle brackets after a name */
static void put_spec(po_list_writer *w, po_text native, bool named) {
  put_space(w, native.length + (named ? 2U : 0U));
  if (named)
    put_char(w, '<');
  put_piece(w, native, po_put);
  if (named)
    put_char(w, '>');
}

/* Native text into scratch, of what a header can say without section 4. */
static po_code write_native(const po_address *address, po_scratch *scratch,
                            po_text *native) {
  po_buffer buffer = {scratch->at, scratch->length, 0};
  if (address->dialect != &po_smtp)
    return PO_NOTATION_TYPE;
  if (address->route.length > 0)
    return PO_OBSOLETE_ROUTE;
  address->dialect->format(address, &buffer);
  if (buffer.length == 0)
    return PO_ADDRESS_EMPTY;
  if (buffer.length > buffer.size)
    return PO_SCRATCH_FULL;
  *native = po_slice(buffer.at, buffer.at + buffer.length);
  return PO_OK;
}

/* What divides an item from the one before. */
static void put_separator(po_list_writer *w) {
  if (w->listed)
    put_char(w, ',');
  w->listed = true;
}

static void put_comment(po_list_writer *w, po_text comment) {
  if (comment.length > 0)
    put_words(w, comment, '(', ')', po_put_commented);
}

/* What was written from `start` on. */
static po_text written_from(const po_list_writer *w, size_t start) {
  return po_trim_fws(po_slice(w->out->at + start, w->out->at + w->out->length));
}

static void put_mailbox(po_list_writer *w, const po_address *address,
                        po_text native) {
  bool named = address->display_name.length > 0;
  if (named)
    put_name(w, address->display_name);
  put_spec(w, native, named);
  put_comment(w, address->comment);
}

/* A mailbox that fits into a line is not broken: it goes to a new one. */
static void keep_together(po_list_writer *w, const po_address *address,
                          po_text native) {
  po_buffer counted = {NULL, 0, 0};
  po_list_writer whole = *w;
  whole.out = &counted;
  whole.width = SIZE_MAX;
  put_mailbox(&whole, address, native);
  if (w->began && counted.length + 1 <= w->width)
    make_room(w, counted.length);
}

po_code po_list_put(po_list_writer *w, const po_address *address,
                    po_scratch *scratch) {
  po_text native;
  po_code code = write_native(address, scratch, &native);
  if (code != PO_OK)
    return code;
  put_separator(w);
  size_t start = w->out->length;
  keep_together(w, address, native);
  put_mailbox(w, address, native);
  return w->out->length > w->out->size
             ? PO_OK
             : po_verify(address, PO_HEADER, written_from(w, start), scratch);
}

/* Groups. */

/* Reads a group's name again. */
static po_code verify_group(const po_address *name, po_text text,
                            po_scratch *scratch) {
  po_list list;
  po_entry entry;
  po_address back;
  po_parse_options options = {.allowed =
                                  po_profile_switches(PO_PROFILE_HEADER)};
  po_list_begin(&list, text, &options);
  po_item item = po_list_next(&list, scratch, &back, &entry);
  if (item == PO_ITEM_ERROR)
    return entry.code;
  return item == PO_ITEM_GROUP &&
                 po_same_name(back.display_name, name->display_name) &&
                 po_same_name(back.comment, name->comment)
             ? PO_OK
             : PO_FORMAT_UNREADABLE;
}

po_code po_list_put_group(po_list_writer *w, const po_address *name,
                          po_scratch *scratch) {
  put_separator(w);
  size_t start = w->out->length;
  put_name(w, name->display_name);
  put_comment(w, name->comment);
  put_char(w, ':');
  w->listed = false;
  return w->out->length > w->out->size
             ? PO_OK
             : verify_group(name, written_from(w, start), scratch);
}

void po_list_end_group(po_list_writer *w) {
  put_char(w, ';');
  w->listed = true;
}
