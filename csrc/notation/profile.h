/*
** Profiles: what of RFC 5322 and of the habits of mail clients a text may make
** use of.  The one convention: whoever meets it says so by `po_use`, which
** notes it or refuses it.
*/
#ifndef PO_PROFILE_H
#define PO_PROFILE_H

#include "postoffice.h"

/* What is allowed, and who is told what a text makes use of: NULL, nobody. */
typedef struct po_allowance {
  po_switches allowed;
  po_findings *notes;
} po_allowance;

/* What the options allow in a notation whose own profile is `otherwise`. */
po_allowance po_allow(const po_parse_options *options, po_profile otherwise);

static inline bool po_allows(const po_allowance *allowance, po_switch which) {
  return (allowance->allowed & PO_SWITCH_BIT(which)) != 0;
}

/* Notes it once, at its first place. */
void po_note(const po_allowance *allowance, po_code code, const char *at);

/* PO_OK if it is allowed, and noted; else the code that says what it is. */
po_code po_use(const po_allowance *allowance, po_switch which, const char *at);

#endif
