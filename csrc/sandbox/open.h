/* The life of an isolated state: opened and closed. */
#ifndef SBX_OPEN_H
#define SBX_OPEN_H

#include "state.h"

/*
** Opens an isolated state; `open_mail` pushes the table of the functions that
** scripts find in `mail`.  PO_OK, or PO_POLICY_MEMORY and a closed state.
*/
po_code sbx_open(sbx_state *state, lua_Alloc allocate, void *data,
                 const sbx_limits *limits, lua_CFunction open_mail);

/* Frees everything at once.  Idempotent; never raises. */
void sbx_close(sbx_state *state);

#endif
