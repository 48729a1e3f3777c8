/*
** Types that Lua defines at run time (postoffice.define).  The core carries
** them as types without a dialect; here their native text becomes fields and
** back.  A definition is a table of functions:
**
**   parse(text) -> fields | nil [, position]
**   format(address) -> text | nil
**   fold(address) -> text            (optional)
**   check(address) -> true | false   (optional)
*/
#ifndef LPO_TYPES_H
#define LPO_TYPES_H

#include "address.h"

/* core.define(type, definition) */
int lpo_define(lua_State *L);

/* Makes the types that the host's Lua defines those of a script's state. */
void lpo_use_types_of_host(lua_State *L);

/* Whether Lua defined the type. */
bool lpo_has_definition(lua_State *L, po_text type);

/* Whether the address is of a type that Lua defined. */
static inline bool lpo_is_defined(lua_State *L, const po_address *address) {
  return address->dialect == &po_opaque && lpo_has_definition(L, address->type);
}

/*
** Pushes the address whose native text `opaque` holds.  On failure nothing is
** pushed and `*offset` is the byte of that text that offends.
*/
po_code lpo_push_defined(lua_State *L, const po_address *opaque,
                         size_t *offset);

/*
** Makes the native and folded text of the address table at `index` the value
** of `out`; both stay on the stack.  PO_TYPE_GRAMMAR if it cannot be written.
*/
po_code lpo_read_defined(lua_State *L, int index, po_address *out);

/* Whether the definition's own check lets the address table at `index` pass. */
bool lpo_check_defined(lua_State *L, int index, const po_address *address);

/*
** Pushes the known type that is one slip of a key away from `word`, one with a
** dialect before one that Lua defined; or returns false and pushes nothing.
*/
bool lpo_push_near_type(lua_State *L, po_text word);

#endif
