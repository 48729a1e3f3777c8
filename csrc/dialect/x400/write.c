/*
** Writing an O/R address: each syntax has an order of attributes, labels and
** an escape of its own.
*/
#include "write.h"

#include <string.h>

/* RFC 1685 2: G I S Q CN O OU1 to OU4 P A C; all others before them. */
static const unsigned char order[] = {X121,
                                      N_ID,
                                      T_ID,
                                      T_TY,
                                      NET_NUM,
                                      NET_SUB,
                                      NET_PSAP,
                                      DDA1_TYPE,
                                      DDA2_TYPE,
                                      DDA3_TYPE,
                                      DDA4_TYPE,
                                      PD_SERVICE,
                                      PD_PN,
                                      PD_O,
                                      PD_EXT_ADDRESS,
                                      PD_A1,
                                      PD_A2,
                                      PD_A3,
                                      PD_A4,
                                      PD_A5,
                                      PD_A6,
                                      PD_EXT_DELIVERY,
                                      PD_STREET,
                                      PD_BOX,
                                      PD_RESTANTE,
                                      PD_UNIQUE,
                                      PD_LOCAL,
                                      PD_OFFICE,
                                      PD_OFFICE_NUM,
                                      PD_CODE,
                                      PD_C,
                                      G,
                                      I,
                                      S,
                                      Q,
                                      CN,
                                      O,
                                      OU1,
                                      OU2,
                                      OU3,
                                      OU4,
                                      P,
                                      A,
                                      C};

/* RFC 2156 4.1 has the most significant on the right: units before their
** organization, the first of them last, and so with DDAs. */
static int mirrored(int field) {
  if (field >= O && field <= OU4)
    return O + OU4 - field;
  if (field >= DDA1_TYPE && field <= DDA4_TYPE)
    return DDA1_TYPE + DDA4_TYPE - field;
  return field;
}

typedef enum arrangement { AS_THE_FIELDS, ORDERED, MIRRORED } arrangement;

typedef struct style {
  const char *start, *between, *finish;
  const char *specials; /* doubled, or after a $ */
  const char *dda;      /* NULL: dda.type= and dda.value= */
  arrangement arrangement;
  bool dollar;
} style;

static const style styles[SYNTAXES] = {
    {"", ";", ";", ";", "dda:", AS_THE_FIELDS, false},
    {"", "; ", "", ";", "DDA:", ORDERED, false},
    {"/", "/", "/", "/;=$", "DD.", MIRRORED, true},
    {"/", "/", "", "/;$", NULL, AS_THE_FIELDS, true},
};

/* How values are written. */
typedef enum x400_form {
  AS_THEY_ARE,
  CLEAN, /* without superfluous white space */
  FOLDED /* and in lower case */
} x400_form;

typedef struct writer {
  const po_address *address;
  const style *style;
  x400_form form;
  po_buffer *out;
  bool begun;
} writer;

static void put(writer *w, const char *text) {
  po_put(w->out, po_constant(text));
}

static void put_escaped(writer *w, char c, const char *specials) {
  if (c != '\0' && strchr(specials, c) != NULL)
    po_put_char(w->out, w->style->dollar ? '$' : c);
  po_put_char(w->out, w->form == FOLDED ? po_lower(c) : c);
}

/* Puts `text`; unless values are written as they are, runs of white space in it
** become one space. */
static void put_text(writer *w, po_text text, const char *specials) {
  bool is_run = false;
  if (w->form != AS_THEY_ARE)
    text = po_trim(text);
  for (size_t i = 0; i < text.length; i++) {
    bool is_space = w->form != AS_THEY_ARE && po_is(text.at[i], PO_WSP);
    if (!is_space || !is_run)
      put_escaped(w, is_space ? ' ' : text.at[i], specials);
    is_run = is_space;
  }
}

static void put_value(writer *w, po_text value) {
  po_put_char(w->out, '=');
  put_text(w, value, w->style->specials);
}

static void begin(writer *w) {
  put(w, w->begun ? w->style->between : w->style->start);
  w->begun = true;
}

/* Whether an attribute is not written.  Preferred spellings leave out what is
** empty (Q145585), keys also a blank ADMD, since it is optional (RFC 1685 2).
*/
static bool is_left_out(const writer *w, int field) {
  po_text text = w->address->field[field];
  if (text.at == NULL || w->form == AS_THEY_ARE)
    return text.at == NULL;
  return po_trim(text).length == 0 && (field != A || w->form == FOLDED);
}

/* Whether one of the attributes is missing before another one. */
static bool has_gap(const writer *w, int first, int last) {
  for (int f = first + 1; f <= last; f++)
    if (is_left_out(w, f - 1) && !is_left_out(w, f))
      return true;
  return false;
}

static bool is_mixer(const writer *w) {
  return w->style->arrangement == MIRRORED;
}

/* Exchange's label is the field's name. */
static void put_name(writer *w, const char *name) {
  for (; *name != '\0'; name++)
    po_put_char(w->out, *name == '_' ? '-' : *name);
}

