/*
** NOTES: a Lotus Notes name and the domains on the way to it,
** "User/Unit/Org@Domain" (Q187276, Q180517), "Name@Near@Far" for a chain.
**
** The name is hierarchical, canonical "CN=User/OU=Unit/O=Org" or abbreviated
** "User/Unit/Org"; or it is a mailbox of the Internet, kept as it stands:
** "user@example.com@Domain", "Name <user@example.com>@Domain" (Q246434).
** What stands in quotes, in < > or in ( ) belongs to the name, and so does
** the first @ of several with a dot behind it, as in an Internet domain,
** unless the name is hierarchical.
**
** Notes ignores case, and takes a name with its labels and without for one.
*/
#include "dialect.h"

#include <string.h>

static const char *const fields[] = {"name", "domain", NULL};

/* Bounds: Domino 8.5's help; a name has CN, four OU, O and C. */
enum {
  NAME,
  DOMAIN,
  DOMAIN_CHARACTERS = 31, /* Q174207 */
  ADDRESS_OCTETS = 255,   /* Q232076: a longer one stops the connector */
  LEVELS = 7
};

typedef struct level {
  const char *label;
  size_t bound;
} level;

static const level levels[] = {{"cn=", 79}, {"ou=", 32}, {"o=", 64}, {"c=", 2}};

static const level user = {"", 79}, unlabelled = {"", 64};

/* Parts of the text. */

static const char *find(const char *at, const char *end, char c) {
  return at == end ? NULL : memchr(at, c, (size_t)(end - at));
}

/* The end of what is enclosed from `at` on, or `at`.  `open` remembers what
** is never closed, so that nothing is looked for twice. */
static const char *skip_enclosed(const char *at, const char *end,
                                 unsigned *open) {
  static const char pairs[] = "\"\"<>()";
  for (unsigned i = 0; i < sizeof pairs - 1; i += 2) {
    if (*at != pairs[i] || (*open & (1U << i)))
      continue;
    const char *close = find(at + 1, end, pairs[i + 1]);
    if (close != NULL)
      return close;
    *open |= 1U << i;
  }
  return at;
}

/* The first @ that nothing encloses, or NULL. */
static const char *find_at(po_text text) {
  unsigned open = 0;
  for (const char *at = text.at, *end = po_end(text); at < end; at++) {
    at = skip_enclosed(at, end, &open);
    if (*at == '@')
      return at;
  }
  return NULL;
}

/* The @ between name and domain, or NULL. */
static const char *find_separator(po_text text) {
  const char *first = find_at(text), *end = po_end(text);
  const char *next = first == NULL ? NULL : find(first + 1, end, '@');
  if (next == NULL || find(text.at, first, '/') != NULL)
    return first;
  return find(first + 1, next, '.') != NULL ? next : first;
}

/* The part before the next `separator`; moves `*at` past it, or to NULL
** behind the last part. */
static po_text next_part(const char **at, const char *end, char separator) {
  const char *stop = find(*at, end, separator);
  po_text part = po_slice(*at, stop == NULL ? end : stop);
  *at = stop == NULL ? NULL : stop + 1;
  return part;
}

static po_code check_domains(po_text domains, size_t bound,
                             const char **where) {
  for (const char *at = domains.at; at != NULL;) {
    po_text domain = next_part(&at, po_end(domains), '@');
    if (po_trim(domain).length == 0)
      return po_fail(PO_NOTES_DOMAIN_EMPTY, domain.at, where);
    if (domain.length > bound)
      return po_fail(PO_NOTES_DOMAIN_LENGTH, domain.at + bound, where);
  }
  return PO_OK;
}

static po_code parse(po_text native, po_scratch *scratch, po_address *out,
                     const char **where) {
  (void)scratch;
  const char *at = find_separator(native);
  if (at == NULL) {
    out->field[NAME] = native;
    return PO_OK;
  }
  out->field[NAME] = po_trim(po_slice(native.at, at));
  out->field[DOMAIN] = po_trim(po_slice(at + 1, po_end(native)));
  if (out->field[NAME].length == 0)
    return po_fail(PO_NOTES_NAME_EMPTY, at, where);
  return check_domains(out->field[DOMAIN], SIZE_MAX, where);
}

static void put_domain(po_buffer *out, po_text domain,
                       void (*put)(po_buffer *, po_text)) {
  if (domain.at == NULL)
    return;
  po_put_char(out, '@');
  put(out, domain);
}

