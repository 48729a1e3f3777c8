/*
** A notation: how an address of any type is written down.  Each is a file
** with two functions: `read` finds type, native text and names in a text;
** `write` puts them down.
*/
#ifndef PO_NOTATION_H
#define PO_NOTATION_H

#include "reader.h"

typedef struct po_notation_rules {
  const char *name;
  po_code (*read)(po_reader *reader, po_text text);
  void (*write)(const po_address *address, po_text native, po_buffer *out);

  /* The input byte that became byte `index` of the native text that began at
  ** `origin`; NULL if native text is never decoded. */
  const char *(*find_origin)(const char *origin, const char *end, size_t index);

  bool smtp_only; /* it writes no other type */
  bool carries_name, carries_comment, carries_route, carries_secondary;
} po_notation_rules;

extern const po_notation_rules po_proxy_rules, po_native_rules, po_oneoff_rules,
    po_header_rules, po_path_rules;

#endif
