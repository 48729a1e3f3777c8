/*
** Domains: their forms lead to each other, and a domain that is one is one in
** each of them.
*/
#include "dialect/domain.h"
#include "properties.h"

/* A domain in a form, to be freed; `at` is NULL where it has none. */
static po_buffer converted(po_text domain, po_domain_form form) {
  size_t room = PO_DOMAIN_FOR(domain.length);
  po_buffer out = {(char *)malloc(room), room, 0};
  const char *where = NULL;
  if (po_put_domain(domain, form, &out, &where) == PO_OK) {
    PROPERTY(out.length <= room);
    return out;
  }
  PROPERTY(po_inside(where, domain));
  free(out.at);
  return (po_buffer){NULL, 0, 0};
}

static po_text text_in(po_buffer written) {
  return (po_text){written.at, written.length};
}

/* The first error, PO_OK if there is none; `*octets` are those on the wire. */
static po_code check(po_text domain, size_t *octets) {
  po_findings found = {.count = 0};
  *octets = po_check_domain(domain, &found);
  for (int i = 0; i < found.count; i++) {
    PROPERTY(po_inside(found.list[i].where, domain));
    if (!po_code_is_note(found.list[i].code))
      return found.list[i].code;
  }
  return PO_OK;
}

/* A form, once written, stays as it is, and can be parsed. */
static void hold_form(po_text domain, po_domain_form form) {
  po_buffer once = converted(domain, form);
  if (once.at == NULL)
    return;
  const char *where;
  po_buffer twice = converted(text_in(once), form);
  PROPERTY(same_written(once, twice));
  PROPERTY(po_parse_domain(text_in(once), &where) == PO_OK);
  free(once.at);
  free(twice.at);
}

/* Over `form`, the A-labels are the same. */
static void hold_alabels(po_text domain, po_domain_form form) {
  po_buffer ascii = converted(domain, PO_DOMAIN_ASCII);
  po_buffer other = converted(domain, form);
  po_buffer back = {NULL, 0, 0};
  if (other.at != NULL)
    back = converted(text_in(other), PO_DOMAIN_ASCII);
  if (ascii.at != NULL && other.at != NULL)
    PROPERTY(same_written(ascii, back));
  free(ascii.at);
  free(other.at);
  free(back.at);
}

/* What is valid is so in every form, and as long as its A-labels. */
static void hold_valid(po_text domain) {
  size_t octets, again;
  if (check(domain, &octets) != PO_OK)
    return;
  for (int form = PO_DOMAIN_AS_IT_IS; form <= PO_DOMAIN_UNICODE; form++) {
    po_buffer out = converted(domain, (po_domain_form)form);
    PROPERTY(out.at != NULL);
    PROPERTY(check(text_in(out), &again) == PO_OK && again == octets);
    if (form == PO_DOMAIN_ASCII)
      PROPERTY(out.length == octets && po_find_high(text_in(out)) == NULL);
    free(out.at);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  po_text domain = {(const char *)data, size};
  const char *where;
  if (size == 0 || po_parse_domain(domain, &where) != PO_OK)
    return 0;
  for (int form = PO_DOMAIN_AS_IT_IS; form <= PO_DOMAIN_UNICODE; form++) {
    hold_form(domain, (po_domain_form)form);
    hold_alabels(domain, (po_domain_form)form);
  }
  if (*domain.at != '[')
    hold_valid(domain);
  return 0;
}
