/*
** MSMAIL and MSA: MS Mail for AppleTalk networks, "user@server" (Q116466).
** One kind of mailbox under two type names, so they share their keys.  The
** last @ separates; names may hold spaces, and case is ignored.
*/
#include "dialect.h"

static const char *const fields[] = {"mailbox", "server", NULL};

enum { MAILBOX, SERVER };

/* The last @, or NULL. */
static const char *find_at(po_text text) {
  for (size_t i = text.length; i > 0; i--)
    if (text.at[i - 1] == '@')
      return text.at + i - 1;
  return NULL;
}

static po_code parse(po_text native, po_scratch *scratch, po_address *out,
                     const char **where) {
  (void)scratch;
  const char *at = find_at(native);
  if (at == NULL || at + 1 == po_end(native))
    return po_fail(PO_MSMAIL_SERVER_MISSING, po_end(native), where);
  if (at == native.at)
    return po_fail(PO_MSMAIL_MAILBOX_EMPTY, at, where);
  out->field[MAILBOX] = po_trim(po_slice(native.at, at));
  out->field[SERVER] = po_trim(po_slice(at + 1, po_end(native)));
  return PO_OK;
}

static void format(const po_address *address, po_buffer *out) {
  po_put(out, address->field[MAILBOX]);
  po_put_char(out, '@');
  po_put(out, address->field[SERVER]);
}

/* No source names limits. */
static void check(const po_address *address, po_findings *found) {
  (void)address;
  (void)found;
}

static po_code fold(const po_address *address, po_buffer *out) {
  po_put_collapsed(out, address->field[MAILBOX], po_put_lower);
  po_put_char(out, '@');
  po_put_collapsed(out, address->field[SERVER], po_put_lower);
  return PO_OK;
}

static po_code normalize(const po_address *address, po_buffer *out) {
  po_put_collapsed(out, address->field[MAILBOX], po_put);
  po_put_char(out, '@');
  po_put_collapsed(out, address->field[SERVER], po_put);
  return PO_OK;
}

static po_code canonical(const po_address *address, po_buffer *room,
                         po_address *out) {
  out->field[MAILBOX] = po_put_part(room, address->field[MAILBOX]);
  out->field[SERVER] = po_put_part(room, address->field[SERVER]);
  return PO_OK;
}

const po_dialect po_msmail = {
    .name = "MSMAIL",
    .key = "MSMAIL",
    .fields = fields,
    .parse = parse,
    .format = format,
    .check = check,
    .fold = fold,
    .normalize = normalize,
    .canonical = canonical,
};
const po_dialect po_msa = {
    .name = "MSA",
    .key = "MSMAIL",
    .fields = fields,
    .parse = parse,
    .format = format,
    .check = check,
    .fold = fold,
    .normalize = normalize,
    .canonical = canonical,
};
