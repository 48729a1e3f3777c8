/*
** GWISE and GROUPWISE: Novell GroupWise's mailboxes, in the two orders in
** which people write them.  Exchange's proxies have DOMAIN.POSTOFFICE.OBJECT
** (Q240874, Q231687), GroupWise itself has user.postoffice.domain (Novell's
** documentation of GroupWise 6.5).  No text tells them apart, so each order
** is a type of its own; both name the same mailboxes and share their keys.
**
** Domains and post offices have no dots, so any other dot is the object's.
*/
#include "dialect.h"

#include <string.h>

static const char *const fields[] = {"domain", "postoffice", "object", NULL};

enum { DOMAIN, POSTOFFICE, OBJECT, PARTS };

/* The first or last dot, or NULL. */
static const char *first_dot(po_text text) {
  return text.length == 0 ? NULL : memchr(text.at, '.', text.length);
}

static const char *last_dot(po_text text) {
  for (size_t i = text.length; i > 0; i--)
    if (text.at[i - 1] == '.')
      return text.at + i - 1;
  return NULL;
}

/* What is blank is empty, as keys have it. */
static po_code check_parts(const po_address *address, const char **where) {
  for (int part = DOMAIN; part < PARTS; part++)
    if (po_trim(address->field[part]).length == 0)
      return po_fail(PO_GWISE_PART_EMPTY, address->field[part].at, where);
  return PO_OK;
}

/* Splits `*text` at `dot` into the part before and the rest. */
static po_text take_front(po_text *text, const char *dot) {
  po_text part = po_slice(text->at, dot);
  *text = po_slice(dot + 1, po_end(*text));
  return part;
}

static po_text take_back(po_text *text, const char *dot) {
  po_text part = po_slice(dot + 1, po_end(*text));
  *text = po_slice(text->at, dot);
  return part;
}

/* Takes domain and post office from one end; what is left is the object. */
static po_code parse_parts(po_text text, const char *(*find)(po_text),
                           po_text (*take)(po_text *, const char *),
                           po_address *out, const char **where) {
  const char *end = po_end(text);
  for (int part = DOMAIN; part < OBJECT; part++) {
    const char *dot = find(text);
    if (dot == NULL)
      return po_fail(PO_GWISE_PART_MISSING, end, where);
    out->field[part] = take(&text, dot);
  }
  out->field[OBJECT] = text;
  return check_parts(out, where);
}

static po_code parse_gwise(po_text native, po_scratch *scratch, po_address *out,
                           const char **where) {
  (void)scratch;
  return parse_parts(native, first_dot, take_front, out, where);
}

static po_code parse_groupwise(po_text native, po_scratch *scratch,
                               po_address *out, const char **where) {
  (void)scratch;
  return parse_parts(native, last_dot, take_back, out, where);
}

static void put_parts(const po_address *address, const int *order,
                      void (*put)(po_buffer *, po_text), po_buffer *out) {
  for (int part = 0; part < PARTS; part++) {
    if (part > 0)
      po_put_char(out, '.');
    put(out, address->field[order[part]]);
  }
}

static const int gwise_order[] = {DOMAIN, POSTOFFICE, OBJECT};
static const int groupwise_order[] = {OBJECT, POSTOFFICE, DOMAIN};

static void format_gwise(const po_address *address, po_buffer *out) {
  put_parts(address, gwise_order, po_put, out);
}

static void format_groupwise(const po_address *address, po_buffer *out) {
  put_parts(address, groupwise_order, po_put, out);
}

static void put_lower(po_buffer *out, po_text text) {
  po_put_collapsed(out, text, po_put_lower);
}

static po_code fold(const po_address *address, po_buffer *out) {
  put_parts(address, gwise_order, put_lower, out);
  return PO_OK;
}

static po_code canonical(const po_address *address, po_buffer *room,
                         po_address *out) {
  for (int part = DOMAIN; part < PARTS; part++)
    out->field[part] = po_put_part(room, address->field[part]);
  return PO_OK;
}

/* What Novell's documentation keeps out of the names of post offices. */
static void check(const po_address *address, po_findings *found) {
  for (int part = DOMAIN; part <= POSTOFFICE; part++) {
    po_text text = address->field[part];
    const char *at = text.at;
    while (at < po_end(text) && strchr(",*\"@{}():.;", *at) == NULL)
      at++;
    if (at < po_end(text))
      po_report(found, PO_GWISE_CHARACTER, at);
  }
}

const po_dialect po_gwise = {
    .name = "GWISE",
    .key = "GWISE",
    .fields = fields,
    .parse = parse_gwise,
    .format = format_gwise,
    .check = check,
    .fold = fold,
    .canonical = canonical,
};
const po_dialect po_groupwise = {
    .name = "GROUPWISE",
    .key = "GWISE",
    .fields = fields,
    .parse = parse_groupwise,
    .format = format_groupwise,
    .check = check,
    .fold = fold,
    .canonical = canonical,
};
