#include "charset.h"

enum { MAX_NAMES = 6 };

/* `high` is the code point of a byte from 0x80 on, 0 if it has none; NULL is
** UTF-8. */
struct po_charset {
  const char *names[MAX_NAMES]; /* as for po_is_charset, NULL at the end */
  uint32_t (*high)(unsigned char byte);
};

/* Bytes from 0x80 on. */

static uint32_t ascii_high(unsigned char byte) {
  (void)byte;
  return 0;
}

static uint32_t latin1_high(unsigned char byte) { return byte; }

/* ISO-8859-1 but for eight characters. */
static uint32_t latin9_high(unsigned char byte) {
  switch (byte) {
  case 0xa4:
    return 0x20ac;
  case 0xa6:
    return 0x0160;
  case 0xa8:
    return 0x0161;
  case 0xb4:
    return 0x017d;
  case 0xb8:
    return 0x017e;
  case 0xbc:
    return 0x0152;
  case 0xbd:
    return 0x0153;
  case 0xbe:
    return 0x0178;
  default:
    return byte;
  }
}

/* ISO-8859-1 but for 0x80 to 0x9f, of which five are not defined. */
static uint32_t windows1252_high(unsigned char byte) {
  static const uint16_t from_80[32] = {
      0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
      0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
      0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
  };
  return byte < 0xa0 ? from_80[byte - 0x80] : byte;
}

/* Names: those of IANA, and those that mail is seen with. */

bool po_is_charset(po_text name, const char *known) {
  for (size_t i = 0; i < name.length; i++) {
    if (!po_is(name.at[i], PO_ALPHA | PO_DIGIT))
      continue;
    if (po_lower(name.at[i]) != *known)
      return false;
    known++;
  }
  return *known == '\0';
}

static const po_charset charsets[] = {
    {{"utf8", "csutf8"}, NULL},
    {{"usascii", "ascii", "ansix341968", "iso646us", "csascii"}, ascii_high},
    {{"iso88591", "latin1", "l1", "cp819", "csisolatin1"}, latin1_high},
    {{"iso885915", "latin9", "l9", "csiso885915"}, latin9_high},
    {{"windows1252", "cp1252", "xcp1252", "cswindows1252"}, windows1252_high},
};

static bool has_name(const po_charset *charset, po_text name) {
  for (size_t i = 0; i < MAX_NAMES && charset->names[i] != NULL; i++)
    if (po_is_charset(name, charset->names[i]))
      return true;
  return false;
}

const po_charset *po_charset_of(po_text name) {
  for (size_t i = 0; i < sizeof charsets / sizeof *charsets; i++)
    if (has_name(&charsets[i], name))
      return &charsets[i];
  return NULL;
}

/* Conversion. */

static bool is_utf8(po_text bytes) {
  const char *at = bytes.at, *end = po_end(bytes);
  while (at < end) {
    size_t length = po_is(*at, PO_HIGH) ? po_utf8_length(at, end) : 1;
    if (length == 0)
      return false;
    at += length;
  }
  return true;
}

static bool put_utf8(po_text bytes, po_buffer *out) {
  if (!is_utf8(bytes))
    return false;
  po_put(out, bytes);
  return true;
}

bool po_charset_put(const po_charset *charset, po_text bytes, po_buffer *out) {
  size_t before = out->length;
  if (charset->high == NULL)
    return put_utf8(bytes, out);
  for (size_t i = 0; i < bytes.length; i++) {
    if (!po_is(bytes.at[i], PO_HIGH)) {
      po_put_char(out, bytes.at[i]);
      continue;
    }
    uint32_t point = charset->high((unsigned char)bytes.at[i]);
    if (point == 0) {
      out->length = before;
      return false;
    }
    po_put_character(out, point);
  }
  return true;
}
