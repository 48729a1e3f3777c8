/*
** The components of an O/R address, label=value each.
**
**   std-or-address-input = [ sep ] pair *( sep pair ) [ sep ]    (RFC 2156 4.1)
**   sep                  = "/" / ";"
**   pair                 = label "=" value
**   value                = *( std-char / std-pair )
**   std-pair             = "$" ps-char
**
** A text that begins with a slash has slashes or semicolons between its
** components, any other has semicolons, and a slash in it is itself (Q177869).
** In a value the delimiter is doubled (RFC 1685 F.3.2.1, Q159291) or, where
** slashes delimit, stands after a $ (RFC 2156 3.3, Q108732).
*/
#ifndef PO_X400_COMPONENT_H
#define PO_X400_COMPONENT_H

#include "fields.h"

/* One attribute, decoded, and where it began. */
typedef struct x400_component {
  const char *at;
  po_text label, value;
} x400_component;

/* A text on its way through. */
typedef struct x400_scanner {
  po_scratch *scratch;
  const char **where;
  const char *at, *end;
  const char *delimiters; /* "/;" or ";" */
  bool doubled, dollar;   /* what escapes there were */
  bool delimited;         /* a delimiter followed the last component */
} x400_scanner;

/* Sets the scanner, but for scratch and where, before the first component. */
void po_x400_begin(x400_scanner *s, po_text native);

/* Reads the component at `at`; there is another while `at` is before `end`. */
po_code po_x400_next(x400_scanner *s, x400_component *c);

/* Whether slashes delimit. */
bool po_x400_is_slashed(const x400_scanner *s);

/* The length of DDA: DDA. DD: DD. or of DD1. to DDA4: at the front, or 0. */
size_t po_x400_dda_prefix(po_text text);

#endif
