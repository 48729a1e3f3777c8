/*
** IDNA 2008: RFC 5890 (words), 5891 (protocol), 5892 (characters), 5893 (bidi).
**
** A label is read as its NFC in lower case; nothing else is mapped, unlike in
** UTS 46, which drops U+200B and makes a dot of U+FF0E.  What comes out is held
** to the rules for registering labels, not to the laxer ones for looking them
** up: they are what makes a U-label (RFC 5890 2.3.2.1).  libidn2 knows them in
** idn2_register_u8, which maps nothing.
*/
#include "idna.h"

#include <string.h>

enum {
  LABEL_OCTETS = 63, /* RFC 1035 2.3.4 */
  ACE_OCTETS = 4,    /* "xn--" */
  /* A digit of Punycode or more stands for each character of a U-label... */
  ULABEL_CHARACTERS = LABEL_OCTETS - ACE_OCTETS,
  /* ...which canonically is four at most, of four octets at most. */
  READ_OCTETS = 4 * 4 * ULABEL_CHARACTERS
};

static bool has_hyphens(po_text label) {
  return label.length >= ACE_OCTETS && label.at[2] == '-' && label.at[3] == '-';
}

static bool is_ace(po_text label) {
  return has_hyphens(label) && po_lower(label.at[0]) == 'x' &&
         po_lower(label.at[1]) == 'n';
}

bool po_is_idn_label(po_text label) {
  return has_hyphens(label) || po_find_high(label) != NULL;
}

#ifdef PO_IDN2

#include <assert.h>
#include <idn2.h>
#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

/* A label, read. */
typedef struct characters {
  uint32_t at[2 * READ_OCTETS]; /* in lower case U+0130 is two */
  size_t count;
} characters;

/*
** Lower case as the Unicode Character Database has it for single characters,
** with two exceptions.  U+0130, I with a dot, keeps its dot, so that it is not
** one with i (SpecialCasing.txt).  Cherokee's capitals stay: case folding makes
** capitals of its small letters, so that RFC 5892 2.2 allows those alone.
*/
static void put_lower(characters *to, uint32_t c) {
  bool cherokee = c >= 0x13a0 && c <= 0x13f5;
  if (c == 0x0130) {
    to->at[to->count++] = 'i';
    c = 0x0307;
  }
  to->at[to->count++] = cherokee ? c : uc_tolower(c);
}

/* Makes `from` NFC in `to`, READ_OCTETS characters at most. */
static po_code compose(const uint32_t *from, size_t count, characters *to) {
  to->count = READ_OCTETS;
  uint32_t *made = u32_normalize(UNINORM_NFC, from, count, to->at, &to->count);
  if (made == NULL)
    return PO_IDN_MEMORY;
  if (made == to->at)
    return PO_OK;
  free(made);
  return PO_DOMAIN_LABEL_LENGTH;
}

/* Of which NFC makes a ; and a `, and which no domain has. */
static bool becomes_special(uint32_t c) { return c == 0x037e || c == 0x1fef; }

/* The NFC of a label in lower case. */
static po_code read_label(po_text label, characters *out) {
  characters read;
  if (label.length > READ_OCTETS)
    return PO_DOMAIN_LABEL_LENGTH;
  read.count = 0;
  for (const char *at = label.at; at < po_end(label);) {
    uint32_t c = po_next_character(&at, po_end(label));
    if (becomes_special(c))
      return PO_DOMAIN_LABEL_DISALLOWED;
    read.at[read.count++] = c;
  }
  po_code code = compose(read.at, read.count, out);
  if (code != PO_OK)
    return code;
  read.count = 0;
  for (size_t i = 0; i < out->count; i++)
    put_lower(&read, out->at[i]);
  return compose(read.at, read.count, out);
}

static void put_characters(po_buffer *out, const characters *label) {
  for (size_t i = 0; i < label->count; i++)
    po_put_character(out, label->at[i]);
}

