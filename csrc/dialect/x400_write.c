/*
** Writing an O/R address: each syntax has an order of attributes, labels and
** an escape of its own.
*/
#include "x400.h"

#include <string.h>

/* RFC 1685 2: G I S Q CN O OU1 to OU4 P A C; what else there is, before. */
static const unsigned char f401_order[] = {
    X121,
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
    C,
    FIELDS,
};

/* RFC 2156 4.1: the most significant on the right. */
static const unsigned char mixer_order[] = {
    X121,
    N_ID,
    T_ID,
    T_TY,
    NET_NUM,
    NET_SUB,
    NET_PSAP,
    DDA4_TYPE,
    DDA3_TYPE,
    DDA2_TYPE,
    DDA1_TYPE,
    PD_SERVICE,
    PD_PN,
    PD_O,
    PD_EXT_ADDRESS,
    PD_A1,
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
    OU4,
    OU3,
    OU2,
    OU1,
    O,
    P,
    A,
    C,
    FIELDS,
};

typedef struct style {
  const unsigned char *order; /* NULL: as the fields stand */
  const char *start, *between, *finish;
  const char *specials; /* doubled, or behind a $ */
  bool dollar;
  const char *dda; /* NULL: dda.type= and dda.value= */
} style;

static const style styles[SYNTAXES] = {
    {NULL, "", ";", ";", ";", false, "dda:"},
    {f401_order, "", "; ", "", ";", false, "DDA:"},
    {mixer_order, "/", "/", "/", "/;=$", true, "DD."},
    {NULL, "/", "/", "", "/;$", true, NULL},
};

/* How values are put down. */
typedef enum careful {
  AS_THEY_ARE,
  CLEAN, /* without idle blanks */
  FOLDED /* and in lower case */
} careful;

typedef struct writer {
  const po_address *address;
  const style *style;
  careful care;
  po_buffer *out;
  bool begun;
} writer;

static void put(writer *w, const char *text) {
  po_put(w->out, po_constant(text));
}

static void put_escaped(writer *w, char c, const char *specials) {
  if (c != '\0' && strchr(specials, c) != NULL)
    po_put_char(w->out, w->style->dollar ? '$' : c);
  po_put_char(w->out, w->care == FOLDED ? po_lower(c) : c);
}

static void put_text(writer *w, po_text text, const char *specials) {
  bool idle = false;
  if (w->care != AS_THEY_ARE)
    text = po_trim(text);
  for (size_t i = 0; i < text.length; i++) {
    bool blank = w->care != AS_THEY_ARE && po_is(text.at[i], PO_BLANK);
    if (!blank || !idle)
      put_escaped(w, blank ? ' ' : text.at[i], specials);
    idle = blank;
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

/* Exchange's label is the field's name. */
static void put_name(writer *w, const char *name) {
  for (; *name != '\0'; name++)
    po_put_char(w->out, *name == '_' ? '-' : *name);
}

static void put_label(writer *w, int field) {
  static const char *const labels[][2] = {
#define ATTRIBUTE(field, name, f401, mixer, bound, kind) {f401, mixer},
#include "x400_attributes.h"
#undef ATTRIBUTE
  };
  bool is_mixer = w->style->order == mixer_order;
  begin(w);
  if (w->style->order == NULL)
    put_name(w, po_x400_fields[field]);
  else if (is_mixer && field >= OU1 && field <= OU4)
    put(w, "OU");
  else
    put(w, labels[field][is_mixer]);
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

/* A = in the type would end it, but in dda.type=. */
static void put_dda(writer *w, int field) {
  const po_text *dda = w->address->field + field;
  begin(w);
  if (w->style->dda == NULL) {
    put(w, "dda.type");
    put_value(w, dda[0]);
    begin(w);
    put(w, "dda.value");
  } else {
    put(w, w->style->dda);
    put_text(w, dda[0], w->style->dollar ? "/;=$" : ";=");
  }
  put_value(w, dda[1]);
}

/* Six lines as one attribute (RFC 2156 4.1). */
static void put_postal_address(writer *w) {
  begin(w);
  put(w, "PD-ADDRESS=");
  for (int line = 0; line < LINES; line++) {
    po_text text = w->address->field[PD_A1 + line];
    if (line > 0 && text.at != NULL)
      po_put_char(w->out, '|');
    put_text(w, text, w->style->specials);
  }
}

/* Preferred spellings leave out what is empty (Q145585), keys also a blank
** ADMD, which may be left out anyway (RFC 1685 2). */
static bool is_idle(const writer *w, int field) {
  po_text text = w->address->field[field];
  if (text.at == NULL || w->care == AS_THEY_ARE)
    return text.at == NULL;
  return po_trim(text).length == 0 && (field != A || w->care == FOLDED);
}

static void put_field(writer *w, int field) {
  bool is_dda = field >= DDA1_TYPE && field <= DDA4_VALUE;
  if (is_idle(w, field))
    return;
  if (!is_dda && (field != PD_A1 || w->style->order != mixer_order))
    put_attribute(w, field);
  else if (!is_dda)
    put_postal_address(w);
  else if ((field - DDA1_TYPE) % 2 == 0)
    put_dda(w, field);
}

static void write(const po_address *address, x400_syntax syntax, careful care,
                  po_buffer *out) {
  writer w = {address, &styles[syntax], care, out, false};
  if (w.style->order == NULL)
    for (int f = C; f < SYNTAX; f++)
      put_field(&w, f);
  else
    for (const unsigned char *f = w.style->order; *f != FIELDS; f++)
      put_field(&w, *f);
  put(&w, w.style->finish);
}

void po_x400_format(const po_address *address, po_buffer *out) {
  write(address, po_x400_syntax(address), AS_THEY_ARE, out);
}

void po_x400_normalize(const po_address *address, po_buffer *out) {
  write(address, po_x400_syntax(address), CLEAN, out);
}

void po_x400_fold(const po_address *address, po_buffer *out) {
  write(address, EXCHANGE, FOLDED, out);
}
