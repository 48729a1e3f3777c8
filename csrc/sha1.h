/*
** HMAC-SHA1 (RFC 2104, RFC 3174), by which local parts are signed (SRS, BATV).
**
** Both sign with it whatever else has become of SHA-1: collisions are no way to
** forge an HMAC.
*/
#ifndef PO_SHA1_H
#define PO_SHA1_H

#include "postoffice.h"

enum { PO_SHA1_BYTES = 20, PO_SHA1_BLOCK = 64 };

/* A digest in the making. */
typedef struct po_sha1 {
  uint32_t state[5];
  uint64_t length; /* bytes so far */
  unsigned char block[PO_SHA1_BLOCK];
} po_sha1;

void po_sha1_begin(po_sha1 *sha);
void po_sha1_add(po_sha1 *sha, po_text text);
void po_sha1_end(po_sha1 *sha, unsigned char digest[PO_SHA1_BYTES]);

/* The code of a text by a key, both of any length. */
void po_hmac_sha1(po_text key, po_text text, unsigned char code[PO_SHA1_BYTES]);

/* Equal byte for byte, in a time that does not tell where they differ. */
bool po_same_secret(po_text a, po_text b);

#endif
