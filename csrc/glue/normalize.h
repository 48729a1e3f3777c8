/*
** What normalize takes beside the options of parse: the form of domains.
*/
#ifndef LPO_NORMALIZE_H
#define LPO_NORMALIZE_H

#include "input.h"

#define LPO_OPTION_IDN "idn"

/* The form that the option `idn` of the table at `index`, if there is one, asks
** for; raises on unknown ones. */
po_domain_form lpo_check_form(lua_State *L, int index);

/* Puts the domain of what was read of the text into a form, in `memory`. */
po_code lpo_convert(lua_State *L, po_text text, po_domain_form form,
                    lpo_input *input, lpo_memory *memory);

#endif
