/*
** FAX: a fax machine and the one who reads what it prints, in three forms.
**
**   936-7329 | Name@+1 (206) 936-7329 | #546        (MAPI's address types)
**   FAX=+12069367329/T33S=1387@faxworld.example     (RFC 3192, RFC 2303)
**   Name CR Building CR Office CR Number CR         (MS Mail, Q116466)
**
** In MAPI's, what the modem dials and what a calling card adds to it stand on
** both sides, "Dialable | Name@Number | Special", and may be missing; a first
** part with an @ is no dialable one.  The form to write follows from the
** fields: `domain` makes it RFC 3192's, `building` and `office` MS Mail's,
** which only a one-off can carry (cc842281).
**
** One number is one machine however it is grouped: - . ( ) and spaces mean
** nothing (RFC 3192 2).
*/
#include "dialect.h"

#include <string.h>

static const char *const fields[] = {
    "number",     "name",   "dialable", "special", "t33s",
    "qualifiers", "domain", "building", "office",  NULL};

enum {
  NUMBER,
  NAME,
  DIALABLE,
  SPECIAL,
  T33S,
  QUALIFIERS,
  DOMAIN,
  BUILDING,
  OFFICE
};

enum { PARTS = 3, RECORDS = 4 };

static const char *find(po_text text, char c) {
  return text.length == 0 ? NULL : memchr(text.at, c, text.length);
}

static const char *find_last(po_text text, char c) {
  for (size_t i = text.length; i > 0; i--)
    if (text.at[i - 1] == c)
      return text.at + i - 1;
  return NULL;
}

static po_text before(const char *at, po_text text) {
  return po_trim(po_slice(text.at, at == NULL ? po_end(text) : at));
}

static po_text behind(const char *at, po_text text) {
  return po_trim(po_slice(at + 1, po_end(text)));
}

/* The `most` or fewer parts between separators; their number, or `most` + 1
** where there are more. */
static int split(po_text text, char separator, po_text *parts, int most) {
  for (int count = 0; count < most; count++) {
    const char *stop = find(text, separator);
    parts[count] = before(stop, text);
    if (stop == NULL)
      return count + 1;
    text = po_slice(stop + 1, po_end(text));
  }
  return most + 1;
}

/* MAPI's form. */

static po_code set_part(po_address *out, int field, po_text text,
                        const char **where) {
  if (text.length == 0)
    return po_fail(field == NUMBER ? PO_FAX_NUMBER_MISSING : PO_FAX_PART_EMPTY,
                   text.at, where);
  out->field[field] = text;
  return PO_OK;
}

/* [Name@]Number */
static po_code parse_recipient(po_address *out, po_text text,
                               const char **where) {
  const char *at = find_last(text, '@');
  if (at == NULL)
    return set_part(out, NUMBER, text, where);
  po_code code = set_part(out, NAME, before(at, text), where);
  return code == PO_OK ? set_part(out, NUMBER, behind(at, text), where) : code;
}

static po_code parse_mapi(po_text native, po_address *out, const char **where) {
  po_text parts[PARTS];
  int count = split(native, '|', parts, PARTS);
  if (count > PARTS)
    return po_fail(PO_FAX_PART_MANY, find_last(native, '|'), where);
  bool dials = count == PARTS || (count == 2 && find(parts[0], '@') == NULL);
  po_code code = PO_OK;
  if (dials)
    code = set_part(out, DIALABLE, parts[0], where);
  if (code == PO_OK)
    code = parse_recipient(out, parts[dials], where);
  if (code == PO_OK && count > dials + 1)
    code = set_part(out, SPECIAL, parts[dials + 1], where);
  return code;
}

/* RFC 3192's form. */

static bool begins(po_text text, const char *prefix) {
  po_text wanted = po_constant(prefix);
  if (text.length < wanted.length)
    return false;
  text.length = wanted.length;
  return po_same(text, wanted);
}

/* "FAX=" with or without a slash before it; its length, or 0. */
static size_t ietf_prefix(po_text text) {
  if (begins(text, "/FAX="))
    return 5;
  return begins(text, "FAX=") ? 4 : 0;
}

/* "/T33S=..." is taken out, other qualifiers (RFC 2846) stay together. */
static po_code parse_qualifiers(po_text text, po_scratch *scratch,
                                po_address *out) {
  char *start = po_take(scratch, text.length), *to = start;
  if (start == NULL)
    return PO_SCRATCH_FULL;
  for (const char *slash = text.at; slash != NULL && text.length > 0;) {
    slash = find(text, '/');
    po_text one = before(slash, text);
    text = slash == NULL ? one : po_slice(slash + 1, po_end(text));
    if (begins(one, "T33S=") && out->field[T33S].at == NULL) {
      out->field[T33S] = po_slice(one.at + 5, po_end(one));
    } else if (one.length > 0) {
      if (to > start)
        *to++ = '/';
      memcpy(to, one.at, one.length);
      to += one.length;
    }
  }
  if (to > start)
    out->field[QUALIFIERS] = po_slice(start, to);
  return PO_OK;
}

static po_code parse_ietf(po_text native, po_scratch *scratch, po_address *out,
                          const char **where) {
  const char *at = find_last(native, '@');
  if (at == NULL || at + 1 == po_end(native))
    return po_fail(PO_DOMAIN_MISSING, po_end(native), where);
  po_text local = po_slice(native.at + ietf_prefix(native), at);
  const char *slash = find(local, '/');
  out->field[DOMAIN] = behind(at, native);
  po_code code = set_part(out, NUMBER, before(slash, local), where);
  if (code != PO_OK || slash == NULL)
    return code;
  return parse_qualifiers(po_slice(slash + 1, po_end(local)), scratch, out);
}

