/*
** Reading an O/R address in any of its syntaxes.
**
** A text that begins with a slash has slashes or semicolons between its
** attributes (RFC 2156 4.1), any other has semicolons, and a slash in it is
** itself (Q177869).  In a value the delimiter is doubled (RFC 1685 F.3.2.1,
** Q159291) or, where slashes delimit, stands behind a $ (RFC 2156 3.3,
** Q108732).  Which syntax it was is decided at the end, by what was seen.
*/
#include "x400.h"

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
#include "x400_attributes.h"
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
  DOUBLED = 128,
  DOLLAR = 256,
  LOWER_CASE = 512,
  COUNTRY_FIRST = 1024,
  COUNTRY_LAST = 2048,
  DELIMITER_LAST = 4096
};

typedef struct reader {
  po_scratch *scratch;
  po_address *out;
  const char **where;
  const char *at, *end;
  const char *delimiters; /* "/;" or ";" */
  unsigned saw;
  int count, units, ddas; /* units and DDAs without a number */
  bool country_leads;     /* before the first of those */
} reader;

typedef struct component {
  const char *at;
  po_text label, value;
} component;

static po_code fail(reader *r, po_code code, const char *at) {
  return po_fail(code, at, r->where);
}

static bool is_one_of(char c, const char *set) {
  return c != '\0' && strchr(set, c) != NULL;
}

static bool is_slashed(const reader *r) { return *r->delimiters == '/'; }

static void skip_blanks(reader *r) {
  while (r->at < r->end && po_is(*r->at, PO_BLANK))
    r->at++;
}

/* Components. */

/* The bytes of one character: two for one behind a $, where slashes delimit,
** and for a doubled one of `doubled`. */
static size_t unit(const reader *r, const char *at, const char *end,
                   const char *doubled) {
  if (end - at < 2)
    return 1;
  if (*at == '$' && is_slashed(r))
    return 2;
  return at[1] == *at && is_one_of(*at, doubled) ? 2 : 1;
}

/* The text before the next delimiter, and past it. */
static po_code read_raw(reader *r, po_text *raw) {
  const char *start = r->at;
  size_t length;
  for (; r->at < r->end; r->at += length) {
    length = unit(r, r->at, r->end, r->delimiters);
    if (length == 2)
      r->saw |= *r->at == '$' ? DOLLAR : DOUBLED;
    else if (is_one_of(*r->at, r->delimiters))
      break;
    else if (*r->at == '$' && is_slashed(r))
      return fail(r, PO_X400_DOLLAR, r->at);
  }
  *raw = po_slice(start, r->at);
  if (r->at == r->end) {
    r->saw &= ~(unsigned)DELIMITER_LAST;
  } else {
    r->saw |= DELIMITER_LAST;
    r->at++;
  }
  return PO_OK;
}

/* `raw` without its escapes; itself where it has none. */
static po_code unescape(reader *r, po_text raw, const char *doubled,
                        po_text *out) {
  const char *at = raw.at, *end = po_end(raw);
  *out = raw;
  while (at < end && unit(r, at, end, doubled) == 1)
    at++;
  if (at == end)
    return PO_OK;
  char *to = po_take(r->scratch, raw.length);
  if (to == NULL)
    return PO_SCRATCH_FULL;
  out->at = to;
  for (at = raw.at; at < end; at++) {
    at += unit(r, at, end, doubled) - 1;
    *to++ = *at;
  }
  out->length = (size_t)(to - out->at);
  return PO_OK;
}

/* The length of DDA: DDA. DD: DD. or of DD1. to DDA4: at the front, or 0. */
static size_t dda_prefix(po_text text) {
  size_t i = 2;
  if (text.length < 3 || po_lower(text.at[0]) != 'd' ||
      po_lower(text.at[1]) != 'd')
    return 0;
  i += po_lower(text.at[i]) == 'a';
  i += i < text.length && text.at[i] >= '1' && text.at[i] <= '4';
  return i < text.length && is_one_of(text.at[i], ":.") ? i + 1 : 0;
}

