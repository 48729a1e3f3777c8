/*
** CCMAIL: "mailbox at postoffice" (Q184994).  The mailbox itself may hold
** an @ and even an " at ": the last " at " in any case separates (Q168356,
** Q151826).  Without one the address is a bare mailbox, since names are
** unique in a cc:Mail directory (Q197255, Q184052).
**
** cc:Mail ignores case (Q237588) and takes "Last, First" and "First Last"
** for one mailbox (Q154053).
*/
#include "dialect.h"

#include <string.h>

static const char *const fields[] = {"mailbox", "postoffice", NULL};

/* Whether "at" stands at `at` with white space, or the border of the text, on
** both sides. */
static bool is_separator(const char *at, po_text text) {
  return po_lower(at[0]) == 'a' && po_lower(at[1]) == 't' &&
         (at == text.at || po_is(at[-1], PO_WSP)) &&
         (at + 2 == po_end(text) || po_is(at[2], PO_WSP));
}

const char *po_find_ccmail_at(po_text text) {
  for (size_t i = text.length; i >= 2; i--) {
    char last = text.at[i - 1];
    if ((last == 't' || last == 'T') && is_separator(text.at + i - 2, text))
      return text.at + i - 2;
  }
  return NULL;
}

static po_code parse(po_text native, po_scratch *scratch, po_address *out,
                     const char **where) {
  (void)scratch;
  const char *at = po_find_ccmail_at(native);
  if (at == NULL) {
    out->field[PO_MAILBOX] = native;
    return PO_OK;
  }
  out->field[PO_MAILBOX] = po_trim(po_slice(native.at, at));
  out->field[PO_POSTOFFICE] = po_trim(po_slice(at + 2, po_end(native)));
  if (out->field[PO_MAILBOX].length == 0)
    return po_fail(PO_CCMAIL_MAILBOX_EMPTY, at, where);
  if (out->field[PO_POSTOFFICE].length == 0)
    return po_fail(PO_CCMAIL_POSTOFFICE_EMPTY, po_end(native), where);
  return PO_OK;
}

static void put_at(po_buffer *out, po_text postoffice) {
  if (postoffice.at != NULL)
    po_put(out, po_constant(" at "));
}

static void format(const po_address *address, po_buffer *out) {
  po_put(out, address->field[PO_MAILBOX]);
  put_at(out, address->field[PO_POSTOFFICE]);
  po_put(out, address->field[PO_POSTOFFICE]);
}

/* Import 8.x takes no square brackets (Q232687). */
static void check_brackets(po_text text, po_findings *found) {
  for (size_t i = 0; i < text.length; i++)
    if (text.at[i] == '[' || text.at[i] == ']') {
      po_report(found, PO_CCMAIL_BRACKET, text.at + i);
      return;
    }
}

static void check(const po_address *address, po_findings *found) {
  po_text postoffice = address->field[PO_POSTOFFICE];
  check_brackets(address->field[PO_MAILBOX], found);
  check_brackets(postoffice, found);
  if (postoffice.at == NULL)
    po_report(found, PO_CCMAIL_BARE, address->field[PO_MAILBOX].at);
}

/* "Last, First" as "First Last", if there is just the one comma, and no @: what
** has one is an address for a gateway and nobody's name. */
static void put_mailbox(po_buffer *out, po_text mailbox,
                        void (*put)(po_buffer *, po_text)) {
  const char *comma =
      mailbox.length == 0 ? NULL : memchr(mailbox.at, ',', mailbox.length);
  po_text last = mailbox, first = {NULL, 0};
  if (comma != NULL) {
    last = po_trim(po_slice(mailbox.at, comma));
    first = po_trim(po_slice(comma + 1, po_end(mailbox)));
  }
  if (first.length == 0 || last.length == 0 ||
      memchr(first.at, ',', first.length) != NULL ||
      memchr(mailbox.at, '@', mailbox.length) != NULL) {
    po_put_collapsed(out, mailbox, put);
    return;
  }
  po_put_collapsed(out, first, put);
  po_put_char(out, ' ');
  po_put_collapsed(out, last, put);
}

static po_code fold(const po_address *address, po_buffer *out) {
  put_mailbox(out, address->field[PO_MAILBOX], po_put_lower);
  put_at(out, address->field[PO_POSTOFFICE]);
  po_put_collapsed(out, address->field[PO_POSTOFFICE], po_put_lower);
  return PO_OK;
}

static po_code normalize(const po_address *address, po_buffer *out) {
  po_put_collapsed(out, address->field[PO_MAILBOX], po_put);
  put_at(out, address->field[PO_POSTOFFICE]);
  po_put_collapsed(out, address->field[PO_POSTOFFICE], po_put);
  return PO_OK;
}

static po_code canonical(const po_address *address, po_buffer *room,
                         po_address *out) {
  put_mailbox(room, address->field[PO_MAILBOX], po_put);
  out->field[PO_MAILBOX] = (po_text){room->at, room->length};
  out->field[PO_POSTOFFICE] = po_put_part(room, address->field[PO_POSTOFFICE]);
  return PO_OK;
}

const po_dialect po_ccmail = {
    .name = "CCMAIL",
    .key = "CCMAIL",
    .fields = fields,
    .parse = parse,
    .format = format,
    .check = check,
    .fold = fold,
    .normalize = normalize,
    .canonical = canonical,
};
