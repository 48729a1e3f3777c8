/*
** Domains: RFC 5321 2.3.5 with the U-labels of RFC 6531 3.3.  Lengths are those
** of A-labels, which resolvers ask for and which servers without SMTPUTF8 are
** sent (RFC 5890 2.3.2.1, 4.2).
*/
#include "domain.h"

#include "idna.h"

#include <string.h>

enum {
  LABEL_OCTETS = 63, /* RFC 1035 2.3.4 */
  /* What is longer is no domain in any spelling: nobody looks into it. */
  READ_OCTETS = 16 * PO_DOMAIN_OCTETS
};

static po_text next_label(const char *at, const char *end) {
  const char *dot = memchr(at, '.', (size_t)(end - at));
  return po_slice(at, dot == NULL ? end : dot);
}

/* sub-domain = Let-dig [Ldh-str], of U-labels their ASCII (RFC 6531 3.3) */
static po_code check_ldh(po_text label, const char **where) {
  for (const char *at = label.at; at < po_end(label); at++)
    if (*at != '-' && !po_is(*at, PO_ALPHA | PO_DIGIT | PO_HIGH))
      return po_fail(PO_DOMAIN_LABEL_CHARACTER, at, where);
  if (label.length == 0)
    return po_fail(PO_DOMAIN_LABEL_EMPTY, label.at, where);
  if (label.at[0] == '-')
    return po_fail(PO_DOMAIN_LABEL_HYPHEN, label.at, where);
  if (po_end(label)[-1] == '-')
    return po_fail(PO_DOMAIN_LABEL_HYPHEN, po_end(label) - 1, where);
  return PO_OK;
}

/* `*octets` is how long the label is on the wire. */
static po_code check_label(po_text label, size_t *octets, const char **where) {
  *octets = label.length;
  if (label.length > LABEL_OCTETS && po_find_high(label) == NULL)
    return po_fail(PO_DOMAIN_LABEL_LENGTH, label.at, where);
  po_code code = check_ldh(label, where);
  if (code != PO_OK || !po_is_idn_label(label))
    return code;
  return po_check_idn_label(label, octets, where);
}

/* What was learnt of the labels of a domain. */
typedef struct labels {
  po_code code; /* the first error, or PO_OK, */
  const char *where;
  const char *unchecked; /* the first label that nobody can judge, or NULL */
  size_t octets;         /* on the wire */
} labels;

static labels check_labels(po_text domain) {
  labels all = {PO_OK, NULL, NULL, domain.length};
  if (domain.length > READ_OCTETS) {
    all.code = PO_DOMAIN_LENGTH;
    all.where = domain.at;
    return all;
  }
  const char *at = domain.at, *end = po_end(domain), *where = NULL;
  for (;;) {
    po_text label = next_label(at, end);
    size_t octets;
    po_code code = check_label(label, &octets, &where);
    if (code == PO_IDN_UNCHECKED) {
      all.unchecked = all.unchecked == NULL ? where : all.unchecked;
    } else if (code != PO_OK) {
      all.code = code;
      all.where = where;
      return all;
    }
    all.octets = all.octets - label.length + octets;
    if (po_end(label) == end)
      return all;
    at = po_end(label) + 1;
  }
}

po_code po_check_labels(po_text domain, const char **where) {
  labels all = check_labels(domain);
  return po_fail(all.code, all.where, where);
}

/* The label after the last dot. */
static po_text last_label(po_text domain) {
  const char *at = po_end(domain);
  while (at > domain.at && at[-1] != '.')
    at--;
  return po_slice(at, po_end(domain));
}

static void note_domain(po_text domain, po_findings *found) {
  po_text last = last_label(domain);
  size_t digits = 0;
  while (digits < last.length && po_is(last.at[digits], PO_DIGIT))
    digits++;
  if (digits == last.length)
    po_report(found, PO_DOMAIN_NUMERIC, last.at);
  if (last.length == domain.length)
    po_report(found, PO_DOMAIN_SINGLE_LABEL, domain.at);
}

/* At the byte that is one too many, where that can be told. */
static void check_length(po_text domain, size_t octets, po_findings *found) {
  if (octets <= PO_DOMAIN_OCTETS)
    return;
  bool ascii = po_find_high(domain) == NULL;
  po_report(found, PO_DOMAIN_LENGTH,
            ascii ? domain.at + PO_DOMAIN_OCTETS : domain.at);
}

static void check_literal(po_text literal, po_findings *found) {
  check_length(literal, literal.length, found);
  const char *where = NULL;
  po_code code = po_parse_literal(literal, &where); /* RFC 5322's may fail */
  po_report(found, PO_DOMAIN_LITERAL, literal.at);
  po_report(found, code, where);
  if (po_has_short_gap(literal))
    po_report(found, PO_LITERAL_IPV6_GROUP, literal.at);
}

size_t po_check_domain(po_text domain, po_findings *found) {
  if (domain.length > 0 && *domain.at == '[') {
    check_literal(domain, found);
    return domain.length;
  }
  labels all = check_labels(domain);
  check_length(domain, all.octets, found);
  if (all.code != PO_DOMAIN_LENGTH)
    po_report(found, all.code, all.where);
  if (all.unchecked != NULL)
    po_report(found, PO_IDN_UNCHECKED, all.unchecked);
  if (all.code == PO_OK)
    note_domain(domain, found);
  return all.octets;
}

static po_code put_labels(po_text domain, po_domain_form form, po_buffer *out,
                          const char **where) {
  const char *at = domain.at, *end = po_end(domain);
  for (;;) {
    po_text label = next_label(at, end);
    po_code code = po_put_label(label, form, out, where);
    if (code != PO_OK)
      return code;
    if (po_end(label) == end)
      return PO_OK;
    po_put_char(out, '.');
    at = po_end(label) + 1;
  }
}

po_code po_put_domain(po_text domain, po_domain_form form, po_buffer *out,
                      const char **where) {
  if (domain.length > 0 && *domain.at == '[') {
    po_put_literal(out, domain);
    return PO_OK;
  }
  bool readable = domain.length <= READ_OCTETS;
  if ((form != PO_DOMAIN_UNICODE && po_find_high(domain) == NULL) ||
      (form == PO_DOMAIN_AS_IT_IS && !readable)) {
    po_put_lower(out, domain);
    return PO_OK;
  }
  if (!readable)
    return po_fail(PO_DOMAIN_LENGTH, domain.at, where);
  size_t start = out->length;
  po_code code = put_labels(domain, form, out, where);
  bool grew = form == PO_DOMAIN_UNICODE && out->length - start > READ_OCTETS;
  return code == PO_OK && grew ? po_fail(PO_DOMAIN_LENGTH, domain.at, where)
                               : code;
}
