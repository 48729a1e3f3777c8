/*
** Domain labels that are not plain ASCII, and what Unicode knows of characters.
** The one file of the core that allocates: libidn2 and libunistring do.  In a
** build without them labels are PO_IDN_MISSING or PO_IDN_UNCHECKED.
*/
#ifndef PO_IDNA_H
#define PO_IDNA_H

#include "text.h"

/* Whether a label is any of this file's business: it is not ASCII, or has the
** two hyphens that mark an A-label (R-LDH label, RFC 5890 2.3.1). */
bool po_is_idn_label(po_text label);

/*
** Whether such a label, whose edges and ASCII have been checked, is a U-label
** or an A-label (RFC 5890 2.3.2.1); PO_IDN_UNCHECKED where nobody can tell.
** `*octets` is the length of its A-label, if it has one.  `*where` is left at
** the first character that no label has, or where the label begins.
*/
po_code po_check_idn_label(po_text label, size_t *octets, const char **where);

/* Writes any label in a form of `po_put_domain`, with the same `*where`. */
po_code po_put_label(po_text label, po_domain_form form, po_buffer *out,
                     const char **where);

/* Whether the character has the general category Cf, and M; false for all in
** a build without libunistring. */
bool po_is_format_character(uint32_t c);
bool po_is_mark(uint32_t c);

/* PO_LOCALPART_NFC if a text is not in the form NFC. */
po_code po_check_nfc(po_text text);

#endif
