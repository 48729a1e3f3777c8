/*
** What is wrong with a domain, and its forms.
*/
#ifndef PO_DOMAIN_H
#define PO_DOMAIN_H

#include "dialect.h"

enum { PO_DOMAIN_OCTETS = 255 }; /* RFC 5321 4.5.3.1.2 */

/* Whether labels are letters, digits and hyphens, U-labels or A-labels; notes
** are left out. */
po_code po_check_labels(po_text domain, const char **where);

/* Reports what is wrong with a domain or an address literal, and what is
** unusual.  The result is how many octets it has on the wire, with A-labels. */
size_t po_check_domain(po_text domain, po_findings *found);

#endif
