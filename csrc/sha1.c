#include "sha1.h"

#include <string.h>

static uint32_t rotate(uint32_t word, int bits) {
  return word << bits | word >> (32 - bits);
}

void po_sha1_begin(po_sha1 *sha) {
  static const uint32_t initial[5] = {0x67452301, 0xefcdab89, 0x98badcfe,
                                      0x10325476, 0xc3d2e1f0};
  memcpy(sha->state, initial, sizeof initial);
  sha->length = 0;
}

/* The 80 words of a block (RFC 3174 6.1 a, b). */
static void spread(const unsigned char *block, uint32_t word[80]) {
  for (int t = 0; t < 16; t++, block += 4)
    word[t] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 |
              (uint32_t)block[2] << 8 | block[3];
  for (int t = 16; t < 80; t++)
    word[t] =
        rotate(word[t - 3] ^ word[t - 8] ^ word[t - 14] ^ word[t - 16], 1);
}

/* f(t; B, C, D) + K(t) (RFC 3174 5). */
static uint32_t mix(int t, uint32_t b, uint32_t c, uint32_t d) {
  switch (t / 20) {
  case 0:
    return ((b & c) | (~b & d)) + 0x5a827999;
  case 1:
    return (b ^ c ^ d) + 0x6ed9eba1;
  case 2:
    return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  default:
    return (b ^ c ^ d) + 0xca62c1d6;
  }
}

/* Takes a whole block into the state (RFC 3174 6.1 c to e). */
static void take_block(po_sha1 *sha) {
  uint32_t word[80], *h = sha->state;
  uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
  spread(sha->block, word);
  for (int t = 0; t < 80; t++) {
    uint32_t next = rotate(a, 5) + mix(t, b, c, d) + e + word[t];
    e = d, d = c, c = rotate(b, 30), b = a, a = next;
  }
  h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
}

static void add_byte(po_sha1 *sha, unsigned char byte) {
  sha->block[sha->length++ % PO_SHA1_BLOCK] = byte;
  if (sha->length % PO_SHA1_BLOCK == 0)
    take_block(sha);
}

void po_sha1_add(po_sha1 *sha, po_text text) {
  for (size_t i = 0; i < text.length; i++)
    add_byte(sha, (unsigned char)text.at[i]);
}

void po_sha1_end(po_sha1 *sha, unsigned char digest[PO_SHA1_BYTES]) {
  enum { LENGTH_BYTES = 8 };
  uint64_t bits = sha->length * 8;
  add_byte(sha, 0x80); /* the padding of RFC 3174 4: a one, zeros, the length */
  while (sha->length % PO_SHA1_BLOCK != PO_SHA1_BLOCK - LENGTH_BYTES)
    add_byte(sha, 0);
  for (int shift = 56; shift >= 0; shift -= 8)
    add_byte(sha, (unsigned char)(bits >> shift));
  for (int i = 0; i < PO_SHA1_BYTES; i++)
    digest[i] = (unsigned char)(sha->state[i / 4] >> (24 - 8 * (i % 4)));
}

static po_text as_text(const unsigned char *bytes, size_t length) {
  return (po_text){(const char *)bytes, length};
}

/* A key as long as a block; of a longer one, its digest (RFC 2104 2). */
static void fit_key(po_text key, unsigned char fitted[PO_SHA1_BLOCK]) {
  po_sha1 sha;
  memset(fitted, 0, PO_SHA1_BLOCK);
  if (key.length <= PO_SHA1_BLOCK) {
    if (key.length > 0)
      memcpy(fitted, key.at, key.length);
    return;
  }
  po_sha1_begin(&sha);
  po_sha1_add(&sha, key);
  po_sha1_end(&sha, fitted);
}

/* The digest of a text after a key, every byte of which is changed by `pad`. */
static void digest_keyed(const unsigned char key[PO_SHA1_BLOCK],
                         unsigned char pad, po_text text,
                         unsigned char digest[PO_SHA1_BYTES]) {
  po_sha1 sha;
  po_sha1_begin(&sha);
  for (int i = 0; i < PO_SHA1_BLOCK; i++)
    add_byte(&sha, key[i] ^ pad);
  po_sha1_add(&sha, text);
  po_sha1_end(&sha, digest);
}

void po_hmac_sha1(po_text key, po_text text,
                  unsigned char code[PO_SHA1_BYTES]) {
  enum { INNER = 0x36, OUTER = 0x5c };
  unsigned char fitted[PO_SHA1_BLOCK], inner[PO_SHA1_BYTES];
  fit_key(key, fitted);
  digest_keyed(fitted, INNER, text, inner);
  digest_keyed(fitted, OUTER, as_text(inner, sizeof inner), code);
}

bool po_same_secret(po_text a, po_text b) {
  unsigned char differing = 0;
  if (a.length != b.length)
    return false;
  for (size_t i = 0; i < a.length; i++)
    differing |= (unsigned char)(a.at[i] ^ b.at[i]);
  return differing == 0;
}
