/*
** The grammar primitives of RFC 5322 3.2 and 4.1, with UTF-8 (RFC 6532), for
** every notation that has them.  The one convention: a function begins where
** `at` stands, and leaves `at` after what it has read; the result is PO_OK or
** what is wrong, and then `at` is the offending byte.  What the text says,
** without its quotes, backslashes and folds, is put into `out`; NULL throws it
** away.  No more is put there than was read, but for encoded words, which may
** become three times as long (PO_DECODED_FOR).
*/
#ifndef PO_SCANNER_H
#define PO_SCANNER_H

#include "profile.h"
#include "text.h"

typedef struct po_scanner {
  const char *at, *end;
  po_allowance allowance;
  const po_charsets *charsets; /* for the encoded words of phrases */
} po_scanner;

/* Whether more text stands at `at` and begins with `c`. */
static inline bool po_is_at(const po_scanner *s, char c) {
  return s->at < s->end && *s->at == c;
}

/* The code of what cannot stand at `at`: `code`, unless it is a control. */
po_code po_scan_fail(const po_scanner *s, po_code code);

/* po_use of what stands at `at`; where it is refused the scanner is left. */
po_code po_scan_use(po_scanner *s, po_switch which, const char *at);

/* FWS, which may be nothing. */
po_code po_skip_fws(po_scanner *s);

/* CFWS; what comments say is joined by a space. */
po_code po_scan_cfws(po_scanner *s, po_buffer *comments);

/* The same, which may be nothing and mostly is. */
static inline po_code po_skip_cfws(po_scanner *s, po_buffer *comments) {
  if (s->at == s->end || (!po_is(*s->at, PO_WSP | PO_CTRL) && *s->at != '('))
    return PO_OK;
  return po_scan_cfws(s, comments);
}

/* A comment; `at` is its bracket. */
po_code po_scan_comment(po_scanner *s, po_buffer *out);

/* 1*atext, of which there may be none. */
po_code po_scan_atom(po_scanner *s, po_buffer *out);

/* 1*atext *("." 1*atext), as far as it goes; there may be none. */
po_code po_scan_dot_atom(po_scanner *s, po_buffer *out);

/* A quoted string; `at` is its quote. */
po_code po_scan_quoted_string(po_scanner *s, po_buffer *out);

/* A domain literal with its brackets; `at` is the first. */
po_code po_scan_literal(po_scanner *s, po_buffer *out);

/* What a phrase is like, for who finds that it is none. */
typedef struct po_phrase {
  const char *dot;    /* its first dot outside of quotes, or NULL */
  const char *last;   /* where its last word begins, */
  size_t before_last; /* and how long what was put before it is */
  const char *end;    /* where its last word ends */
  bool encoded;       /* whether encoded words are among them */
} po_phrase;

/* The words of a phrase, encoded ones decoded, with single spaces for the CFWS
** between them, and its dots; none is no error. */
po_code po_scan_phrase(po_scanner *s, po_buffer *out, po_buffer *comments,
                       po_phrase *found);

/* The text of a comment, whose encoded words are decoded (RFC 2047 5(2));
** whether it has any. */
bool po_put_decoded_words(po_scanner *s, po_buffer *out);

/* To the next < or > that stands in no quoted string, comment or domain
** literal, or to the end; `at` follows another byte. */
po_code po_scan_to_bracket(po_scanner *s);

/* "<...>", and what is `inside`; `at` is the <.  Quoted strings, comments and
** domain literals may hold a >. */
po_code po_scan_angle(po_scanner *s, po_text *inside);

/* `text` without blanks and folds at both ends. */
po_text po_trim_fws(po_text text);

#endif
