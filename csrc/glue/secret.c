/* What local parts are signed and compared by. */
#include "functions.h"

#include "input.h"
#include "sha1.h"

/* hmac_sha1(key, text) -> 20 bytes */
int lpo_hmac_sha1(lua_State *L) {
  unsigned char code[PO_SHA1_BYTES];
  po_hmac_sha1(lpo_check_text(L, 1), lpo_check_text(L, 2), code);
  lua_pushlstring(L, (const char *)code, sizeof code);
  return 1;
}

/* is_same_secret(a, b) -> boolean, in a time that does not tell why */
int lpo_is_same_secret(lua_State *L) {
  lua_pushboolean(L,
                  po_same_secret(lpo_check_text(L, 1), lpo_check_text(L, 2)));
  return 1;
}
