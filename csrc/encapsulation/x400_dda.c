/*
** An address in a domain-defined attribute (DDA) of X400:
**
**   RFC-822   SMTP, encoded in PrintableString; what 128 characters do not hold
**             goes on in RFC822C1 to RFC822C3 (RFC 2156 4.3.1)
**   SMTP      SMTP, as Exchange has it (Q255024)
**   MS        MS Mail (Q177869, Q191947)
**   MSXCHNGE  an Exchange name (Q159301, Q229728)
**
** Exchange writes addresses as they are, but reads encoded ones, too:
** dda:SMTP=user(a)domain (Q269589, Q164049).  It knows no mixture (Q254725), so
** a value is encoded unless a character in it says that it is not.
**
** Each DDA that can carry an address stands once and an address has one of
** them: a second one would come to life when the first is taken out.
*/
#include "encapsulation.h"

#include "dialect/x400/fields.h"
#include "dialect/x400/printable.h"

#include <string.h>

enum { VALUE_LENGTH = 128 }; /* Q145933 */

/* The types of DDAs that carry, and those that go on with RFC-822. */
enum { RFC_822, SMTP, MS, MSXCHNGE, RFC822C1, RFC822C2, RFC822C3, TYPES };
enum { CARRYING = RFC822C1, ABSENT = -1 };

static const struct {
  const char *name;
  const po_dialect *dialect; /* of the address in it */
} dda_types[TYPES] = {
    {"RFC-822", &po_smtp}, {"SMTP", &po_smtp}, {"MS", &po_ms},
    {"MSXCHNGE", &po_ex},  {"RFC822C1", NULL}, {"RFC822C2", NULL},
    {"RFC822C3", NULL},
};

static po_text *type_of(po_address *address, int dda) {
  return address->field + po_x400_type_field(dda);
}

static po_text *value_of(po_address *address, int dda) {
  return address->field + po_x400_value_field(dda);
}

/* Which of the types it is, or ABSENT. */
static int find_type(po_text name) {
  for (int t = 0; name.at != NULL && t < TYPES; t++)
    if (po_same(name, po_constant(dda_types[t].name)))
      return t;
  return ABSENT;
}

/* Whether an address is written as it is: an SMTP address if it has an @, any
** other if no PrintableString could hold it. */
static bool is_literal(po_text text, const po_dialect *dialect) {
  for (const char *at = text.at; at < po_end(text); at++)
    if (dialect == &po_smtp ? *at == '@' : !po_is_printable(*at))
      return true;
  return false;
}

/* ---- Closing ------------------------------------------------------------ */

/* Whether X.400 would drop some of the white space (Q108732); native text has
** none at its ends. */
static bool has_superfluous_space(po_text text) {
  for (size_t i = 0; i + 1 < text.length; i++)
    if (text.at[i] == '\t' || (text.at[i] == ' ' && text.at[i + 1] == ' '))
      return true;
  return false;
}

/* Whether the first DDA has a type alone, which is how the carrier says in what
** to carry. */
static bool is_named(po_address *out) {
  return type_of(out, 0)->at != NULL && value_of(out, 0)->at == NULL;
}

/* The type of the DDA that will carry such an address; ABSENT if none can, or
** not the one that is named. */
static int carrying_type(po_address *out, const po_dialect *inner) {
  int type = RFC_822;
  if (is_named(out))
    type = find_type(*type_of(out, 0));
  else
    while (dda_types[type].dialect != NULL && dda_types[type].dialect != inner)
      type++;
  return type != ABSENT && dda_types[type].dialect == inner ? type : ABSENT;
}

/* Whether a DDA from `first` on could carry an address. */
static bool has_carrying(po_address *out, int first) {
  for (int dda = first; dda < DDAS; dda++)
    if (find_type(*type_of(out, dda)) != ABSENT)
      return true;
  return false;
}

