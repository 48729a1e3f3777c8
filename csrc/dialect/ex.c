/*
** EX and X500: the distinguished name of an Exchange directory entry,
** today's and a former one (MS-OXOABK 2.2.1.1, Q258602).  Both are compared
** without case and name the same entries, so they share their keys.
**
** `parse` takes what begins with a slash.  `check` holds it to the grammar,
**
**   dn  = "/o=" rdn "/ou=" rdn 1*14("/cn=" rdn)
**   rdn = 1*64 characters, no space at either end
**
** and to what can have mail: address lists ("/", "/guid=...") and servers
** ("/cn=Configuration/...") are entries, too, but no mailboxes.
*/
#include "dialect.h"

#include <string.h>

static const char *const fields[] = {"dn", NULL};

enum {
  DN,
  RDN_CHARACTERS = 64, /* MS-OXOABK 2.2.1.1 */
  LEVELS = 16,         /* the same */
  DN_CHARACTERS = 256, /* the same; longer ones are met in the wild */
  DN_OCTETS = 1123     /* MS-ADA3 2.169: what a directory can store */
};

static po_code parse(po_text native, po_scratch *scratch, po_address *out,
                     const char **where) {
  (void)scratch;
  if (*native.at != '/')
    return po_fail(PO_DN_SLASH_MISSING, native.at, where);
  out->field[DN] = native;
  return PO_OK;
}

static void format(const po_address *address, po_buffer *out) {
  po_put(out, address->field[DN]);
}

/* Whether `text` begins with `prefix`, in any case. */
static bool begins(po_text text, const char *prefix) {
  po_text wanted = po_constant(prefix);
  if (text.length < wanted.length)
    return false;
  text.length = wanted.length;
  return po_same(text, wanted);
}

/* Servers and their like stand below the first cn. */
static bool is_server(po_text level, int depth) {
  return depth == 2 && po_same(level, po_constant("cn=Configuration"));
}

/* The value of a level: its length and its characters, which are ASCII but
** for the controls and # $ ' ; ^ ` { } ~ */
static po_code check_value(po_text value, const char **where) {
  if (value.length == 0 || po_trim(value).length < value.length)
    return po_fail(PO_DN_LEVEL, value.at, where);
  if (value.length > RDN_CHARACTERS)
    return po_fail(PO_DN_LEVEL_LENGTH, value.at + RDN_CHARACTERS, where);
  for (const char *at = value.at; at < po_end(value); at++)
    if (*at < ' ' || *at > '~' || strchr("#$';^`{}~", *at) != NULL)
      return po_fail(PO_DN_CHARACTER, at, where);
  return PO_OK;
}

/* The level at `depth` from 0: o, ou, and cn below them. */
static po_code check_level(po_text level, int depth, const char **where) {
  static const char *const names[] = {"o=", "ou=", "cn="};
  const char *name = names[depth < 2 ? depth : 2];
  if (depth == LEVELS || !begins(level, name))
    return po_fail(PO_DN_LEVEL, level.at, where);
  if (is_server(level, depth))
    return po_fail(PO_DN_SERVER, level.at, where);
  return check_value(po_slice(level.at + strlen(name), po_end(level)), where);
}

static po_code check_levels(po_text dn, const char **where) {
  const char *at = dn.at, *end = po_end(dn);
  for (int depth = 0; at < end; depth++) {
    const char *start = at + 1; /* behind the slash */
    at = start == end ? NULL : memchr(start, '/', (size_t)(end - start));
    at = at == NULL ? end : at;
    po_code code = check_level(po_slice(start, at), depth, where);
    if (code != PO_OK)
      return code;
    if (at == end && depth < 2)
      return po_fail(PO_DN_LEVEL, end, where);
  }
  return PO_OK;
}

static void check(const po_address *address, po_findings *found) {
  po_text dn = address->field[DN];
  const char *where = NULL;
  if (dn.length > DN_OCTETS)
    po_report(found, PO_DN_LENGTH, dn.at + DN_OCTETS);
  else if (dn.length > DN_CHARACTERS)
    po_report(found, PO_DN_LONG, dn.at + DN_CHARACTERS);
  if (dn.length == 1 || begins(dn, "/guid=")) {
    po_report(found, PO_DN_LIST, dn.at);
    return;
  }
  po_code code = check_levels(dn, &where);
  po_report(found, code, where);
}

static po_code fold(const po_address *address, po_buffer *out) {
  po_put_lower(out, address->field[DN]);
  return PO_OK;
}

const po_dialect po_ex = {
    .name = "EX",
    .key = "EX",
    .fields = fields,
    .parse = parse,
    .format = format,
    .check = check,
    .fold = fold,
};
const po_dialect po_x500 = {
    .name = "X500",
    .key = "EX",
    .fields = fields,
    .parse = parse,
    .format = format,
    .check = check,
    .fold = fold,
};