/* The = behind the label, or NULL.  One that belongs to a DDA's type is
** doubled (RFC 1685 F.3.2.3) or behind a $. */
static const char *find_equals(const reader *r, po_text raw) {
  const char *doubled = dda_prefix(raw) > 0 ? "=" : "", *end = po_end(raw);
  for (const char *at = raw.at; at < end;) {
    size_t length = unit(r, at, end, doubled);
    if (length == 1 && *at == '=')
      return at;
    at += length;
  }
  return NULL;
}

static po_code read_component(reader *r, component *c) {
  po_text raw;
  po_code code = read_raw(r, &raw);
  if (code != PO_OK)
    return code;
  const char *equals = find_equals(r, raw);
  if (equals == NULL || equals == raw.at)
    return fail(r, PO_X400_LABEL_MISSING, raw.at);
  po_text label = po_slice(raw.at, equals);
  po_text value = po_trim(po_slice(equals + 1, po_end(raw)));
  c->at = raw.at;
  code = unescape(r, label, is_slashed(r) ? "/;=" : ";=", &c->label);
  return code == PO_OK ? unescape(r, value, r->delimiters, &c->value) : code;
}

/* Fields. */

static po_code set(reader *r, const component *c, int field, po_text value) {
  if (r->out->field[field].at != NULL)
    return fail(r, PO_X400_TWICE, c->at);
  r->out->field[field] = value;
  return PO_OK;
}

/* A blank ADMD is one space, however it is written (RFC 1685 F.3.2.1). */
static po_code set_plain(reader *r, const component *c, int field) {
  bool blank = field == A && c->value.length == 0;
  return set(r, c, field, blank ? po_constant(" ") : c->value);
}

static po_code set_unit(reader *r, const component *c) {
  if (r->units == UNITS)
    return fail(r, PO_X400_MANY, c->at);
  return set(r, c, OU1 + r->units++, c->value);
}

/* The DDA with the number `n`, from 0. */
static po_code set_dda(reader *r, const component *c, int n, po_text type,
                       po_text value) {
  if (n >= DDAS)
    return fail(r, PO_X400_MANY, c->at);
  po_code code = set(r, c, DDA1_TYPE + 2 * n, type);
  return code == PO_OK ? set(r, c, DDA1_VALUE + 2 * n, value) : code;
}

static po_code set_dda_labelled(reader *r, const component *c) {
  size_t prefix = dda_prefix(c->label);
  char digit = c->label.at[prefix - 2];
  int n = po_is(digit, PO_DIGIT) ? digit - '1' : r->ddas++;
  po_text type = po_slice(c->label.at + prefix, po_end(c->label));
  return set_dda(r, c, n, type, c->value);
}

static po_code set_dda_rfc_822(reader *r, const component *c) {
  return set_dda(r, c, r->ddas++, c->label, c->value);
}

/* Without type and value both, as migrated address books have it (Q145585),
** it is there and empty. */
static po_code set_dda_whole(reader *r, const component *c) {
  po_text text = c->value;
  if (text.length == 0)
    return set_dda(r, c, r->ddas++, text, text);
  const char *colon = memchr(text.at, ':', text.length);
  if (colon == NULL)
    return fail(r, PO_X400_DDA_TYPE, c->at);
  return set_dda(r, c, r->ddas++, po_slice(text.at, colon),
                 po_slice(colon + 1, po_end(text)));
}

/* Whether a dda.type= waits for its dda.value=. */
static bool is_open(const reader *r) {
  return r->ddas > 0 &&
         r->out->field[DDA1_VALUE + 2 * (r->ddas - 1)].at == NULL;
}

static po_code set_dda_type(reader *r, const component *c) {
  if (r->ddas == DDAS)
    return fail(r, PO_X400_MANY, c->at);
  return set(r, c, DDA1_TYPE + 2 * r->ddas++, c->value);
}

