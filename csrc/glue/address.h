/*
** Lua tables and po_address: the one place that knows both.
*/
#ifndef LPO_ADDRESS_H
#define LPO_ADDRESS_H

#include "lua_compat.h"
#include "postoffice.h"

#define LPO_METATABLE_NAME "postoffice.address"

/*
** Every function of the core is a closure over the same upvalues: key
** strings as upvalues save a parse half of its time.
*/
enum {
  LPO_CONTEXT = 1, /* an lpo_context */
  LPO_METATABLE,
  LPO_KEY_TYPE,
  LPO_KEY_DISPLAY_NAME,
  LPO_KEY_COMMENT,
  LPO_KEY_ROUTE,
  LPO_KEY_PRIMARY,
  LPO_KEY_DIALECTS /* for each dialect its name and its fields' */
};

enum { LPO_MAX_DIALECTS = 32, LPO_TYPE_SIZE = 64 };

/* What `new` binds, and where the dialects' keys begin. */
typedef struct lpo_context {
  po_parse_options defaults;
  char type[LPO_TYPE_SIZE];
  int keys[LPO_MAX_DIALECTS]; /* by the registry's order, po_opaque last */
} lpo_context;

/* Memory on the C stack, or a userdata where that is too small. */
typedef struct lpo_memory {
  po_scratch scratch;
  char stack[2048];
} lpo_memory;

/* Makes room for `size` bytes; may push one userdata. */
void lpo_reserve(lua_State *L, lpo_memory *memory, size_t size);

/* Pushes the upvalues of the core on top of `context`; their number. */
int lpo_push_upvalues(lua_State *L, const po_parse_options *defaults);

/* The options at `index`, or the defaults; raises on unknown ones. */
po_parse_options lpo_check_options(lua_State *L, int index);

po_notation lpo_check_notation(lua_State *L, int index, po_notation absent);

/* Reads the text at `index`; raises where it is none. */
po_code lpo_parse(lua_State *L, int index, const po_parse_options *options,
                  lpo_memory *memory, po_address *out, size_t *position);

/*
** The same, and the text of a type that Lua defined through its definition.
** May leave values on the stack that `out` needs.
*/
po_code lpo_parse_whole(lua_State *L, int index,
                        const po_parse_options *options, lpo_memory *memory,
                        po_address *out, size_t *position);

/* Reads the address, a table or a text, at `index`; likewise. */
po_code lpo_check_address(lua_State *L, int index, lpo_memory *memory,
                          po_address *out, size_t *position);

/*
** Pushes what was parsed from the text at `index`, with the fields of a type
** that Lua defined.  On failure nothing is pushed.
*/
po_code lpo_push_parsed(lua_State *L, int index, const po_address *address,
                        size_t *position);

/* Pushes an address as a table with the shared metatable. */
void lpo_push_address(lua_State *L, const po_address *address);

/* Writes into a buffer until it is large enough, then pushes the text. */
typedef po_code lpo_writer(const po_address *address, po_notation notation,
                           po_buffer *out, po_scratch *scratch);
po_code lpo_push_written(lua_State *L, const po_address *address,
                         po_notation notation, lpo_writer *writer);

/* Whether it can be written at all, and as what: a path where it is <> or
** <Postmaster>, a one-off where it holds controls, else native text. */
po_code lpo_push_plain(lua_State *L, const po_address *address);

/* The option at -2 of a table that lua_next goes through; "?" for no text. */
const char *lpo_option_name(lua_State *L);

/* The place in the text at `index` that `where` stems from, -1 in a table. */
long lpo_place(lua_State *L, int index, const po_address *address,
               const char *where);

/* The place of the field `name` in the dialect's list, or -1. */
int lpo_find_field(const po_dialect *dialect, const char *name);

/* nil, message, code and position + 1 (none where it is negative). */
int lpo_push_failure(lua_State *L, po_code code, long position);

#endif
