/* The address that patterns match: one for all that are equal. */
#include "functions.h"

#include "input.h"
#include "text.h"
#include "types.h"

static size_t count_bytes(const po_address *address) {
  size_t length = 0;
  for (int f = 0; address->dialect->fields[f] != NULL; f++)
    length += address->field[f].length;
  return length;
}

/* Of a type that Lua defined: what its grammar makes of the text that `fold`
** gave, or the address itself if that differs in case alone or is none. */
static int push_defined(lua_State *L, const po_address *address) {
  size_t offset;
  po_address folded = *address;
  folded.field[0] = address->folded;
  if (address->folded.at == NULL ||
      po_same(address->folded, address->field[0]) ||
      lpo_push_defined(L, &folded, &offset) != PO_OK)
    lua_pushvalue(L, 1);
  return 1;
}

/* canonical(address) -> address | nil, message, code, position
** Of a table; the same one if nothing in it is written otherwise. */
int lpo_canonical(lua_State *L) {
  lpo_input input;
  lpo_memory memory;
  po_address canonical;
  luaL_checktype(L, 1, LUA_TTABLE);
  po_code code = lpo_read_bound(L, 1, &input);
  if (code != PO_OK)
    return lpo_push_unread(L, code, &input);
  if (input.table != 0)
    return push_defined(L, &input.address);
  if (input.address.dialect->canonical == NULL) {
    lua_settop(L, 1);
    return 1;
  }
  lpo_reserve(L, &memory, PO_CANONICAL_FOR(count_bytes(&input.address)));
  code = po_canonical(&input.address, &memory.scratch, &canonical);
  if (code != PO_OK)
    return lpo_push_failure(L, code, -1);
  lpo_push_address(L, &canonical);
  return 1;
}
