/*
** What the files of X400 share: x400.c judges, x400_component.c divides a
** text, x400_read.c makes fields of its parts and x400_write.c a text of them.
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

/* One attribute, decoded, and where it began. */
typedef struct x400_component {
  const char *at;
  po_text label, value;
} x400_component;

/* A text on its way through. */
typedef struct x400_scanner {
  po_scratch *scratch;
  const char **where;
  const char *at, *end;
  const char *delimiters; /* "/;" or ";" */
  bool doubled, dollar;   /* what escapes there were */
  bool delimited;         /* a delimiter stood behind the last component */
} x400_scanner;

/* Sets the scanner, but for scratch and where, before the first component. */
void po_x400_begin(x400_scanner *s, po_text native);

/* Reads the component at `at`; there is another while `at` is before `end`. */
po_code po_x400_next(x400_scanner *s, x400_component *c);

/* Whether slashes delimit. */
bool po_x400_is_slashed(const x400_scanner *s);

/* The length of DDA: DDA. DD: DD. or of DD1. to DDA4: at the front, or 0. */
size_t po_x400_dda_prefix(po_text text);

po_code po_x400_parse(po_text native, po_scratch *scratch, po_address *out,
                      const char **where);
void po_x400_format(const po_address *address, po_buffer *out);
void po_x400_fold(const po_address *address, po_buffer *out);
void po_x400_normalize(const po_address *address, po_buffer *out);

#endif
