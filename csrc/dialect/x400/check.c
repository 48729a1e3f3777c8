#include "check.h"

#include "printable.h"

#include <string.h>

/* Whether a character may stand in the value of an attribute. */
typedef bool is_valid(char c, x400_syntax syntax);

/* PrintableString (Q118563, RFC 2156 3.3); if gateways read an address, { } and
** * may carry teletex characters (RFC 2156 3.5). */
static bool is_printable(char c, x400_syntax syntax) {
  return po_is_printable(c) ||
         (syntax != EXCHANGE && c != '\0' && strchr("{}*", c) != NULL);
}

static bool is_digit(char c, x400_syntax syntax) {
  (void)syntax;
  return po_is(c, PO_DIGIT);
}

static bool is_free(char c, x400_syntax syntax) {
  (void)syntax;
  return c >= ' ' && c <= '~';
}

/* Exchange itself writes dda:SMTP=user@domain (Q255024). */
static bool is_defined(char c, x400_syntax syntax) {
  return syntax == EXCHANGE ? is_free(c, syntax) : is_printable(c, syntax);
}

typedef po_code check_value(po_text value, x400_syntax syntax,
                            const char **where);

static po_code check_each(po_text value, x400_syntax syntax, is_valid *valid,
                          po_code code, const char **where) {
  for (const char *at = value.at; at < po_end(value); at++)
    if (!valid(*at, syntax))
      return po_fail(code, at, where);
  return PO_OK;
}

static po_code check_printable(po_text value, x400_syntax syntax,
                               const char **where) {
  return check_each(value, syntax, is_printable, PO_X400_CHARACTER, where);
}

static po_code check_digits(po_text value, x400_syntax syntax,
                            const char **where) {
  return check_each(value, syntax, is_digit, PO_X400_DIGITS, where);
}

static po_code check_free(po_text value, x400_syntax syntax,
                          const char **where) {
  return check_each(value, syntax, is_free, PO_X400_CHARACTER, where);
}

/* Two letters or three digits (Q118861); one character made the MTA hang
** (Q145986). */
static po_code check_country(po_text value, x400_syntax syntax,
                             const char **where) {
  (void)syntax;
  int class = value.length == 2 ? PO_ALPHA : PO_DIGIT;
  bool sound = value.length == 2 || value.length == 3;
  for (size_t i = 0; sound && i < value.length; i++)
    sound = po_is(value.at[i], class);
  return sound ? PO_OK : po_fail(PO_X400_COUNTRY, value.at, where);
}

/* RFC 1685 F.3.2.2. */
static po_code check_terminal(po_text value, x400_syntax syntax,
                              const char **where) {
  static const char *const types[] = {"tlx",   "ttx", "g3fax",
                                      "g4fax", "ia5", "vtx"};
  (void)syntax;
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (po_same(value, po_constant(types[i])))
      return PO_OK;
  return po_fail(PO_X400_TERMINAL, value.at, where);
}

/* Whether "(u)" or another code is in it (RFC 2156 3.4). */
static bool has_code(po_text value) {
  char c;
  for (const char *at = value.at; at < po_end(value); at++)
    if (po_printable_code(at, po_end(value), &c) > 0)
      return true;
  return false;
}

/* A literal character beside an encoded one breaks Exchange (Q254725). */
static po_code check_defined(po_text value, x400_syntax syntax,
                             const char **where) {
  po_code code =
      check_each(value, syntax, is_defined, PO_X400_CHARACTER, where);
  if (code != PO_OK || !has_code(value))
    return code;
  return check_each(value, RFC2156, is_printable, PO_X400_DDA_MIXED, where);
}

typedef struct limit {
  size_t bound;
  check_value *check;
} limit;

#define PRINTABLE check_printable
#define DIGITS check_digits
#define COUNTRY check_country
#define TERMINAL check_terminal
#define DEFINED check_defined
#define FREE check_free

static const limit limits[] = {
#define ATTRIBUTE(field, name, f401, mixer, bound, kind) {bound, kind},
#include "attributes.h"
#undef ATTRIBUTE
};

static po_code check_field(const po_address *address, int f,
                           const char **where) {
  po_text value = address->field[f];
  if (value.at == NULL)
    return PO_OK;
  if (value.length == 0)
    return po_fail(PO_X400_EMPTY, value.at, where);
  po_code code = limits[f].check(value, po_x400_syntax(address), where);
  if (code == PO_OK && limits[f].bound > 0 && value.length > limits[f].bound)
    return po_fail(PO_X400_LENGTH, value.at + limits[f].bound, where);
  return code;
}

static bool has(const po_address *address, int field) {
  return address->field[field].at != NULL;
}

static bool has_one_of(const po_address *address, int first, int last) {
  for (int f = first; f <= last; f++)
    if (has(address, f))
      return true;
  return false;
}

/* What Exchange asks for (xgsac003). */
static void check_exchange(const po_address *address, po_findings *found) {
  if (!has(address, C))
    po_report(found, PO_X400_COUNTRY_MISSING, NULL);
  if (!has(address, A))
    po_report(found, PO_X400_ADMD_MISSING, NULL);
  if (has_one_of(address, G, Q) && !has(address, S))
    po_report(found, PO_X400_SURNAME_MISSING, NULL);
  if (!has_one_of(address, P, SYNTAX - 1))
    po_report(found, PO_X400_NAME_MISSING, NULL);
}

void po_x400_check(const po_address *address, po_findings *found) {
  for (int f = C; f < SYNTAX; f++) {
    const char *where = NULL;
    po_code code = check_field(address, f, &where);
    po_report(found, code, where);
  }
  for (int unit = OU2; unit <= OU4; unit++)
    if (has(address, unit) && !has(address, unit - 1))
      po_report(found, PO_X400_UNIT_GAP, address->field[unit].at);
  if (po_x400_syntax(address) == EXCHANGE)
    check_exchange(address, found);
}
