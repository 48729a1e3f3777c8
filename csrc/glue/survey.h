/*
** What a policy's tables make of an address, in one look at all of them.
*/
#ifndef LPO_SURVEY_H
#define LPO_SURVEY_H

#include "lua_compat.h"

/*
** new_survey(spaces, domains, directory, localparts, hosts, programs) -> survey
**
** All are sets, or nil, but the directory and the table of programs: for each
** rewrite the patterns of local part and host and what is made of their
** captures, or false.
**
** survey(text) -> address, rank, other [, how [, entry]] | nothing
**
** Where the way of an address ends if that takes no step, or one: to the target
** of an entry, or to what a rewrite makes.  Nothing claims the address there,
** which is without what belongs to a notation.  `rank` and `other` are those of
** its two best spaces, nil where there are none; `how` it was found, and the
** name of its entry, come after a step.  Where there is more to tell it returns
** nothing.
*/
int lpo_new_survey(lua_State *L);

#endif
