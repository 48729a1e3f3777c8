/*
** PrintableString (X.409; Q118563), and ASCII encoded in it (RFC 2156 3.4):
**
**   ps-encoded      = *( ps-char / ps-encoded-char )
**   ps-encoded-char = "(a)" / "(p)" / "(b)" / "(q)" / "(u)" / "(l)" / "(r)" /
**                     "(" 3DIGIT ")"                       ; 000 to 127
*/
#ifndef PO_X400_PRINTABLE_H
#define PO_X400_PRINTABLE_H

#include "text.h"

/* Whether `c` is a character of PrintableString. */
bool po_is_printable(char c);

/* The length of the code that begins at `at`, which is before `end`, and the
** character that it stands for; 0 if none begins there. */
size_t po_printable_code(const char *at, const char *end, char *c);

/* The most that `length` characters become. */
#define PO_PRINTABLE_FOR(length) (5 * (length))

/*
** Puts ASCII so that po_decode_printable gives it back.  White space is encoded
** where X.400 would drop it: at the ends and before more of it (Q108732).
*/
void po_encode_printable(po_text text, po_buffer *out);

/* The same for text that will be cut: white space is encoded everywhere. */
void po_encode_printable_spaces(po_text text, po_buffer *out);

/* Decodes in place and returns the length that is left; a parenthesis that
** begins no code stays. */
size_t po_decode_printable(char *text, size_t length);

#endif
