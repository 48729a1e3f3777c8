/*
** Reading an O/R address in any of its syntaxes: components become fields, and
** which syntax it was is decided at the end, by the labels and delimiters that
** were seen.
*/
#include "read.h"

#include "component.h"

#include <string.h>

/* Labels that are no field's own. */
enum {
  UNIT = FIELDS,  /* OU=, the next unit */
  DDA,            /* dda=TYPE:VALUE (Q262112) */
  DDA_TYPE,       /* dda.type=TYPE, then */
  DDA_VALUE,      /* dda.value=VALUE (Q177869) */
  DDA_RFC_822,    /* RFC-822= for DD.RFC-822= (RFC 2156 4.1) */
  DDA_LABELLED,   /* DDA:TYPE= (RFC 1685 F.3.2.3), DD.TYPE= (RFC 2156) */
  PERSONAL_NAME,  /* PN=Given.I.Surname (RFC 2156 4.1.2) */
  POSTAL_ADDRESS, /* PD-ADDRESS=line|line (RFC 2156 4.1) */
  NO_LABEL
};

typedef struct known_label {
  const char *text;
  unsigned char length, target;
} known_label;

#define LABEL(text, target)                                                    \
  { text, sizeof(text) - 1, target }

/* Case is ignored; what Exchange writes is one of the others' labels. */
static const known_label labels[] = {
#define ATTRIBUTE(field, name, f401, mixer, bound, kind)                       \
  LABEL(f401, field), LABEL(mixer, field),
#include "attributes.h"
#undef ATTRIBUTE
    LABEL("OU", UNIT),
    LABEL("E.164", NET_NUM), /* RFC 2156 */
    LABEL("DDA", DDA),
    LABEL("DD", DDA),
    LABEL("DDA.TYPE", DDA_TYPE),
    LABEL("DDA.VALUE", DDA_VALUE),
    LABEL("DT", DDA_TYPE), /* GroupWise (Q139203) */
    LABEL("DV", DDA_VALUE),
    LABEL("RFC-822", DDA_RFC_822),
    LABEL("PN", PERSONAL_NAME),
    LABEL("PD-ADDRESS", POSTAL_ADDRESS),
    LABEL("PD-A", POSTAL_ADDRESS),
    LABEL("PD-OFFICE NUMBER", PD_OFFICE_NUM), /* RFC 1327 */
};

/* What has been seen. */
enum {
  UNIT_LISTED = 1,
  UNIT_NUMBERED = 2,
  NAME_PARTED = 4,
  NAME_WHOLE = 8,
  LINE_NUMBERED = 16,
  LINE_LISTED = 32,
  TYPE_AND_VALUE = 64,
  LOWER_CASE = 128,
  COUNTRY_FIRST = 256,
  COUNTRY_LAST = 512
};

typedef struct reader {
  x400_scanner text;
  po_address *out;
  unsigned seen;
  int count, units, ddas; /* units and DDAs without a number */
  bool country_leads;     /* before the first of those */
} reader;

static po_code fail(reader *r, po_code code, const char *at) {
  return po_fail(code, at, r->text.where);
}

/* Fields. */

static po_code set(reader *r, const x400_component *c, int field,
                   po_text value) {
  if (r->out->field[field].at != NULL)
    return fail(r, PO_X400_TWICE, c->at);
  r->out->field[field] = value;
  return PO_OK;
}

/* A blank ADMD is one space, however it is written (RFC 1685 F.3.2.1). */
static po_code set_plain(reader *r, const x400_component *c, int field) {
  bool blank = field == A && c->value.length == 0;
  return set(r, c, field, blank ? po_constant(" ") : c->value);
}

static po_code set_unit(reader *r, const x400_component *c) {
  if (r->units == UNITS)
    return fail(r, PO_X400_MANY, c->at);
  return set(r, c, OU1 + r->units++, c->value);
}

