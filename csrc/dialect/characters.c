/*
** RFC 8264 7 and 8 (PRECIS) and UTS 39 3 leave these out of identifiers.  None
** is an error, and nothing is changed: a local part is its domain's business
** (RFC 6530 10.1, RFC 6532 3.1).
*/
#include "characters.h"

#include "idna.h"

/* Which never change (Unicode's stability policy). */
static const struct {
  uint32_t first, last;
  po_code code;
} ranges[] = {
    {0x80, 0x9f, PO_LOCALPART_CONTROL},
    {0x2028, 0x2029, PO_LOCALPART_SEPARATOR},
    {0xe000, 0xf8ff, PO_LOCALPART_PRIVATE},
    {0xfdd0, 0xfdef, PO_LOCALPART_NONCHARACTER},
    {0xf0000, 0xffffd, PO_LOCALPART_PRIVATE},
    {0x100000, 0x10fffd, PO_LOCALPART_PRIVATE},
};

static po_code note_of(uint32_t c) {
  for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
    if (c >= ranges[i].first && c <= ranges[i].last)
      return ranges[i].code;
  if ((c & 0xfffe) == 0xfffe)
    return PO_LOCALPART_NONCHARACTER;
  return c >= 0x80 && po_is_format_character(c) ? PO_LOCALPART_FORMAT : PO_OK;
}

void po_check_characters(po_text local, po_findings *found) {
  if (po_find_high(local) == NULL)
    return;
  const char *at = local.at, *end = po_end(local);
  if (po_is_mark(po_next_character(&at, end)))
    po_report(found, PO_LOCALPART_MARK, local.at);
  for (at = local.at; at < end;) {
    const char *character = at;
    po_report_once(found, note_of(po_next_character(&at, end)), character);
  }
  po_report(found, po_check_nfc(local), local.at);
}
