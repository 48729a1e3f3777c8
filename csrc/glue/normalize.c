/* The preferred spelling of an address. */
#include "normalize.h"

#include <string.h>

#include "functions.h"

/* The form that the value on top names; raises where that is none. */
static po_domain_form check_name(lua_State *L) {
  const char *name = lpo_word_at(L, -1);
  if (strcmp(name, "ascii") == 0)
    return PO_DOMAIN_ASCII;
  if (strcmp(name, "unicode") != 0)
    luaL_error(L, "the option '%s' is ascii or unicode, not '%s'",
               LPO_OPTION_IDN, name);
  return PO_DOMAIN_UNICODE;
}

po_domain_form lpo_check_form(lua_State *L, int index) {
  po_domain_form form = PO_DOMAIN_AS_IT_IS;
  if (!lua_istable(L, index))
    return form;
  lua_getfield(L, index, LPO_OPTION_IDN);
  if (!lua_isnil(L, -1))
    form = check_name(L);
  lua_pop(L, 1);
  return form;
}

po_code lpo_convert(lua_State *L, po_text text, po_domain_form form,
                    lpo_input *input, lpo_memory *memory) {
  const char *where;
  if (form == PO_DOMAIN_AS_IT_IS || input->address.dialect != po_dialects[0])
    return PO_OK;
  lpo_reserve(L, memory, PO_DOMAIN_FOR(input->address.field[1].length));
  po_code code =
      po_convert_domain(&input->address, form, &memory->scratch, &where);
  if (code != PO_OK)
    input->place = (long)po_position(text, &input->address, where);
  return code;
}

static int push_normalized(lua_State *L, const po_address *address) {
  po_code code = lpo_push_written(L, address, address->notation, po_normalize);
  return code == PO_OK ? 1 : lpo_push_failure(L, code, -1);
}

static int normalize_carefully(lua_State *L) {
  lpo_input input;
  lpo_memory memory;
  po_text text = lpo_check_text(L, 1);
  po_domain_form form = lpo_check_form(L, 2);
  po_parse_options options = lpo_check_options_but(L, 2, LPO_OPTION_IDN);
  po_code code = lpo_read_whole(L, text, &options, &input);
  if (code == PO_OK)
    code = lpo_convert(L, text, form, &input, &memory);
  return code == PO_OK ? push_normalized(L, &input.address)
                       : lpo_push_unread(L, code, &input);
}

/* normalize(address [, options]) -> text */
int lpo_normalize(lua_State *L) {
  lpo_input input;
  return lpo_read_at_once(L, &input) ? push_normalized(L, &input.address)
                                     : normalize_carefully(L);
}