/* The DDA with the number `n`, from 0. */
static po_code set_dda(reader *r, const x400_component *c, int n, po_text type,
                       po_text value) {
  if (n >= DDAS)
    return fail(r, PO_X400_MANY, c->at);
  if (type.length == 0 && value.length > 0)
    return fail(r, PO_X400_DDA_TYPE, c->at);
  po_code code = set(r, c, po_x400_type_field(n), type);
  return code == PO_OK ? set(r, c, po_x400_value_field(n), value) : code;
}

static po_code set_dda_labelled(reader *r, const x400_component *c) {
  size_t prefix = po_x400_dda_prefix(c->label);
  char digit = c->label.at[prefix - 2];
  int n = po_is(digit, PO_DIGIT) ? digit - '1' : r->ddas++;
  po_text type = po_slice(c->label.at + prefix, po_end(c->label));
  return set_dda(r, c, n, po_trim(type), c->value);
}

static po_code set_dda_rfc_822(reader *r, const x400_component *c) {
  return set_dda(r, c, r->ddas++, c->label, c->value);
}

/* Without type and value both, as migrated address books have it (Q145585),
** it is there and empty. */
static po_code set_dda_whole(reader *r, const x400_component *c) {
  po_text text = c->value;
  if (text.length == 0)
    return set_dda(r, c, r->ddas++, text, text);
  const char *colon = memchr(text.at, ':', text.length);
  if (colon == NULL)
    return fail(r, PO_X400_DDA_TYPE, c->at);
  return set_dda(r, c, r->ddas++, po_trim(po_slice(text.at, colon)),
                 po_trim(po_slice(colon + 1, po_end(text))));
}

/* Whether a dda.type= waits for its dda.value=. */
static bool is_open(const reader *r) {
  return r->ddas > 0 &&
         r->out->field[po_x400_value_field(r->ddas - 1)].at == NULL;
}

static po_code set_dda_type(reader *r, const x400_component *c) {
  if (r->ddas == DDAS)
    return fail(r, PO_X400_MANY, c->at);
  return set(r, c, po_x400_type_field(r->ddas++), c->value);
}

static po_code set_dda_value(reader *r, const x400_component *c) {
  if (!is_open(r))
    return fail(r, PO_X400_DDA_PAIR, c->at);
  if (r->out->field[po_x400_type_field(r->ddas - 1)].length == 0 &&
      c->value.length > 0)
    return fail(r, PO_X400_DDA_TYPE, c->at);
  return set(r, c, po_x400_value_field(r->ddas - 1), c->value);
}

/* Initials without their dots: "M.T." is MT. */
static po_code set_initials(reader *r, const x400_component *c,
                            po_text dotted) {
  size_t length = dotted.length / 2;
  if (length == 0)
    return PO_OK;
  char *to = po_take(r->text.scratch, length);
  if (to == NULL)
    return PO_SCRATCH_FULL;
  for (size_t i = 0; i < length; i++)
    to[i] = dotted.at[2 * i];
  return set(r, c, I, po_slice(to, to + length));
}

static bool is_dot_or_whitespace(char c) {
  return c == '.' || po_is(c, PO_WSP);
}

/* encoded-pn = [given "."] *(initial ".") surname; a given name has two
** characters or more, no dot is among a surname's first two (RFC 2156 4.1.2).
*/
static po_code set_personal_name(reader *r, const x400_component *c) {
  const char *at = c->value.at, *end = po_end(c->value);
  const char *dot = at == end ? NULL : memchr(at, '.', (size_t)(end - at));
  po_code code = PO_OK;
  if (dot != NULL && dot - at > 1) {
    code = set(r, c, G, po_trim(po_slice(at, dot)));
    at = dot + 1;
  }
  const char *initials = at;
  while (end - at > 1 && !is_dot_or_whitespace(at[0]) && at[1] == '.')
    at += 2;
  if (at == end || is_dot_or_whitespace(*at))
    return fail(r, PO_X400_PERSONAL_NAME, c->at);
  if (code == PO_OK)
    code = set_initials(r, c, po_slice(initials, at));
  return code == PO_OK ? set(r, c, S, po_slice(at, end)) : code;
}

