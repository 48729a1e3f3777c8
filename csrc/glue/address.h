/*
** Lua tables and po_address: the one place that knows both.
*/
#ifndef LPO_ADDRESS_H
#define LPO_ADDRESS_H

#include "lua_compat.h"
#include "postoffice.h"

#define LPO_METATABLE_NAME "postoffice.address"

/* The fields that belong to the notation, NULL at the end. */
extern const char *const lpo_notation_fields[];

/*
** Every function of the core is a closure over the same upvalues: key
** strings as upvalues save a parse half of its time.
*/
enum {
  LPO_CONTEXT = 1, /* an lpo_context */
  LPO_METATABLE,
  LPO_KEY_TYPE,
  LPO_KEY_DISPLAY_NAME, /* from here on lpo_notation_fields */
  LPO_KEY_COMMENT,
  LPO_KEY_ROUTE,
  LPO_KEY_PRIMARY,
  LPO_KEY_DISPLAY_RAW, /* which is for reading alone */
  LPO_KEY_DIALECTS     /* for each dialect its name and its fields' */
};

enum { LPO_MAX_DIALECTS = 32, LPO_TYPE_SIZE = 64 };

/* What `new` binds, and where the dialects' keys begin. */
typedef struct lpo_context {
  po_parse_options defaults;
  char type[LPO_TYPE_SIZE];
  int keys[LPO_MAX_DIALECTS]; /* by the registry's order, po_opaque last */
  int upvalues;               /* how many there are of these */
} lpo_context;

/* Memory on the C stack, or a userdata where that is too small. */
typedef struct lpo_memory {
  po_scratch scratch;
  char stack[4096];
} lpo_memory;

/* Makes room for `size` bytes; pushes a userdata if that takes one. */
void lpo_reserve(lua_State *L, lpo_memory *memory, size_t size);

/* Pushes the upvalues of the core (LPO_CONTEXT on); returns their number. */
int lpo_push_upvalues(lua_State *L, const po_parse_options *defaults);

/* The context of the running function. */
const lpo_context *lpo_get_context(lua_State *L);

/*
** The fields of the table at `index` in `out`, whose texts the table anchors,
** but for a type that has no dialect, which is in `memory` in upper case.
** PO_TYPE_MISSING, PO_FIELD_TYPE where a field is no string.  Whether such an
** address can be written is not looked at.  Leaves the stack as it was, but
** for what `memory` takes.
*/
po_code lpo_get_fields(lua_State *L, int index, lpo_memory *memory,
                       po_address *out);

/* Whether the value at `index` has the shared metatable. */
bool lpo_is_address(lua_State *L, int index);

/* t[key] = text for the table at the top, unless the text is absent. */
void lpo_set_text(lua_State *L, const char *key, po_text text);

/* Pushes an address as a table with the shared metatable. */
void lpo_push_address(lua_State *L, const po_address *address);

/*
** Writes into a buffer until it is large enough, and pushes the text on top of
** what that took; on failure there is none.
*/
typedef po_code lpo_writer(const po_address *address, po_notation notation,
                           po_buffer *out, po_scratch *scratch);
po_code lpo_push_written(lua_State *L, const po_address *address,
                         po_notation notation, lpo_writer *writer);

/* An lpo_writer of the key, whatever the notation. */
po_code lpo_write_key(const po_address *address, po_notation notation,
                      po_buffer *out, po_scratch *scratch);

/*
** Pushes the address as text if it can be written at all: as native text, as a
** path if it has a source route or no domain (<>, <Postmaster>), as a mailbox
** if RFC 5322 alone has such, as a one-off if it holds controls of another
** type's.  `notation` is the one it was.
*/
po_code lpo_push_plain(lua_State *L, const po_address *address,
                       po_notation *notation);

/*
** Whether it can be written at all, in that way, and how long the text is: no
** string is made.  May push the memory that it takes.
*/
po_code lpo_check_plain(lua_State *L, const po_address *address,
                        size_t *length);

/* The place of the field `name` in the dialect's list, or -1. */
int lpo_find_field(const po_dialect *dialect, const char *name);

/*
** Pushes nil, message, code and the 1-based byte, which is left out if `place`,
** the 0-based one, is negative; returns how many values these are.
*/
int lpo_push_failure(lua_State *L, po_code code, long place);

#endif