/* The number of the last DDA, counted from 1; gaps before it count. */
static int count(po_address *out) {
  int dda = DDAS;
  while (dda > 0 && type_of(out, dda - 1)->at == NULL)
    dda--;
  return dda;
}

/* Makes room for `added` DDAs at the place `first`, before which there are as
** many. */
static po_code insert(po_address *out, int first, int added) {
  int moved = count(out) - first;
  if (first + added + moved > DDAS)
    return PO_ENCAPSULATION_LENGTH;
  memmove(type_of(out, first + added), type_of(out, first),
          2 * (size_t)moved * sizeof(po_text));
  return PO_OK;
}

/* Puts the value into the first DDA, and what it does not hold into others,
** which are inserted.  `named` says whether the first has its type already. */
static po_code fill(po_address *out, int type, bool named, po_text value) {
  int pieces = (int)((value.length + VALUE_LENGTH - 1) / VALUE_LENGTH);
  if (pieces > (type == RFC_822 ? DDAS : 1))
    return PO_ENCAPSULATION_LENGTH;
  po_code code = insert(out, named ? 1 : 0, named ? pieces - 1 : pieces);
  if (code != PO_OK)
    return code;
  if (!named)
    *type_of(out, 0) = po_constant(dda_types[type].name);
  for (int piece = 0; piece < pieces; piece++) {
    size_t length = value.length < VALUE_LENGTH ? value.length : VALUE_LENGTH;
    if (piece > 0)
      *type_of(out, piece) = po_constant(dda_types[RFC822C1 + piece - 1].name);
    *value_of(out, piece) = po_slice(value.at, value.at + length);
    value = po_slice(value.at + length, po_end(value));
  }
  return PO_OK;
}

/* The native text after its source route, if it has one (RFC 2156 4.3.4): none
** that only obs-route of RFC 5322 4.4 has. */
static po_code put_routed(const po_address *inner, po_text *native,
                          po_buffer *room) {
  const char *where;
  po_text route;
  size_t start = room->length;
  if (inner->route.length == 0)
    return PO_OK;
  po_put(room, inner->route);
  po_put_char(room, ':');
  po_put(room, *native);
  if (room->length > room->size)
    return PO_SCRATCH_FULL;
  *native = po_put_since(room, start);
  po_text rest = *native;
  return *rest.at == '@' ? po_take_route(&rest, &route, &where)
                         : PO_ROUTE_INVALID;
}

static po_code close(const po_address *inner, po_text native, po_buffer *room,
                     po_address *out) {
  int type = carrying_type(out, inner->dialect);
  bool named = is_named(out);
  po_code code = put_routed(inner, &native, room);
  if (code != PO_OK)
    return code;
  if (type == ABSENT || po_find_high(native) != NULL)
    return PO_ENCAPSULATION_TYPE;
  if (has_carrying(out, named ? 1 : 0))
    return PO_ENCAPSULATION_AMBIGUOUS;
  if (type != RFC_822 && po_x400_syntax(out) == EXCHANGE &&
      is_literal(native, inner->dialect) && !has_superfluous_space(native))
    return fill(out, type, named, native);
  size_t start = room->length;
  po_encode_printable(native, room);
  if (room->length - start > VALUE_LENGTH) {
    room->length = start;
    po_encode_printable_spaces(native, room);
  }
  return fill(out, type, named, po_put_since(room, start));
}

/* ---- Opening ------------------------------------------------------------ */

/* Which DDA has each of the types. */
typedef struct places {
  int dda[TYPES];
} places;

/* Removes DDAs without a value, which mean nothing (Q145585). */
static void drop_empty(po_address *address) {
  static const po_text absent;
  int to = 0;
  for (int from = 0; from < DDAS; from++) {
    po_text type = *type_of(address, from), value = *value_of(address, from);
    *type_of(address, from) = *value_of(address, from) = absent;
    if (po_trim(value).length == 0)
      continue;
    *type_of(address, to) = type;
    *value_of(address, to++) = value;
  }
}

