/* SHA-1 and HMAC-SHA1 by the vectors of their RFCs. */
#include "unit.h"

#include "sha1.h"

#include <stdio.h>

enum { DIGITS = 2 * PO_SHA1_BYTES };

/* Holds a digest to 40 hexadecimal digits. */
static void hold(const unsigned char bytes[PO_SHA1_BYTES], const char *digits) {
  char shown[DIGITS + 1];
  for (int i = 0; i < PO_SHA1_BYTES; i++)
    snprintf(shown + 2 * i, 3, "%02x", bytes[i]);
  CHECK_TEXT_IS(((po_text){shown, DIGITS}), digits);
}

static po_text repeated(char c, size_t length) {
  char *at = unit_memory(length);
  memset(at, c, length);
  return (po_text){at, length};
}

static void hold_digest(po_text text, long times, const char *digits) {
  unsigned char digest[PO_SHA1_BYTES];
  po_sha1 sha;
  po_sha1_begin(&sha);
  for (long i = 0; i < times; i++)
    po_sha1_add(&sha, text);
  po_sha1_end(&sha, digest);
  hold(digest, digits);
}

TEST(digests_are_those_of_rfc_3174) { /* 7.3 */
  hold_digest(BYTES("abc"), 1, "a9993e364706816aba3e25717850c26c9cd0d89d");
  hold_digest(BYTES("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnop"
                    "nopq"),
              1, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  hold_digest(BYTES("a"), 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
  hold_digest(BYTES("0123456701234567012345670123456701234567012345670123456"
                    "701234567"),
              10, "dea356a2cddd90c7a7ecedc5ebb563934f460452");
}

/* FIPS 180-1 has none for it; every implementation agrees. */
TEST(the_digest_of_nothing_is_known) {
  hold_digest(BYTES(""), 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  hold_digest((po_text){NULL, 0}, 1,
              "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

/* Around the lengths at which the padding takes another block: made with
** sha1sum. */
TEST(digests_of_nearly_whole_blocks) {
  hold_digest(repeated('a', 55), 1, "c1c8bbdc22796e28c0e15163d20899b65621d65a");
  hold_digest(repeated('a', 56), 1, "c2db330f6083854c99d4b5bfb6e8f29f201be699");
  hold_digest(repeated('a', 63), 1, "03f09f5b158a7a8cdad920bddc29b81c18a551f5");
  hold_digest(repeated('a', 64), 1, "0098ba824b5c16427bd7a1122a5a442a25ec644d");
  hold_digest(repeated('a', 65), 1, "11655326c708d70319be2610e8a57d9a5b959d3b");
}

static void hold_code(po_text key, po_text text, const char *digits) {
  unsigned char code[PO_SHA1_BYTES];
  po_hmac_sha1(key, text, code);
  hold(code, digits);
}

TEST(codes_are_those_of_rfc_2202) { /* 3 */
  hold_code(repeated('\x0b', 20), BYTES("Hi There"),
            "b617318655057264e28bc0b6fb378c8ef146be00");
  hold_code(BYTES("Jefe"), BYTES("what do ya want for nothing?"),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  hold_code(repeated('\xaa', 20), repeated('\xdd', 50),
            "125d7342b9ac11cd91a39af48aa17b4f63f175d3");
  hold_code(BYTES("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e"
                  "\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19"),
            repeated('\xcd', 50), "4c9007f4026250c6bc8414f9bf50c86c2d7235da");
  hold_code(repeated('\x0c', 20), BYTES("Test With Truncation"),
            "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04");
  hold_code(repeated('\xaa', 80),
            BYTES("Test Using Larger Than Block-Size Key - Hash Key First"),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
  hold_code(repeated('\xaa', 80),
            BYTES("Test Using Larger Than Block-Size Key and Larger Than One"
                  " Block-Size Data"),
            "e8e99d0f45237d786d6bbaa7965c7808bbff1a91");
}

TEST(a_key_of_a_block_is_no_digest) {
  hold_code(repeated('k', 64), BYTES("text"),
            "79ff55fa698f97a703bb0ad426871006ee745343");
  hold_code(repeated('k', 65), BYTES("text"),
            "23cdc442dba98c8865255f4fce14aca27f4444ba");
  hold_code(BYTES(""), BYTES(""), "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
  hold_code((po_text){NULL, 0}, (po_text){NULL, 0},
            "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
}

TEST(secrets_are_the_same_in_every_byte) {
  CHECK(po_same_secret(BYTES("secret"), BYTES("secret")));
  CHECK(po_same_secret(BYTES(""), BYTES("")));
  CHECK(po_same_secret((po_text){NULL, 0}, BYTES("")));
  CHECK(!po_same_secret(BYTES("secret"), BYTES("Secret")));
  CHECK(!po_same_secret(BYTES("secret"), BYTES("secreT")));
  CHECK(!po_same_secret(BYTES("secret"), BYTES("secre")));
  CHECK(!po_same_secret(BYTES("ab"), BYTES("ba"))); /* no sum of differences */
}
