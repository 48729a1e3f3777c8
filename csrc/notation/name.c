#include "name.h"

/*
** Whether the ? at `at` makes the front of an encoded word of what is written
** from `start` on.  A reader would decode it, some even in quotes, though RFC
** 2047 5 forbids it: a backslash before the ? keeps everybody from it.
*/
static bool is_encoded_word(const char *at, const char *start) {
  return *at == '?' && at > start && at[-1] == '=';
}

bool po_is_phrase(po_text name) {
  for (const char *at = name.at, *end = po_end(name);; at++) {
    const char *word = at;
    while (at < end && po_is(*at, PO_ATEXT | PO_HIGH) &&
           !is_encoded_word(at, name.at))
      at++;
    if (at == word || at == end || *at != ' ')
      return at > word && at == end;
  }
}

/* With a backslash before each backslash and what opens or closes. */
static void put_escaped(po_buffer *out, po_text text, char open, char close) {
  const char *run = text.at;
  for (const char *at = text.at, *end = po_end(text); at < end; at++) {
    if (po_is(*at, PO_ALPHA | PO_DIGIT)) /* as most are */
      continue;
    if (*at != open && *at != close && *at != '\\' &&
        !is_encoded_word(at, text.at))
      continue;
    po_put(out, po_slice(run, at));
    po_put_char(out, '\\');
    run = at;
  }
  po_put(out, po_slice(run, po_end(text)));
}

void po_put_quoted(po_buffer *out, po_text piece) {
  put_escaped(out, piece, '"', '"');
}

void po_put_commented(po_buffer *out, po_text piece) {
  put_escaped(out, piece, '(', ')');
}

void po_put_name(po_buffer *out, po_text name) {
  if (po_is_phrase(name)) {
    po_put(out, name);
    return;
  }
  po_put_char(out, '"');
  po_put_quoted(out, name);
  po_put_char(out, '"');
}

void po_put_comment(po_buffer *out, po_text comment) {
  po_put_char(out, '(');
  po_put_commented(out, comment);
  po_put_char(out, ')');
}