/* Finds the DDAs that carry; each type may stand once. */
static po_code find_places(po_address *address, places *found,
                           const char **where) {
  for (int t = 0; t < TYPES; t++)
    found->dda[t] = ABSENT;
  for (int dda = 0; dda < DDAS; dda++) {
    int t = find_type(*type_of(address, dda));
    if (t != ABSENT && found->dda[t] != ABSENT)
      return po_fail(PO_ENCAPSULATION_AMBIGUOUS, value_of(address, dda)->at,
                     where);
    if (t != ABSENT)
      found->dda[t] = dda;
  }
  return PO_OK;
}

/* Finds the one type that carries.  RFC822C1 goes on with RFC-822, the others
** each with the one before. */
static po_code choose_type(po_address *address, const places *found, int *type,
                           const char **where) {
  int t = 0;
  while (t < CARRYING && found->dda[t] == ABSENT)
    t++;
  *type = t;
  if (t == CARRYING)
    return PO_NOT_ENCAPSULATED;
  for (t++; t < TYPES; t++) {
    int before = t == RFC822C1 ? RFC_822 : t - 1;
    bool goes_on = t >= CARRYING && found->dda[before] != ABSENT;
    if (found->dda[t] != ABSENT && !goes_on)
      return po_fail(PO_ENCAPSULATION_AMBIGUOUS,
                     value_of(address, found->dda[t])->at, where);
  }
  return PO_OK;
}

/* The value of the carrying DDA and of those that go on with it, which are all
** that were found, decoded, in scratch.  White space that means nothing is
** dropped first (Q108732), so that all spellings of an address carry the same
** one; a code may go on in the next DDA. */
static po_code read_value(po_address *address, const places *found, int type,
                          po_scratch *scratch, po_text *out) {
  size_t length = 0;
  for (int t = 0; t < TYPES; t++)
    if (found->dda[t] != ABSENT)
      length += value_of(address, found->dda[t])->length;
  po_buffer joined = {po_take(scratch, length), length, 0};
  if (joined.at == NULL)
    return PO_SCRATCH_FULL;
  for (int t = 0; t < TYPES; t++)
    if (found->dda[t] != ABSENT)
      po_put_collapsed(&joined, *value_of(address, found->dda[t]), po_put);
  *out = po_put_since(&joined, 0);
  if (!is_literal(*out, dda_types[type].dialect))
    out->length = po_decode_printable(joined.at, joined.length);
  return PO_OK;
}

/* Leaves the type, as it was written and without a value, before the DDAs that
** carry nothing: it says how to close. */
static void leave_type(po_address *address, po_text name) {
  static const po_text absent;
  for (int dda = 0; dda < DDAS; dda++)
    if (find_type(*type_of(address, dda)) != ABSENT)
      *value_of(address, dda) = absent;
  drop_empty(address);
  memmove(type_of(address, 1), type_of(address, 0),
          2 * (size_t)(DDAS - 1) * sizeof(po_text));
  *type_of(address, 0) = name;
  *value_of(address, 0) = absent;
}

static po_code open(po_address *carrier, po_scratch *scratch, po_address *inner,
                    const char **where) {
  places found;
  int type;
  po_text native;
  drop_empty(carrier);
  po_code code = find_places(carrier, &found, where);
  if (code == PO_OK)
    code = choose_type(carrier, &found, &type, where);
  if (code == PO_OK)
    code = read_value(carrier, &found, type, scratch, &native);
  if (code != PO_OK)
    return code;
  leave_type(carrier, *type_of(carrier, found.dda[type]));
  inner->dialect = dda_types[type].dialect;
  inner->type = po_constant(inner->dialect->name);
  if (inner->dialect == &po_smtp && *native.at == '@')
    code = po_take_route(&native, &inner->route, where);
  return code != PO_OK ? code : po_parse_native(native, scratch, inner, where);
}

const po_capsule po_x400_dda = {&po_x400, close, open, true, PO_NO_FIELD};