/* What libidn2 has against a label. */
static po_code code_of(int result) {
  switch (result) {
  case IDN2_OK:
    return PO_OK;
  case IDN2_MALLOC:
  case IDN2_NFC:
    return PO_IDN_MEMORY;
  case IDN2_PUNYCODE_BIG_OUTPUT:
  case IDN2_TOO_BIG_LABEL:
    return PO_DOMAIN_LABEL_LENGTH;
  case IDN2_2HYPHEN:
    return PO_DOMAIN_LABEL_RESERVED;
  case IDN2_HYPHEN_STARTEND:
    return PO_DOMAIN_LABEL_HYPHEN;
  case IDN2_LEADING_COMBINING:
    return PO_DOMAIN_LABEL_MARK;
  case IDN2_DISALLOWED:
    return PO_DOMAIN_LABEL_DISALLOWED;
  case IDN2_CONTEXTJ:
  case IDN2_CONTEXTJ_NO_RULE:
  case IDN2_CONTEXTO:
  case IDN2_CONTEXTO_NO_RULE:
    return PO_DOMAIN_LABEL_CONTEXT;
  case IDN2_UNASSIGNED:
    return PO_DOMAIN_LABEL_UNASSIGNED;
  case IDN2_BIDI:
    return PO_DOMAIN_LABEL_BIDI;
  default:
    return PO_DOMAIN_LABEL_ALABEL;
  }
}

/*
** Of RFC 5893 2 what libidn2 leaves out, for a label that begins with a letter
** from right to left: it ends in a letter or a digit but for marks (rule 3),
** and has digits of one kind, European or Arabic (rule 4).
*/
static po_code check_direction(const characters *label) {
  assert(label->count > 0);
  int first = uc_bidi_category(label->at[0]), last = first;
  bool european = false, arabic = false;
  if (first != UC_BIDI_R && first != UC_BIDI_AL)
    return PO_OK;
  for (size_t i = 1; i < label->count; i++) {
    int category = uc_bidi_category(label->at[i]);
    european |= category == UC_BIDI_EN;
    arabic |= category == UC_BIDI_AN;
    last = category == UC_BIDI_NSM ? last : category;
  }
  bool ends = last == UC_BIDI_R || last == UC_BIDI_AL || last == UC_BIDI_EN ||
              last == UC_BIDI_AN;
  return ends && !(european && arabic) ? PO_OK : PO_DOMAIN_LABEL_BIDI;
}

/* The A-label of a label that was read, with a final NUL. */
static po_code encode(const characters *label, char alabel[LABEL_OCTETS + 1]) {
  char utf8[4 * ULABEL_CHARACTERS + 1];
  uint8_t *made = NULL;
  if (label->count > ULABEL_CHARACTERS)
    return PO_DOMAIN_LABEL_LENGTH;
  po_buffer out = {utf8, sizeof utf8, 0};
  put_characters(&out, label);
  po_put_char(&out, '\0');
  po_code code =
      code_of(idn2_register_u8((const uint8_t *)utf8, NULL, &made, 0));
  if (code != PO_OK)
    return code;
  memcpy(alabel, made, strlen((const char *)made) + 1);
  idn2_free(made);
  return check_direction(label);
}

static bool is_ldh(uint32_t c) {
  return c < 0x80 && (c == '-' || po_is((char)c, PO_ALPHA | PO_DIGIT));
}

/* Whether all of a label is ASCII, of which it may have LDH alone. */
static po_code check_ascii(const characters *label, bool *ascii) {
  *ascii = true;
  for (size_t i = 0; i < label->count; i++) {
    if (label->at[i] < 0x80 && !is_ldh(label->at[i]))
      return PO_DOMAIN_LABEL_DISALLOWED;
    if (label->at[i] >= 0x80)
      *ascii = false;
  }
  return PO_OK;
}

/* The ASCII form of a label that is not ASCII, with a final NUL. */
static po_code convert(po_text label, char alabel[LABEL_OCTETS + 1]) {
  characters read;
  bool ascii = false;
  po_code code = read_label(label, &read);
  if (code == PO_OK)
    code = check_ascii(&read, &ascii);
  if (code != PO_OK || !ascii)
    return code == PO_OK ? encode(&read, alabel) : code;
  if (read.count > LABEL_OCTETS) /* U+212A, the sign of Kelvin, is a K in NFC */
    return PO_DOMAIN_LABEL_LENGTH;
  for (size_t i = 0; i < read.count; i++)
    alabel[i] = (char)read.at[i];
  alabel[read.count] = '\0';
  return PO_OK;
}

