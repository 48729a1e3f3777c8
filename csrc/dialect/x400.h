/*
** What the files of X400 share: x400.c judges, x400_read.c reads and
** x400_write.c writes.
*/
#ifndef PO_X400_H
#define PO_X400_H

#include "dialect.h"

enum {
#define ATTRIBUTE(field, name, f401, mixer, bound, kind) field,
#include "x400_attributes.h"
#undef ATTRIBUTE
  SYNTAX,
  FIELDS
};

/* The ways to write an address down; x400.c shows them. */
typedef enum x400_syntax {
  EXCHANGE,
  RFC1685,
  RFC2156,
  MSMAIL,
  SYNTAXES
} x400_syntax;

enum { UNITS = 4, DDAS = 4, LINES = 6 };

extern const char *const po_x400_fields[];
extern const char *const po_x400_syntaxes[SYNTAXES];

/* The syntax that an address names, or Exchange's. */
x400_syntax po_x400_syntax(const po_address *address);

po_code po_x400_parse(po_text native, po_scratch *scratch, po_address *out,
                      const char **where);
void po_x400_format(const po_address *address, po_buffer *out);
void po_x400_fold(const po_address *address, po_buffer *out);
void po_x400_normalize(const po_address *address, po_buffer *out);

#endif
