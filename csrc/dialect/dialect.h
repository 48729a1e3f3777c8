/*
** What dialects share.  Adding a type: copy the shortest file, change its
** parts, add its line to registry.c.
*/
#ifndef PO_DIALECT_H
#define PO_DIALECT_H

#include "text.h"

extern const po_dialect po_smtp, po_ccmail, po_ex, po_x500, po_ms, po_pcm,
    po_msmail, po_msa, po_x400, po_notes, po_gwise, po_groupwise, po_fax,
    po_uucp;

/* Fields of SMTP, for encapsulation and paths. */
enum { PO_LOCALPART, PO_DOMAIN };

/* Fields of CCMAIL, for encapsulation. */
enum { PO_MAILBOX, PO_POSTOFFICE };

/*
** The last "at" in any case that separates mailbox and post office: white
** space, or the border of the text, stands on both of its sides.  NULL if
** there is none.
*/
const char *po_find_ccmail_at(po_text text);

/* A source route without its colon, which is not empty: A-d-l. */
po_code po_parse_route(po_text route, const char **where);

/*
** Takes a source route and its colon off the front of `text`, which begins
** with an @, and leaves it in `route` (RFC 5321 4.1.2, appendix C).
*/
po_code po_take_route(po_text *text, po_text *route, const char **where);

/*
** Reads the native text of an address whose dialect and type are set: it is
** trimmed (a type without a dialect keeps its white space), and refused if
** nothing is left or if it holds control characters that its dialect does
** not take.
*/
po_code po_parse_native(po_text native, po_scratch *scratch, po_address *out,
                        const char **where);

/* Adds a finding, unless the code is PO_OK. */
static inline void po_report(po_findings *found, po_code code,
                             const char *where) {
  if (code == PO_OK || found->count == PO_MAX_FINDINGS)
    return;
  found->list[found->count].code = code;
  found->list[found->count++].where = where;
}

/* The same, unless it is among them. */
void po_report_once(po_findings *found, po_code code, const char *where);

/*
** A domain of SMTP: labels, or an address literal (RFC 5321 4.1.2).
*/
po_code po_parse_domain(po_text domain, const char **where);

/*
** An address literal with its brackets: IPv4, IPv6 or general (RFC 5321
** 4.1.3).  `po_put_literal` writes an IPv6 address as RFC 5952 says.
*/
po_code po_parse_literal(po_text literal, const char **where);
void po_put_literal(po_buffer *out, po_text literal);

/* Whether it is IPv6 with a :: for one group (deprecated by RFC 5321). */
bool po_has_short_gap(po_text literal);

#endif
