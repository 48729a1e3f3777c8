/*
** The fields of an O/R address: one for each attribute, in the order of
** attributes.h, and the syntax in which it is written.
*/
#ifndef PO_X400_FIELDS_H
#define PO_X400_FIELDS_H

#include "dialect/dialect.h"

enum {
#define ATTRIBUTE(field, name, f401, mixer, bound, kind) field,
#include "attributes.h"
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

/* Units, domain-defined attributes and lines of a postal address there can
** be (X.411). */
enum { UNITS = 4, DDAS = 4, LINES = 6 };

/* The names of the fields, NULL at the end, and of the syntaxes. */
extern const char *const po_x400_fields[];
extern const char *const po_x400_syntaxes[SYNTAXES];

/* The syntax that an address names, or Exchange's. */
x400_syntax po_x400_syntax(const po_address *address);

/* The fields of the domain-defined attribute `dda`, counted from 0. */
static inline int po_x400_type_field(int dda) { return DDA1_TYPE + 2 * dda; }
static inline int po_x400_value_field(int dda) { return DDA1_VALUE + 2 * dda; }

#endif
