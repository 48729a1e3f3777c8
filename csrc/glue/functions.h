/*
** The functions of the core that have files of their own: closures over the
** upvalues of address.h, each with the arguments and results that init.lua
** documents.
*/
#ifndef LPO_FUNCTIONS_H
#define LPO_FUNCTIONS_H

#include "lua_compat.h"

/* validate.c */
int lpo_validate(lua_State *L);
int lpo_diagnose(lua_State *L);

/* normalize.c */
int lpo_normalize(lua_State *L);

/* canonical.c */
int lpo_canonical(lua_State *L);

/* lines.c */
int lpo_lines(lua_State *L);

/* visible.c */
int lpo_visible(lua_State *L);
int lpo_single_line(lua_State *L);
int lpo_is_hidden(lua_State *L);

/* row(field, ...) -> a line of tab-separated fields: texts, numbers, nil */
int lpo_row(lua_State *L);

/* json.c: what text/json.lua documents */
int lpo_json_string(lua_State *L);
int lpo_json_line(lua_State *L);

/* stream.c */
int lpo_read_stream(lua_State *L);
int lpo_write_stream(lua_State *L);

/* secret.c */
int lpo_hmac_sha1(lua_State *L);
int lpo_is_same_secret(lua_State *L);

/* list.c */
int lpo_parse_list(lua_State *L);
int lpo_format_list(lua_State *L);
int lpo_list_places(lua_State *L);

/* encapsulate.c */
int lpo_encapsulate(lua_State *L);
int lpo_decapsulate(lua_State *L);

/* printable.c */
int lpo_encode_printable(lua_State *L);
int lpo_decode_printable(lua_State *L);

/* Pushes a string of all characters of PrintableString. */
void lpo_push_printable(lua_State *L);

#endif
