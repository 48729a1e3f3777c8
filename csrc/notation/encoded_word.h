/*
** Encoded words (RFC 2047, with the language of RFC 2231 5).
**
**   encoded-word = "=?" charset ["*" language] "?" encoding "?" text "?="
**
** What mail is seen with is read, too: words of more than 75 octets, a dot in
** the name of a character set (ANSI_X3.4-1968), no text at all, a "?" in it,
** and any printable ASCII, as RFC 2047 2 has it: that 5(3) allows less in a
** phrase is for those who write.
*/
#ifndef PO_ENCODED_WORD_H
#define PO_ENCODED_WORD_H

#include "text.h"

/*
** The bytes of the encoded word that begins at `at`, 0 if none does.  Whether
** white space has to follow it is for the caller to say.  It looks no further
** than the next "=?", so that asking at each is linear.
*/
size_t po_encoded_word_length(const char *at, const char *end);

/*
** Appends what a run says: one encoded word or more, and between them nothing
** but white space and line ends, which are not part of the text.
**
** Neighbours of one character set are one part: their bytes are joined before
** they are converted, so that a character may be divided between words, though
** RFC 2047 5 forbids it (not a base64 quantum or =HH).  In base64 the padding
** may be missing or too long.  A part that cannot be decoded stays as it is
** written, with one space for each fold and a space between it and its
** neighbours.  Returns PO_OK, or what is wrong with the first such part:
** PO_ENCODED_WORD_CHARSET if neither the core nor `more`, which may be NULL,
** knows the character set (nobody is asked for UTF-7), or
** PO_ENCODED_WORD_UNSAFE if it is malformed or has characters that no display
** should get: controls but tab (C0, DEL, C1) and bidi controls.
**
** What it appends is at most three bytes for each of the run, and well-formed
** UTF-8.  It needs room for so many, whatever it appends: it works there.
*/
#define PO_DECODED_FOR(length) (3 * (length))
po_code po_put_decoded(po_buffer *out, po_text run, const po_charsets *more);

/*
** Appends `utf8`, which has a character, as encoded words such as a phrase may
** have (RFC 2047 5(3)): of at most 75 octets, in Q or B, whichever is shorter
** for the whole, no character divided.  `*column` is where in its line `out`
** stands, and will stand; words go up to `width` and never past octet 76 of a
** line (RFC 2047 2).  They are divided by a space, or by a fold (CRLF SP) if
** the line has no room for PO_ENCODED_WORD_LEAST octets more: with so many
** before `width` at first, no line is too long.  A width of SIZE_MAX has no
** folds.
**
** `po_put_decoded` reads the same text again, unless that has characters that
** it refuses.  A byte of `utf8` becomes 19 at most, however narrow the lines; a
** buffer of no size tells how many there are.
*/
enum { PO_ENCODED_WORD_LEAST = 24 }; /* of one character of four bytes, in Q */
void po_put_encoded_words(po_buffer *out, po_text utf8, size_t *column,
                          size_t width);

#endif
