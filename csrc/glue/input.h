/*
** What the functions of the core are given: options, and addresses as tables or
** as text, also of the types that Lua defined.
*/
#ifndef LPO_INPUT_H
#define LPO_INPUT_H

#include "address.h"

/*
** An address as it was given.  Its texts point into `memory`, the text or the
** table; what is read may leave values on the stack that they need.
*/
typedef struct lpo_input {
  po_address address; /* once read; its type alone if that is unknown */
  long place;         /* of the byte that offends, 0-based; -1 in a table */
  int table; /* of a type that Lua defined: where its fields stand; else 0 */
  lpo_memory memory;
} lpo_input;

/* The options at `index`, or the defaults; raises on unknown ones. */
po_parse_options lpo_check_options(lua_State *L, int index);

/* The same for a function that has one option more, `other`. */
po_parse_options lpo_check_options_but(lua_State *L, int index,
                                       const char *other);

/* The notation named at `index`, or `absent`; raises on unknown ones. */
po_notation lpo_check_notation(lua_State *L, int index, po_notation absent);

/* The word at `index`, or else its type's name: what is told of one that is
** none of those there are. */
const char *lpo_word_at(lua_State *L, int index);

/* The option at -2 of a table that lua_next goes through; "?" for no text. */
const char *lpo_option_name(lua_State *L);

/* The text at -1 of such a table, which anchors it; raises where it is none. */
po_text lpo_option_text(lua_State *L);

/* The text at `index`; raises where it is none. */
po_text lpo_check_text(lua_State *L, int index);

/*
** Reads a text.  What Lua has to say to the text of a type that it defined is
** not asked.
*/
po_code lpo_read_text(lua_State *L, po_text text,
                      const po_parse_options *options, lpo_input *input);

/*
** Pushes what `lpo_read_text` read of the text as a table, with the fields of a
** type that Lua defined.  On failure nothing is pushed.
*/
po_code lpo_push_read(lua_State *L, po_text text, lpo_input *input);

/*
** Whether the one argument is a text that is read at once, by the options that
** are bound (po_parse_at_once).  If not, `input` holds nothing.
*/
bool lpo_read_at_once(lua_State *L, lpo_input *input);

/* Reads a text, that of a type that Lua defined through its definition. */
po_code lpo_read_whole(lua_State *L, po_text text,
                       const po_parse_options *options, lpo_input *input);

/*
** Reads the address at `index`; raises where that is neither table nor text.  A
** type that nobody registered takes `options->unknown`, but for a table that
** parse made.  Whether a table can be written is not looked at.
*/
po_code lpo_read(lua_State *L, int index, const po_parse_options *options,
                 lpo_input *input);

/* The same by the options that `new` has bound. */
po_code lpo_read_bound(lua_State *L, int index, lpo_input *input);

/* Pushes the sentence of a code; where `type` is unknown it names the nearest
** type that is known. */
void lpo_push_sentence(lua_State *L, po_code code, po_text type);

/* Pushes why an input cannot be read: see lpo_push_failure,
** lpo_push_sentence. */
int lpo_push_unread(lua_State *L, po_code code, const lpo_input *input);

/* The place in the text at `index` that `where` stems from, -1 in a table. */
long lpo_place(lua_State *L, int index, const po_address *address,
               const char *where);

#endif
