/*
** MS: MS Mail for PC networks, "NETWORK/POSTOFFICE/MAILBOX" (Q116466,
** Q105964).  PCM: the same over an MS Mail 3.2 connection; most write it with
** slashes, too (Q118298), some with backslashes (Q116466).  Both are read and
** slashes are written.
**
** `parse` takes parts of any length and characters; `check` holds them to
** what MS Mail can store.  It ignores case (Q199676).
*/
#include "dialect.h"

#include <string.h>

static const char *const fields[] = {"network", "postoffice", "mailbox", NULL};

enum { MAILBOX = 2, PARTS, PART_CHARACTERS = 10 /* Q199676 */ };

/* The next separator, or NULL. */
static const char *find(const char *at, const char *end, char separator) {
  return at == end ? NULL : memchr(at, separator, (size_t)(end - at));
}

static po_code parse_parts(po_text native, char separator, po_address *out,
                           const char **where) {
  const char *at = native.at, *end = po_end(native);
  for (int part = 0; part < PARTS; part++) {
    const char *stop = find(at, end, separator);
    if (part < MAILBOX && stop == NULL)
      return po_fail(PO_MS_PART_MISSING, end, where);
    if (part == MAILBOX && stop != NULL)
      return po_fail(PO_MS_PART_MANY, stop, where);
    out->field[part] = po_slice(at, stop == NULL ? end : stop);
    if (out->field[part].length == 0)
      return po_fail(PO_MS_PART_EMPTY, at, where);
    at = po_end(out->field[part]) + 1;
  }
  return PO_OK;
}

static po_code parse_ms(po_text native, po_scratch *scratch, po_address *out,
                        const char **where) {
  (void)scratch;
  return parse_parts(native, '/', out, where);
}

/* Backslashes separate if there is no slash. */
static po_code parse_pcm(po_text native, po_scratch *scratch, po_address *out,
                         const char **where) {
  (void)scratch;
  bool is_slashed = find(native.at, po_end(native), '/') != NULL;
  return parse_parts(native, is_slashed ? '/' : '\\', out, where);
}

static void put_parts(const po_address *address,
                      void (*put)(po_buffer *, po_text), po_buffer *out) {
  for (int part = 0; part < PARTS; part++) {
    if (part > 0)
      po_put_char(out, '/');
    put(out, address->field[part]);
  }
}

static void format(const po_address *address, po_buffer *out) {
  put_parts(address, po_put, out);
}

/* Q199676: ten characters a part; a mailbox has letters and digits. */
static void check(const po_address *address, po_findings *found) {
  po_text mailbox = address->field[MAILBOX];
  for (int part = 0; part < PARTS; part++)
    if (address->field[part].length > PART_CHARACTERS)
      po_report(found, PO_MS_PART_LENGTH,
                address->field[part].at + PART_CHARACTERS);
  const char *at = mailbox.at;
  while (at < po_end(mailbox) && po_is(*at, PO_ALPHA | PO_DIGIT))
    at++;
  if (at < po_end(mailbox))
    po_report(found, PO_MS_MAILBOX_CHARACTER, at);
}

static po_code fold(const po_address *address, po_buffer *out) {
  put_parts(address, po_put_lower, out);
  return PO_OK;
}

const po_dialect po_ms = {
    .name = "MS",
    .key = "MS",
    .fields = fields,
    .parse = parse_ms,
    .format = format,
    .check = check,
    .fold = fold,
};
const po_dialect po_pcm = {
    .name = "PCM",
    .key = "PCM",
    .fields = fields,
    .parse = parse_pcm,
    .format = format,
    .check = check,
    .fold = fold,
};
