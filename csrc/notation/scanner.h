/*
** The grammar primitives of RFC 5322 3.2 and 3.4, with UTF-8 (RFC 6532), for
** every notation that has them.  The one convention: a function begins where
** `at` stands, and leaves `at` after what it has read; the result is PO_OK or
** what is wrong, and then `at` is the offending byte.  What the text says,
** without its quotes, backslashes and folds, is put into `out`; NULL throws it
** away.  No more is put there than was read.
*/
#ifndef PO_SCANNER_H
#define PO_SCANNER_H

#include "text.h"

typedef struct po_scanner {
  const char *at, *end;
} po_scanner;

/* Whether CRLF stands at `at` and white space after it, so that the CRLF is
** but a fold. */
bool po_is_fold(const char *at, const char *end);

/* FWS, which may be nothing. */
void po_skip_fws(po_scanner *s);

/* CFWS, which may be nothing; what comments say is joined by a space. */
po_code po_skip_cfws(po_scanner *s, po_buffer *comments);

/* A comment; `at` is its bracket. */
po_code po_scan_comment(po_scanner *s, po_buffer *out);

/* A quoted string; `at` is its quote. */
po_code po_scan_quoted_string(po_scanner *s, po_buffer *out);

/* A domain literal; `at` is its bracket.  What it says is not looked at. */
po_code po_scan_domain_literal(po_scanner *s);

/* The words of a phrase, with single spaces for the CFWS between them; none
** is no error. */
po_code po_scan_phrase(po_scanner *s, po_buffer *out, po_buffer *comments);

/* "<...>", and what is `inside`; `at` is the <.  Quoted strings, comments and
** domain literals may hold a >. */
po_code po_scan_angle(po_scanner *s, po_text *inside);

/* Up to the @ of an addr-spec, or to the end if it has none. */
po_code po_scan_to_at(po_scanner *s);

/* After the domain of an addr-spec, whatever its labels are; `at` is the @, or
** the end. */
po_code po_scan_domain(po_scanner *s);

/* `text` without FWS at both ends. */
po_text po_trim_fws(po_text text);

/* Puts `text` without the CRLF of its folds. */
void po_put_unfolded(po_buffer *out, po_text text);

#endif