/* What there is against the label of "a" and a character. */
static po_code judge(po_text character) {
  char alabel[LABEL_OCTETS + 1], text[1 + 4] = "a";
  memcpy(text + 1, character.at, character.length);
  return convert((po_text){text, 1 + character.length}, alabel);
}

/* The first character that no label has, if `code` says that there is one; else
** where the label begins. */
static const char *find_culprit(po_code code, po_text label) {
  if (code != PO_DOMAIN_LABEL_DISALLOWED && code != PO_DOMAIN_LABEL_UNASSIGNED)
    return label.at;
  for (const char *at = label.at, *next = at; at < po_end(label); at = next) {
    po_next_character(&next, po_end(label));
    if (judge(po_slice(at, next)) == code)
      return at;
  }
  return label.at;
}

/* The same, with the place of what is wrong. */
static po_code to_ascii(po_text label, char alabel[LABEL_OCTETS + 1],
                        const char **where) {
  po_code code = convert(label, alabel);
  return code == PO_OK ? PO_OK
                       : po_fail(code, find_culprit(code, label), where);
}

/* The U-label of what libidn2 has found to be an A-label. */
static po_code decode(const char *alabel, characters *out) {
  uint32_t *made = NULL;
  if (idn2_to_unicode_8z4z(alabel, &made, 0) != IDN2_OK)
    return PO_IDN_MEMORY;
  for (out->count = 0; made[out->count] != 0; out->count++)
    out->at[out->count] = made[out->count];
  idn2_free(made);
  return PO_OK;
}

/* Whether "xn--..." is what its decoded text is encoded as, which is left. */
static po_code check_alabel(po_text label, characters *decoded) {
  char alabel[LABEL_OCTETS + 1];
  if (label.length > LABEL_OCTETS)
    return PO_DOMAIN_LABEL_LENGTH;
  po_buffer out = {alabel, sizeof alabel, 0};
  po_put_lower(&out, label);
  po_put_char(&out, '\0');
  po_code code =
      code_of(idn2_register_u8(NULL, (const uint8_t *)alabel, NULL, 0));
  if (code == PO_OK)
    code = decode(alabel, decoded);
  if (code == PO_OK)
    code = check_direction(decoded);
  /* What is not NFC, or too long to be encoded, does not come back. */
  return code == PO_DOMAIN_LABEL_LENGTH ? PO_DOMAIN_LABEL_ALABEL : code;
}

static po_code check_ascii_label(po_text label) {
  characters decoded;
  if (!has_hyphens(label))
    return PO_OK;
  return is_ace(label) ? check_alabel(label, &decoded)
                       : PO_DOMAIN_LABEL_RESERVED;
}

po_code po_check_idn_label(po_text label, size_t *octets, const char **where) {
  char alabel[LABEL_OCTETS + 1];
  *octets = label.length;
  if (po_find_high(label) == NULL)
    return po_fail(check_ascii_label(label), label.at, where);
  po_code code = to_ascii(label, alabel, where);
  if (code != PO_OK)
    return code;
  *octets = strlen(alabel);
  return po_fail(check_ascii_label(po_constant(alabel)), label.at, where);
}

/* The U-label of an A-label; what is no A-label stays as it is. */
static po_code put_decoded(po_text label, po_buffer *out) {
  characters decoded;
  po_code code = check_alabel(label, &decoded);
  if (code == PO_OK)
    put_characters(out, &decoded);
  else if (code != PO_IDN_MEMORY)
    po_put_lower(out, label);
  return code == PO_IDN_MEMORY ? code : PO_OK;
}

/* The NFC in lower case, whatever it is; a label that nobody can have stays. */
static po_code put_as_it_is(po_text label, po_buffer *out) {
  characters read;
  po_code code = read_label(label, &read);
  if (code == PO_OK)
    put_characters(out, &read);
  else if (code != PO_IDN_MEMORY)
    po_put_lower(out, label);
  return code == PO_IDN_MEMORY ? code : PO_OK;
}