static po_code set_dda_value(reader *r, const component *c) {
  if (!is_open(r))
    return fail(r, PO_X400_DDA_PAIR, c->at);
  return set(r, c, DDA1_VALUE + 2 * (r->ddas - 1), c->value);
}

/* Initials without their dots: "M.T." is MT. */
static po_code set_initials(reader *r, const component *c, po_text dotted) {
  size_t length = dotted.length / 2;
  if (length == 0)
    return PO_OK;
  char *to = po_take(r->scratch, length);
  if (to == NULL)
    return PO_SCRATCH_FULL;
  for (size_t i = 0; i < length; i++)
    to[i] = dotted.at[2 * i];
  return set(r, c, I, po_slice(to, to + length));
}

/* encoded-pn = [given "."] *(initial ".") surname; a given name has two
** characters or more, no dot is among a surname's first two (RFC 2156 4.1.2).
*/
static po_code set_personal_name(reader *r, const component *c) {
  const char *at = c->value.at, *end = po_end(c->value);
  const char *dot = at == end ? NULL : memchr(at, '.', (size_t)(end - at));
  po_code code = PO_OK;
  if (dot != NULL && dot - at > 1) {
    code = set(r, c, G, po_slice(at, dot));
    at = dot + 1;
  }
  const char *initials = at;
  while (end - at > 1 && at[0] != '.' && at[1] == '.')
    at += 2;
  if (at == end || *at == '.')
    return fail(r, PO_X400_PERSONAL_NAME, c->at);
  if (code == PO_OK)
    code = set_initials(r, c, po_slice(initials, at));
  return code == PO_OK ? set(r, c, S, po_slice(at, end)) : code;
}

static po_code set_postal_address(reader *r, const component *c) {
  const char *at = c->value.at, *end = po_end(c->value), *bar = at;
  for (int line = 0; bar != NULL; line++) {
    if (line == LINES)
      return fail(r, PO_X400_MANY, c->at);
    bar = at == end ? NULL : memchr(at, '|', (size_t)(end - at));
    po_text text = po_slice(at, bar == NULL ? end : bar);
    po_code code = set(r, c, PD_A1 + line, text);
    if (code != PO_OK)
      return code;
    at = po_end(text) + 1;
  }
  return PO_OK;
}

static po_code refuse_label(reader *r, const component *c) {
  return fail(r, PO_X400_LABEL_UNKNOWN, c->at);
}

/* For the labels from UNIT on. */
static po_code (*const setters[])(reader *, const component *) = {
    set_unit,          set_dda_whole,      set_dda_type,
    set_dda_value,     set_dda_rfc_822,    set_dda_labelled,
    set_personal_name, set_postal_address, refuse_label,
};

/* What is seen. */

static const struct {
  unsigned char first, last;
  unsigned saw;
} sights[] = {
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

static bool is_mixed(unsigned saw) {
  for (size_t i = 0; i < sizeof mixtures / sizeof *mixtures; i++)
    if ((saw & mixtures[i]) == mixtures[i])
      return true;
  return false;
}

/* Whether the label itself, not a DDA's type, is in lower case. */
static bool is_lower(po_text text) {
  size_t prefix = dda_prefix(text);
  if (prefix > 0)
    text.length = prefix;
  for (size_t i = 0; i < text.length; i++)
    if (text.at[i] != po_upper(text.at[i]))
      return true;
  return false;
}

static void see_country(reader *r, bool is_country) {
  r->saw &= ~(unsigned)COUNTRY_LAST;
  if (!is_country)
    return;
  r->saw |= COUNTRY_LAST;
  if (r->count == 0)
    r->saw |= COUNTRY_FIRST;
  if (r->units == 0 && r->ddas == 0)
    r->country_leads = true;
}

static void see(reader *r, const component *c, int target) {
  for (size_t i = 0; i < sizeof sights / sizeof *sights; i++)
    if (target >= sights[i].first && target <= sights[i].last)
      r->saw |= sights[i].saw;
  if (is_lower(c->label))
    r->saw |= LOWER_CASE;
  see_country(r, target == C);
  r->count++;
}

/* The whole address. */

static int find_label(po_text text) {
  for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
    po_text known = {labels[i].text, labels[i].length};
    if (known.length == text.length && po_same(known, text))
      return labels[i].target;
  }
  return dda_prefix(text) > 0 ? DDA_LABELLED : NO_LABEL;
}

