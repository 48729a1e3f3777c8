/*
** What is wrong with the text of an address.
*/
#ifndef LPO_VALIDATE_H
#define LPO_VALIDATE_H

#include "input.h"

/*
** Pushes nothing and returns 0 if the text is a valid address; else false,
** message, code and the 1-based byte on top of what reading took, and returns
** how many values these are.
*/
int lpo_push_faults(lua_State *L, po_text text, const po_parse_options *options,
                    lpo_input *input);

#endif