/* The form UNICODE of ASCII. */
static po_code put_unicode(po_text label, po_buffer *out) {
  if (is_ace(label))
    return put_decoded(label, out);
  po_put_lower(out, label);
  return PO_OK;
}

/* A form that is made of the ASCII form. */
static po_code put_converted(po_text label, po_domain_form form, po_buffer *out,
                             const char **where) {
  char alabel[LABEL_OCTETS + 1];
  po_text ascii = label;
  if (po_find_high(label) != NULL) {
    po_code code = to_ascii(label, alabel, where);
    if (code != PO_OK)
      return code;
    ascii = po_constant(alabel);
  }
  if (form == PO_DOMAIN_UNICODE)
    return po_fail(put_unicode(ascii, out), label.at, where);
  po_put_lower(out, ascii);
  return PO_OK;
}

po_code po_put_label(po_text label, po_domain_form form, po_buffer *out,
                     const char **where) {
  if (form == PO_DOMAIN_AS_IT_IS && po_find_high(label) != NULL)
    return po_fail(put_as_it_is(label, out), label.at, where);
  return put_converted(label, form, out, where);
}

bool po_is_format_character(uint32_t c) {
  return uc_is_general_category(c, UC_FORMAT);
}

bool po_is_mark(uint32_t c) { return uc_is_general_category(c, UC_MARK); }

po_code po_check_nfc(po_text text) {
  uint8_t room[512];
  size_t length = sizeof room;
  uint8_t *made = u8_normalize(UNINORM_NFC, (const uint8_t *)text.at,
                               text.length, room, &length);
  if (made == NULL)
    return PO_IDN_MEMORY;
  bool same = length == text.length && memcmp(made, text.at, length) == 0;
  if (made != room)
    free(made);
  return same ? PO_OK : PO_LOCALPART_NFC;
}

/* A character that each version of Unicode has first, but no combining mark. */
static const struct {
  const char *version;
  uint32_t character;
} versions[] = {
    {"17.0", 0x10940}, {"16.0", 0x10d4a}, {"15.1", 0x2ebf0}, {"15.0", 0x1e4d0},
    {"14.0", 0x10597}, {"13.0", 0x11900}, {"12.1", 0x32ff},  {"12.0", 0x1e100},
    {"11.0", 0x10d00}, {"10.0", 0x11a00}, {"9.0", 0x1e922},  {"8.0", 0x08b6},
    {"7.0", 0x10500},  {"6.3", 0x061c},   {"6.2", 0x20ba},
};

const char *po_unicode_version(void) {
  characters one = {{0}, 1};
  char alabel[LABEL_OCTETS + 1];
  for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
    one.at[0] = versions[i].character;
    po_code code = encode(&one, alabel);
    if (code != PO_DOMAIN_LABEL_UNASSIGNED && code != PO_IDN_MEMORY)
      return versions[i].version;
  }
  return "5.2"; /* RFC 5892 */
}

#else

po_code po_check_idn_label(po_text label, size_t *octets, const char **where) {
  *octets = label.length;
  *where = label.at;
  if (po_find_high(label) != NULL)
    return PO_IDN_MISSING;
  return is_ace(label) ? PO_IDN_UNCHECKED : PO_DOMAIN_LABEL_RESERVED;
}

po_code po_put_label(po_text label, po_domain_form form, po_buffer *out,
                     const char **where) {
  bool high = po_find_high(label) != NULL;
  if ((form == PO_DOMAIN_ASCII && high) ||
      (form == PO_DOMAIN_UNICODE && (high || is_ace(label))))
    return po_fail(PO_IDN_MISSING, label.at, where);
  po_put_lower(out, label);
  return PO_OK;
}

bool po_is_format_character(uint32_t c) {
  (void)c;
  return false;
}

bool po_is_mark(uint32_t c) {
  (void)c;
  return false;
}

po_code po_check_nfc(po_text text) {
  (void)text;
  return PO_OK;
}

const char *po_unicode_version(void) { return NULL; }

#endif