static void format(const po_address *address, po_buffer *out) {
  po_put(out, address->field[NAME]);
  put_domain(out, address->field[DOMAIN], po_put);
}

/* Judging. */

static bool is_internet(po_text name) {
  return name.length > 0 && memchr(name.at, '@', name.length) != NULL;
}

/* What the label of a level says, taken off; `otherwise` without one. */
static const level *take_label(po_text *text, const level *otherwise) {
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
    po_text label = po_constant(levels[i].label), front = *text;
    if (front.length < label.length)
      continue;
    front.length = label.length;
    if (!po_same(front, label))
      continue;
    *text = po_slice(text->at + label.length, po_end(*text));
    return &levels[i];
  }
  return otherwise;
}

static po_code check_level(po_text text, const level *otherwise,
                           const char **where) {
  const level *kind = take_label(&text, otherwise);
  if (po_trim(text).length == 0)
    return po_fail(PO_NOTES_LEVEL_EMPTY, text.at, where);
  if (text.length > kind->bound)
    return po_fail(PO_NOTES_LEVEL_LENGTH, text.at + kind->bound, where);
  return PO_OK;
}

/* A list of names is the directory's, an address has the first (Q180517). */
static po_code check_name(po_text name, const char **where) {
  const char *list = find(name.at, po_end(name), ';');
  const level *otherwise = &user;
  int count = 0;
  if (list != NULL)
    return po_fail(PO_NOTES_NAME_LIST, list, where);
  for (const char *at = name.at; at != NULL; otherwise = &unlabelled) {
    po_text text = next_part(&at, po_end(name), '/');
    if (count++ == LEVELS)
      return po_fail(PO_NOTES_LEVELS, text.at, where);
    po_code code = check_level(text, otherwise, where);
    if (code != PO_OK)
      return code;
  }
  return PO_OK;
}

static void check(const po_address *address, po_findings *found) {
  po_text name = address->field[NAME], domain = address->field[DOMAIN];
  const char *where = NULL;
  po_code code = is_internet(name) ? PO_OK : check_name(name, &where);
  po_report(found, code, where);
  code = check_domains(domain, DOMAIN_CHARACTERS, &where);
  po_report(found, code, where);
  if (name.length + 1 + domain.length > ADDRESS_OCTETS)
    po_report(found, PO_NOTES_LENGTH, NULL);
}

/* A level without its label; without all of them where several stand there,
** unless nothing is left. */
static po_text abbreviated(po_text text) {
  for (po_text rest = text = po_trim(text); take_label(&rest, NULL) != NULL;) {
    rest = po_trim(rest);
    if (rest.length == 0)
      break;
    text = rest;
  }
  return text;
}

/* The abbreviated name, which a mail address has. */
static void put_name(po_buffer *out, po_text name,
                     void (*put)(po_buffer *, po_text)) {
  if (name.at == NULL || is_internet(name)) {
    po_put_collapsed(out, name, put);
    return;
  }
  for (const char *at = name.at; at != NULL;) {
    po_text text = next_part(&at, po_end(name), '/');
    po_put_collapsed(out, abbreviated(text), put);
    if (at != NULL)
      po_put_char(out, '/');
  }
}

static void put_lower(po_buffer *out, po_text text) {
  po_put_collapsed(out, text, po_put_lower);
}

static void put_clean(po_buffer *out, po_text text) {
  po_put_collapsed(out, text, po_put);
}

static po_code fold(const po_address *address, po_buffer *out) {
  put_name(out, address->field[NAME], po_put_lower);
  put_domain(out, address->field[DOMAIN], put_lower);
  return PO_OK;
}

static po_code normalize(const po_address *address, po_buffer *out) {
  put_name(out, address->field[NAME], po_put);
  put_domain(out, address->field[DOMAIN], put_clean);
  return PO_OK;
}

static po_code canonical(const po_address *address, po_buffer *room,
                         po_address *out) {
  put_name(room, address->field[NAME], po_put);
  out->field[NAME] = (po_text){room->at, room->length};
  out->field[DOMAIN] = po_put_part(room, address->field[DOMAIN]);
  return PO_OK;
}

const po_dialect po_notes = {
    .name = "NOTES",
    .key = "NOTES",
    .fields = fields,
    .parse = parse,
    .format = format,
    .check = check,
    .fold = fold,
    .normalize = normalize,
    .canonical = canonical,
};