static po_code set_postal_address(reader *r, const x400_component *c) {
  const char *at = c->value.at, *end = po_end(c->value), *bar = at;
  for (int line = 0; bar != NULL; line++) {
    if (line == LINES)
      return fail(r, PO_X400_MANY, c->at);
    bar = at == end ? NULL : memchr(at, '|', (size_t)(end - at));
    po_text text = po_slice(at, bar == NULL ? end : bar);
    po_code code = set(r, c, PD_A1 + line, po_trim(text));
    if (code != PO_OK)
      return code;
    at = po_end(text) + 1;
  }
  return PO_OK;
}

static po_code refuse_label(reader *r, const x400_component *c) {
  return fail(r, PO_X400_LABEL_UNKNOWN, c->at);
}

/* For the labels from UNIT on. */
static po_code (*const setters[])(reader *, const x400_component *) = {
    set_unit,          set_dda_whole,      set_dda_type,
    set_dda_value,     set_dda_rfc_822,    set_dda_labelled,
    set_personal_name, set_postal_address, refuse_label,
};

/* What is seen. */

/* What the labels of a group tell. */
static const struct {
  unsigned char first, last;
  unsigned seen;
} label_groups[] = {
    {UNIT, UNIT, UNIT_LISTED},
    {OU1, OU4, UNIT_NUMBERED},
    {S, I, NAME_PARTED},
    {PERSONAL_NAME, PERSONAL_NAME, NAME_WHOLE},
    {PD_A1, PD_A6, LINE_NUMBERED},
    {POSTAL_ADDRESS, POSTAL_ADDRESS, LINE_LISTED},
    {DDA_TYPE, DDA_VALUE, TYPE_AND_VALUE},
};

/* Two ways to say one thing, of which an address uses one (RFC 2156 4.1). */
static const unsigned mixtures[] = {
    UNIT_LISTED | UNIT_NUMBERED,
    NAME_PARTED | NAME_WHOLE,
    LINE_NUMBERED | LINE_LISTED,
};

static bool is_mixed(unsigned seen) {
  for (size_t i = 0; i < sizeof mixtures / sizeof *mixtures; i++)
    if ((seen & mixtures[i]) == mixtures[i])
      return true;
  return false;
}

/* Whether the label itself, not a DDA's type, is in lower case. */
static bool is_lower(po_text text) {
  size_t prefix = po_x400_dda_prefix(text);
  if (prefix > 0)
    text.length = prefix;
  for (size_t i = 0; i < text.length; i++)
    if (text.at[i] != po_upper(text.at[i]))
      return true;
  return false;
}

static void note_country(reader *r, bool is_country) {
  r->seen &= ~(unsigned)COUNTRY_LAST;
  if (!is_country)
    return;
  r->seen |= COUNTRY_LAST;
  if (r->count == 0)
    r->seen |= COUNTRY_FIRST;
  if (r->units == 0 && r->ddas == 0)
    r->country_leads = true;
}

static void note_label(reader *r, const x400_component *c, int target) {
  for (size_t i = 0; i < sizeof label_groups / sizeof *label_groups; i++)
    if (target >= label_groups[i].first && target <= label_groups[i].last)
      r->seen |= label_groups[i].seen;
  if (is_lower(c->label))
    r->seen |= LOWER_CASE;
  note_country(r, target == C);
  r->count++;
}

/* The whole address. */

static int find_label(po_text text) {
  for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
    po_text known = {labels[i].text, labels[i].length};
    if (known.length == text.length && po_same(known, text))
      return labels[i].target;
  }
  return po_x400_dda_prefix(text) > 0 ? DDA_LABELLED : NO_LABEL;
}

static po_code read_attribute(reader *r) {
  x400_component c;
  po_code code = po_x400_next(&r->text, &c);
  if (code != PO_OK)
    return code;
  int target = find_label(c.label);
  note_label(r, &c, target);
  if (is_mixed(r->seen))
    return fail(r, PO_X400_MIXED, c.at);
  if (is_open(r) && target != DDA_VALUE)
    return fail(r, PO_X400_DDA_PAIR, c.at);
  return target < FIELDS ? set_plain(r, &c, target)
                         : setters[target - UNIT](r, &c);
}