/* RFC 2156 lists units without their numbers, unless one is missing. */
static void put_label(writer *w, int field) {
  static const char *const labels[][2] = {
#define ATTRIBUTE(field, name, f401, mixer, bound, kind) {f401, mixer},
#include "attributes.h"
#undef ATTRIBUTE
  };
  bool is_unit = field >= OU1 && field <= OU4;
  begin(w);
  if (w->style->arrangement == AS_THE_FIELDS)
    put_name(w, po_x400_fields[field]);
  else if (is_mixer(w) && is_unit && !has_gap(w, OU1, OU4))
    put(w, "OU");
  else
    put(w, labels[field][is_mixer(w)]);
}

/* A blank ADMD is a space. */
static void put_attribute(writer *w, int field) {
  po_text value = w->address->field[field];
  put_label(w, field);
  if (field == A && po_trim(value).length == 0)
    put(w, "= ");
  else
    put_value(w, value);
}

/* A leading '=' in a DDA's value would read as an escaped '='; a space, which
** does not count, is put before it. */
static void put_dda_value(writer *w, po_text value) {
  po_text trimmed = po_trim(value);
  bool is_escaped = strchr(w->style->specials, '=') != NULL;
  po_put_char(w->out, '=');
  if (!is_escaped && trimmed.length > 0 && *trimmed.at == '=')
    po_put_char(w->out, ' ');
  put_text(w, value, w->style->specials);
}

/* An '=' would end the type, but not that of dda.type=. */
static void put_dda(writer *w, int field) {
  const po_text *dda = w->address->field + field;
  begin(w);
  if (w->style->dda == NULL) {
    put(w, "dda.type");
    put_dda_value(w, dda[0]);
    begin(w);
    put(w, "dda.value");
  } else {
    put(w, w->style->dda);
    put_text(w, dda[0], w->style->dollar ? "/;=$" : ";=");
  }
  put_dda_value(w, dda[1]);
}

/* Whether the lines can be one attribute (RFC 2156 4.1). */
static bool is_listed(const writer *w) {
  const po_text *lines = w->address->field + PD_A1;
  for (int line = 0; line < LINES; line++)
    if (lines[line].length > 0 &&
        memchr(lines[line].at, '|', lines[line].length) != NULL)
      return false;
  return is_mixer(w) && !has_gap(w, PD_A1, PD_A6);
}

static void put_postal_address(writer *w) {
  begin(w);
  put(w, "PD-ADDRESS=");
  for (int line = 0; line < LINES; line++) {
    po_text text = w->address->field[PD_A1 + line];
    if (line > 0 && !is_left_out(w, PD_A1 + line))
      po_put_char(w->out, '|');
    put_text(w, text, w->style->specials);
  }
}

static void put_field(writer *w, int field) {
  bool is_dda = field >= DDA1_TYPE && field <= DDA4_VALUE;
  bool is_line = field >= PD_A1 && field <= PD_A6;
  if (is_left_out(w, field))
    return;
  if (!is_dda && !(is_line && is_listed(w)))
    put_attribute(w, field);
  else if (field == PD_A1)
    put_postal_address(w);
  else if (is_dda && (field - DDA1_TYPE) % 2 == 0)
    put_dda(w, field);
}

static void write(const po_address *address, x400_syntax syntax, x400_form form,
                  po_buffer *out) {
  writer w = {address, &styles[syntax], form, out, false};
  bool is_mirrored = w.style->arrangement == MIRRORED;
  if (w.style->arrangement == AS_THE_FIELDS)
    for (int f = C; f < SYNTAX; f++)
      put_field(&w, f);
  else
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
      put_field(&w, is_mirrored ? mirrored(order[i]) : order[i]);
  put(&w, w.style->finish);
}

void po_x400_format(const po_address *address, po_buffer *out) {
  write(address, po_x400_syntax(address), AS_THEY_ARE, out);
}

po_code po_x400_normalize(const po_address *address, po_buffer *out) {
  write(address, po_x400_syntax(address), CLEAN, out);
  return PO_OK;
}

po_code po_x400_fold(const po_address *address, po_buffer *out) {
  write(address, EXCHANGE, FOLDED, out);
  return PO_OK;
}

/* Moves the DDAs to the front that have a type. */
static void close_gaps(po_address *address) {
  static const po_text absent = {NULL, 0};
  int to = 0;
  for (int from = 0; from < DDAS; from++) {
    po_text type = address->field[po_x400_type_field(from)];
    po_text value = address->field[po_x400_value_field(from)];
    address->field[po_x400_type_field(from)] = absent;
    address->field[po_x400_value_field(from)] = absent;
    if (type.at == NULL)
      continue;
    address->field[po_x400_type_field(to)] = type;
    address->field[po_x400_value_field(to++)] = value;
  }
}

po_code po_x400_canonical(const po_address *address, po_buffer *room,
                          po_address *out) {
  static const po_text absent = {NULL, 0};
  for (int f = C; f < SYNTAX; f++) {
    po_text text = po_put_part(room, address->field[f]);
    out->field[f] = text.length == 0 ? absent : text;
  }
  out->field[SYNTAX] = absent;
  close_gaps(out);
  return PO_OK;
}