/* MS Mail's form. */

static const int records[RECORDS] = {NAME, BUILDING, OFFICE, NUMBER};

static po_code parse_records(po_text native, po_address *out,
                             const char **where) {
  po_text texts[RECORDS];
  if (po_end(native)[-1] == '\r')
    native.length--;
  if (split(native, '\r', texts, RECORDS) != RECORDS)
    return po_fail(PO_FAX_RECORDS, po_end(native), where);
  for (int r = 0; r < RECORDS; r++)
    out->field[records[r]] = texts[r];
  return set_part(out, NUMBER, out->field[NUMBER], where);
}

/* Any form. */

static const char *find_other_control(po_text text) {
  for (const char *at = text.at; at < po_end(text); at++)
    if (po_is(*at, PO_CTRL) && *at != '\t' && *at != '\r')
      return at;
  return NULL;
}

/* Of the control characters only \r, which divides records. */
static po_code parse(po_text native, po_scratch *scratch, po_address *out,
                     const char **where) {
  const char *control = find_other_control(native);
  if (control != NULL)
    return po_fail(PO_CONTROL_CHARACTER, control, where);
  if (find(native, '\r') != NULL)
    return parse_records(native, out, where);
  if (ietf_prefix(native) > 0)
    return parse_ietf(native, scratch, out, where);
  return parse_mapi(native, out, where);
}

static void put(po_buffer *out, const char *before_it, po_text text,
                const char *behind_it) {
  if (text.at == NULL)
    return;
  po_put(out, po_constant(before_it));
  po_put(out, text);
  po_put(out, po_constant(behind_it));
}

static void format(const po_address *address, po_buffer *out) {
  const po_text *field = address->field;
  if (field[DOMAIN].at != NULL || field[T33S].at != NULL) {
    put(out, "FAX=", field[NUMBER], "");
    put(out, "/T33S=", field[T33S], "");
    put(out, "/", field[QUALIFIERS], "");
    put(out, "@", field[DOMAIN], "");
  } else if (field[BUILDING].at != NULL || field[OFFICE].at != NULL) {
    for (int r = 0; r < RECORDS; r++) {
      po_put(out, field[records[r]]);
      po_put_char(out, '\r');
    }
  } else {
    put(out, "", field[DIALABLE], " | ");
    put(out, "", field[NAME], "@");
    put(out, "", field[NUMBER], "");
    put(out, " | ", field[SPECIAL], "");
  }
}

/* Characters of a number: RFC 3192's global-phone, and what people dial. */
static po_code check_number(po_text number, const char *characters,
                            const char **where) {
  bool digits = false;
  for (const char *at = number.at; at < po_end(number); at++) {
    digits = digits || po_is(*at, PO_DIGIT);
    if (!po_is(*at, PO_DIGIT) && (strchr(characters, *at) == NULL))
      return po_fail(PO_FAX_NUMBER_CHARACTER, at, where);
  }
  return digits ? PO_OK : po_fail(PO_FAX_NUMBER_CHARACTER, number.at, where);
}

static po_code check_subaddress(po_text t33s, const char **where) {
  for (const char *at = t33s.at; at < po_end(t33s); at++)
    if (!po_is(*at, PO_DIGIT))
      return po_fail(PO_FAX_SUBADDRESS, at, where);
  return PO_OK;
}

static void check(const po_address *address, po_findings *found) {
  po_text number = address->field[NUMBER];
  bool ietf = address->field[DOMAIN].at != NULL;
  const char *where = NULL;
  po_code code = check_number(number, ietf ? "+-." : "+-. (),*#", &where);
  po_report(found, code, where);
  if (code == PO_OK && ietf && number.at[0] != '+')
    po_report(found, PO_FAX_NUMBER_GLOBAL, number.at);
  code = check_subaddress(address->field[T33S], &where);
  po_report(found, code, where);
}

static void put_digits(po_buffer *out, po_text number) {
  for (size_t i = 0; i < number.length; i++)
    if (strchr("-. ()", number.at[i]) == NULL)
      po_put_char(out, number.at[i]);
}

/* The machine and who reads it, not the way to dial it. */
static po_code fold(const po_address *address, po_buffer *out) {
  const po_text *field = address->field;
  size_t start = out->length;
  if (field[NAME].length > 0) {
    po_put_collapsed(out, field[NAME], po_put_lower);
    po_put_char(out, '/');
  }
  put_digits(out, field[NUMBER]);
  put(out, "/t33s=", field[T33S], "");
  put(out, "/", field[QUALIFIERS], "");
  put(out, "@", field[DOMAIN], "");
  for (size_t i = start; i < out->length && i < out->size; i++)
    out->at[i] = po_lower(out->at[i]);
  return PO_OK;
}

static po_code canonical(const po_address *address, po_buffer *room,
                         po_address *out) {
  static const po_text absent = {NULL, 0};
  put_digits(room, address->field[NUMBER]);
  out->field[NUMBER] = (po_text){room->at, room->length};
  out->field[NAME] = address->field[NAME].length == 0
                         ? absent
                         : po_put_part(room, address->field[NAME]);
  out->field[DIALABLE] = out->field[SPECIAL] = absent;
  out->field[BUILDING] = out->field[OFFICE] = absent;
  return PO_OK;
}

const po_dialect po_fax = {
    .name = "FAX",
    .key = "FAX",
    .fields = fields,
    .controls = true,
    .parse = parse,
    .format = format,
    .check = check,
    .fold = fold,
    .canonical = canonical,
};
