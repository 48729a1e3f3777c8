/*
** Address literals of RFC 5321 4.1.3.  "::" may stand for one group: RFC
** 4291 allows it though RFC 5321 does not; it is never written (RFC 5952
** 4.2.2).
*/
#include "dialect.h"

#include <string.h>

enum { GROUPS = 8, IPV6_TAG = 6 /* [IPv6: is 6 bytes */ };

/* Snum = 1*3DIGIT, 0 to 255; after it, or NULL if there is no such number. */
static const char *octet(const char *at, const char *end, unsigned *value) {
  const char *start = at;
  *value = 0;
  for (; at < end && at - start < 3 && po_is(*at, PO_DIGIT); at++)
    *value = *value * 10 + (unsigned)(*at - '0');
  return at == start || *value > 255 ? NULL : at;
}

/* IPv4-address-literal = Snum 3("." Snum) */
static bool ipv4(po_text text, unsigned value[4]) {
  const char *at = text.at, *end = po_end(text);
  for (int i = 0;; i++) {
    at = octet(at, end, &value[i]);
    if (at == NULL)
      return false;
    if (i == 3)
      return at == end;
    if (at == end || *at != '.')
      return false;
    at++;
  }
}

/* IPv6-hex = 1*4HEXDIG; after it, or NULL if there is none. */
static const char *group(const char *at, const char *end, unsigned *value) {
  const char *start = at;
  *value = 0;
  for (; at < end && at - start < 4 && po_is(*at, PO_HEX); at++)
    *value = *value * 16 + (unsigned)po_hex_value(*at);
  return at == start ? NULL : at;
}

/* An address while it is read: `gap` is the group where "::" stood, or -1. */
typedef struct ipv6_reader {
  unsigned group[GROUPS];
  int count, gap;
  bool short_gap; /* "::" stood for one group */
} ipv6_reader;

/* An IPv4 tail fills the last two groups. */
static bool ipv4_tail(ipv6_reader *reader, po_text text) {
  unsigned octets[4];
  if (reader->count > GROUPS - 2 || !ipv4(text, octets))
    return false;
  reader->group[reader->count++] = octets[0] * 256 + octets[1];
  reader->group[reader->count++] = octets[2] * 256 + octets[3];
  return true;
}

/* Moves what stood after the gap to the end and zeroes the gap. */
static bool close_gap(ipv6_reader *reader) {
  if (reader->gap < 0)
    return reader->count == GROUPS;
  if (reader->count == GROUPS)
    return false;
  int tail = reader->count - reader->gap;
  reader->short_gap = reader->count == GROUPS - 1;
  for (int i = 1; i <= tail; i++)
    reader->group[GROUPS - i] = reader->group[reader->count - i];
  for (int i = reader->gap; i < GROUPS - tail; i++)
    reader->group[i] = 0;
  return true;
}

/* Past the ":" or "::" after a group, unless it was the last. */
static bool read_colons(ipv6_reader *reader, const char **at, const char *end) {
  if (*at == end)
    return true;
  if (**at != ':' || end - *at < 2)
    return false;
  (*at)++;
  if (**at != ':')
    return true;
  (*at)++;
  if (reader->gap >= 0)
    return false;
  reader->gap = reader->count;
  return true;
}

/* [IPv6-hex *(":" IPv6-hex)] ["::" ...] [":" IPv4-address-literal] */
static bool read_groups(ipv6_reader *reader, const char *at, const char *end) {
  while (at < end) {
    unsigned value;
    const char *start = at;
    at = group(at, end, &value);
    if (at == NULL || reader->count == GROUPS)
      return false;
    if (at < end && *at == '.')
      return ipv4_tail(reader, po_slice(start, end));
    reader->group[reader->count++] = value;
    if (!read_colons(reader, &at, end))
      return false;
  }
  return true;
}

/* IPv6-addr = IPv6-full / IPv6-comp / IPv6v4-full / IPv6v4-comp */
static bool read_ipv6(po_text text, ipv6_reader *out) {
  ipv6_reader reader = {{0}, 0, -1, false};
  const char *at = text.at, *end = po_end(text);
  if (end - at >= 2 && at[0] == ':' && at[1] == ':') {
    reader.gap = 0;
    at += 2;
  }
  if (!read_groups(&reader, at, end) || !close_gap(&reader))
    return false;
  *out = reader;
  return true;
}

static bool ipv6(po_text text, unsigned groups[GROUPS]) {
  ipv6_reader reader;
  if (!read_ipv6(text, &reader))
    return false;
  memcpy(groups, reader.group, sizeof reader.group);
  return true;
}

static bool is_ipv6(po_text literal) {
  return literal.length > IPV6_TAG &&
         po_same(po_slice(literal.at, literal.at + IPV6_TAG),
                 po_constant("[IPv6:"));
}