static po_code read_attributes(reader *r) {
  do {
    po_code code = read_attribute(r);
    if (code != PO_OK)
      return code;
  } while (r->text.at < r->text.end);
  return is_open(r) ? fail(r, PO_X400_DDA_PAIR, r->text.end) : PO_OK;
}

/* Turns `count` groups of `size` texts round. */
static void reverse(po_text *list, int count, int size) {
  for (int low = 0, high = count - 1; low < high; low++, high--)
    for (int i = 0; i < size; i++) {
      po_text text = list[low * size + i];
      list[low * size + i] = list[high * size + i];
      list[high * size + i] = text;
    }
}

/* A DDA's number is its place among those that are there. */
static void close_gaps(po_text *ddas) {
  static const po_text absent;
  int to = 0;
  for (int from = 0; from < 2 * DDAS; from += 2) {
    po_text type = ddas[from], value = ddas[from + 1];
    if (type.at == NULL)
      continue;
    ddas[from] = ddas[from + 1] = absent;
    ddas[to++] = type;
    ddas[to++] = value;
  }
}

/* With slashes, the unit or DDA nearest to the country is the most
** significant: the last one (RFC 2156 4.1), unless the country leads.  MS
** Mail's dda.type= has Exchange's order. */
static void arrange(reader *r) {
  po_text *ddas = r->out->field + DDA1_TYPE;
  bool turned = po_x400_is_slashed(&r->text) && !r->country_leads;
  if (turned)
    reverse(r->out->field + OU1, r->units, 1);
  if (turned && !(r->seen & TYPE_AND_VALUE))
    reverse(ddas, r->ddas, 2);
  close_gaps(ddas);
}

static bool is_empty(const po_address *address) {
  for (int f = C; f < SYNTAX; f++)
    if (address->field[f].length > 0)
      return false;
  return true;
}

/* Only MS Mail has dda.type, only RFC 1685 doubles, only RFC 2156 ends with a
** slash; the rest is RFC 1685's where the country comes last. */
static x400_syntax slash_syntax(const reader *r) {
  unsigned country = r->seen & (COUNTRY_FIRST | COUNTRY_LAST);
  if (r->seen & TYPE_AND_VALUE)
    return MSMAIL;
  if (r->text.doubled)
    return RFC1685;
  if (r->text.delimited)
    return RFC2156;
  return country == COUNTRY_LAST && !r->text.dollar ? RFC1685 : MSMAIL;
}

/* RFC 1685 wants upper case and the country last; who writes it first writes
** Exchange's, in any case (Q254725). */
static x400_syntax semicolon_syntax(const reader *r) {
  bool leads = (r->seen & COUNTRY_FIRST) && r->count > 1;
  return leads || (r->seen & LOWER_CASE) ? EXCHANGE : RFC1685;
}

/* A missing ADMD is blank beside a country (RFC 2156 4.1.3) or, by RFC 1685,
** beside a PRMD. */
static void imply_admd(po_address *out, x400_syntax syntax) {
  bool implied = (syntax == RFC2156 && out->field[C].at != NULL) ||
                 (syntax == RFC1685 && out->field[P].at != NULL);
  if (implied && out->field[A].at == NULL)
    out->field[A] = po_constant(" ");
}

po_code po_x400_parse(po_text native, po_scratch *scratch, po_address *out,
                      const char **where) {
  reader r = {.text = {.scratch = scratch, .where = where}, .out = out};
  po_x400_begin(&r.text, native);
  po_code code = read_attributes(&r);
  if (code != PO_OK)
    return code;
  if (is_empty(out))
    return po_fail(PO_ADDRESS_EMPTY, native.at, where);
  x400_syntax syntax =
      po_x400_is_slashed(&r.text) ? slash_syntax(&r) : semicolon_syntax(&r);
  arrange(&r);
  imply_admd(out, syntax);
  out->field[SYNTAX] = po_constant(po_x400_syntaxes[syntax]);
  return PO_OK;
}