static po_code read_attribute(reader *r) {
  component c;
  po_code code = read_component(r, &c);
  if (code != PO_OK)
    return code;
  int target = find_label(c.label);
  see(r, &c, target);
  if (is_mixed(r->saw))
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
    skip_blanks(r);
  } while (r->at < r->end);
  return is_open(r) ? fail(r, PO_X400_DDA_PAIR, r->end) : PO_OK;
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

/* With slashes, the unit or DDA nearest to the country is the most
** significant: the last one (RFC 2156 4.1), unless the country leads. */
static void arrange(reader *r) {
  if (!is_slashed(r) || r->country_leads)
    return;
  reverse(r->out->field + OU1, r->units, 1);
  reverse(r->out->field + DDA1_TYPE, r->ddas, 2);
}

/* Only MS Mail has dda.type, only RFC 1685 doubles, only RFC 2156 ends with a
** slash; the rest is RFC 1685's where the country comes last. */
static x400_syntax slash_syntax(unsigned saw) {
  unsigned country = saw & (COUNTRY_FIRST | COUNTRY_LAST);
  if (saw & TYPE_AND_VALUE)
    return MSMAIL;
  if (saw & DOUBLED)
    return RFC1685;
  if (saw & DELIMITER_LAST)
    return RFC2156;
  return country == COUNTRY_LAST && !(saw & DOLLAR) ? RFC1685 : MSMAIL;
}

/* RFC 1685 wants upper case and the country last; who writes it first writes
** Exchange's, in any case (Q254725). */
static x400_syntax semicolon_syntax(const reader *r) {
  bool leads = (r->saw & COUNTRY_FIRST) && r->count > 1;
  return leads || (r->saw & LOWER_CASE) ? EXCHANGE : RFC1685;
}

/* A missing ADMD is blank beside a country (RFC 2156 4.1.3) or, by RFC 1685,
** beside a PRMD. */
static void imply_admd(po_address *out, x400_syntax syntax) {
  bool implied = (syntax == RFC2156 && out->field[C].at != NULL) ||
                 (syntax == RFC1685 && out->field[P].at != NULL);
  if (implied && out->field[A].at == NULL)
    out->field[A] = po_constant(" ");
}

/* "X.400:" may stand before the attributes (RFC 1685 F.3.2.1). */
static void skip_prefix(reader *r) {
  po_text prefix = po_constant("X.400:"), rest = po_slice(r->at, r->end);
  if (rest.length <= prefix.length)
    return;
  rest.length = prefix.length;
  if (!po_same(prefix, rest))
    return;
  r->at += prefix.length;
  skip_blanks(r);
}

po_code po_x400_parse(po_text native, po_scratch *scratch, po_address *out,
                      const char **where) {
  reader r = {.scratch = scratch,
              .out = out,
              .where = where,
              .at = native.at,
              .end = po_end(native),
              .delimiters = ";"};
  const char *control = po_find_control(native);
  if (control != NULL)
    return po_fail(PO_CONTROL_CHARACTER, control, where);
  skip_prefix(&r);
  if (*r.at == '/') {
    r.delimiters = "/;";
    r.at++;
    skip_blanks(&r);
  }
  po_code code = read_attributes(&r);
  if (code != PO_OK)
    return code;
  x400_syntax syntax =
      is_slashed(&r) ? slash_syntax(r.saw) : semicolon_syntax(&r);
  arrange(&r);
  imply_admd(out, syntax);
  out->field[SYNTAX] = po_constant(po_x400_syntaxes[syntax]);
  return PO_OK;
}