/* What stands between the brackets, after `skip` bytes of tag. */
static po_text content(po_text literal, size_t skip) {
  return po_slice(literal.at + skip, po_end(literal) - 1);
}

bool po_has_short_gap(po_text literal) {
  ipv6_reader reader;
  return is_ipv6(literal) && read_ipv6(content(literal, IPV6_TAG), &reader) &&
         reader.short_gap;
}

/*
** General-address-literal = Standardized-tag ":" 1*dcontent
** Standardized-tag        = Ldh-str
** dcontent                = %d33-90 / %d94-126
*/
static po_code general(po_text text, const char **where) {
  const char *colon = memchr(text.at, ':', text.length);
  if (colon == NULL || colon == text.at || colon == po_end(text) - 1)
    return po_fail(PO_LITERAL_INVALID, text.at, where);
  for (const char *at = text.at; at < colon; at++)
    if (*at != '-' && !po_is(*at, PO_ALPHA | PO_DIGIT))
      return po_fail(PO_LITERAL_INVALID, at, where);
  if (colon[-1] == '-')
    return po_fail(PO_LITERAL_INVALID, colon - 1, where);
  for (const char *at = colon + 1; at < po_end(text); at++)
    if (*at < 33 || *at > 126 || (*at >= '[' && *at <= ']'))
      return po_fail(PO_LITERAL_INVALID, at, where);
  return PO_OK;
}

po_code po_parse_literal(po_text literal, const char **where) {
  unsigned groups[GROUPS], octets[4];
  if (literal.length < 2 || po_end(literal)[-1] != ']')
    return po_fail(PO_LITERAL_UNCLOSED, po_end(literal), where);
  if (is_ipv6(literal)) {
    po_text address = content(literal, IPV6_TAG);
    return ipv6(address, groups) ? PO_OK
                                 : po_fail(PO_LITERAL_IPV6, address.at, where);
  }
  po_text text = content(literal, 1);
  if (text.length > 0 && po_is(*text.at, PO_DIGIT) &&
      memchr(text.at, ':', text.length) == NULL)
    return ipv4(text, octets) ? PO_OK
                              : po_fail(PO_LITERAL_IPV4, text.at, where);
  if (text.length == 0)
    return po_fail(PO_LITERAL_INVALID, text.at, where);
  if (ipv6(text, groups)) /* its tag was left out */
    return po_fail(PO_LITERAL_IPV6, text.at, where);
  return general(text, where);
}

/* The longest run of two zero groups or more, the first of equals. */
static int longest_zeros(const unsigned groups[GROUPS], int *length) {
  int best = -1;
  *length = 1;
  for (int i = 0; i < GROUPS; i++) {
    int n = 0;
    while (i + n < GROUPS && groups[i + n] == 0)
      n++;
    if (n > *length) {
      best = i;
      *length = n;
    }
  }
  return best;
}

static void put_group(po_buffer *out, unsigned value) {
  static const char digits[] = "0123456789abcdef";
  for (int shift = 12; shift >= 0; shift -= 4)
    if (shift == 0 || value >> shift != 0)
      po_put_char(out, digits[value >> shift & 15]);
}

/* RFC 5952 4. */
static void put_ipv6(po_buffer *out, const unsigned groups[GROUPS]) {
  int length, zeros = longest_zeros(groups, &length);
  for (int i = 0; i < GROUPS; i++) {
    if (i == zeros) {
      po_put(out, po_constant("::"));
      i += length - 1;
      continue;
    }
    if (i > 0 && i != zeros + length)
      po_put_char(out, ':');
    put_group(out, groups[i]);
  }
}

static void put_ipv4(po_buffer *out, const unsigned octets[4]) {
  for (int i = 0; i < 4; i++) {
    if (i > 0)
      po_put_char(out, '.');
    if (octets[i] >= 100)
      po_put_char(out, (char)('0' + octets[i] / 100));
    if (octets[i] >= 10)
      po_put_char(out, (char)('0' + octets[i] / 10 % 10));
    po_put_char(out, (char)('0' + octets[i] % 10));
  }
}

void po_put_literal(po_buffer *out, po_text literal) {
  unsigned groups[GROUPS], octets[4];
  if (literal.length < 2) {
    po_put(out, literal);
  } else if (is_ipv6(literal) && ipv6(content(literal, IPV6_TAG), groups)) {
    po_put(out, po_constant("[IPv6:"));
    put_ipv6(out, groups);
    po_put_char(out, ']');
  } else if (ipv4(content(literal, 1), octets)) {
    po_put_char(out, '[');
    put_ipv4(out, octets);
    po_put_char(out, ']');
  } else {
    po_put_lower(out, literal);
  }
}
