/* PrintableString (RFC 2156 3.4), as the mixer uses it. */
#include "functions.h"

#include "address.h"
#include "dialect/x400/printable.h"

#include <string.h>

/* encode_printable(text) -> text | nil, message, code, position
** Only ASCII can be encoded. */
int lpo_encode_printable(lua_State *L) {
  po_text text;
  lpo_memory memory;
  text.at = luaL_checklstring(L, 1, &text.length);
  const char *high = po_find_high(text);
  if (high != NULL)
    return lpo_push_failure(L, PO_MIXER_CHARACTER, high - text.at);
  lpo_reserve(L, &memory, PO_PRINTABLE_FOR(text.length));
  po_buffer out = {memory.scratch.at, memory.scratch.length, 0};
  po_encode_printable(text, &out);
  lua_pushlstring(L, out.at, out.length);
  return 1;
}

/* decode_printable(text) -> text */
int lpo_decode_printable(lua_State *L) {
  size_t length;
  lpo_memory memory;
  const char *text = luaL_checklstring(L, 1, &length);
  lpo_reserve(L, &memory, length + 1);
  memcpy(memory.scratch.at, text, length);
  length = po_decode_printable(memory.scratch.at, length);
  lua_pushlstring(L, memory.scratch.at, length);
  return 1;
}

void lpo_push_printable(lua_State *L) {
  char characters[128];
  size_t length = 0;
  for (int c = 0; c < (int)sizeof characters; c++)
    if (po_is_printable((char)c))
      characters[length++] = (char)c;
  lua_pushlstring(L, characters, length);
}
