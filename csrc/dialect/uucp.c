/*
** UUCP: a bang path, "host!host!user" (RFC 976).  The last component is the
** user, what stands before it the path.
**
** With an @ in it the text has two readings, a!(b@c.d) for a UUCP mailer and
** (a!b)@c.d for the Internet (RFC 976 2.3), so it is neither here.
**
** UUCP's host names have case, domains, told by their dot, do not (RFC 976
** 2.1, 2.4).
*/
#include "dialect.h"

#include <string.h>

static const char *const fields[] = {"path", "user", NULL};

enum { PATH, USER };

static const char *find(po_text text, char c) {
  return text.length == 0 ? NULL : memchr(text.at, c, text.length);
}

/* The last !, or NULL. */
static const char *find_last_bang(po_text text) {
  for (size_t i = text.length; i > 0; i--)
    if (text.at[i - 1] == '!')
      return text.at + i - 1;
  return NULL;
}

/* The host before the next !; moves `*at` past it, or to NULL behind the
** last one. */
static po_text next_host(const char **at, po_text path) {
  const char *bang = find(po_slice(*at, po_end(path)), '!');
  po_text host = po_slice(*at, bang == NULL ? po_end(path) : bang);
  *at = bang == NULL ? NULL : bang + 1;
  return host;
}

static po_code check_hosts(po_text path, const char **where) {
  for (const char *at = path.at; at != NULL;) {
    po_text host = next_host(&at, path);
    if (host.length == 0)
      return po_fail(PO_UUCP_HOST_EMPTY, host.at, where);
  }
  return PO_OK;
}

static po_code parse(po_text native, po_scratch *scratch, po_address *out,
                     const char **where) {
  (void)scratch;
  const char *at = find(native, '@');
  const char *bang = find_last_bang(native);
  if (at != NULL)
    return po_fail(PO_UUCP_AMBIGUOUS, at, where);
  if (bang == NULL)
    return po_fail(PO_UUCP_PATH_MISSING, po_end(native), where);
  if (bang + 1 == po_end(native))
    return po_fail(PO_UUCP_USER_EMPTY, bang, where);
  out->field[PATH] = po_slice(native.at, bang);
  out->field[USER] = po_slice(bang + 1, po_end(native));
  return check_hosts(out->field[PATH], where);
}

static void format(const po_address *address, po_buffer *out) {
  po_put(out, address->field[PATH]);
  po_put_char(out, '!');
  po_put(out, address->field[USER]);
}

/* Letters, digits and - _ . in hosts; nothing blank in the user. */
static bool is_path_character(char c) {
  return po_is(c, PO_ALPHA | PO_DIGIT) ||
         (c != '\0' && strchr("!-_.", c) != NULL);
}

static void check(const po_address *address, po_findings *found) {
  po_text path = address->field[PATH], user = address->field[USER];
  const char *at = path.at;
  while (at < po_end(path) && is_path_character(*at))
    at++;
  if (at < po_end(path))
    po_report(found, PO_UUCP_CHARACTER, at);
  for (at = user.at; at < po_end(user); at++)
    if (po_is(*at, PO_WSP | PO_HIGH)) {
      po_report(found, PO_UUCP_CHARACTER, at);
      return;
    }
}

/* Domains in lower case, hosts as they are; users as those of SMTP. */
static void put_path(po_buffer *out, po_text path) {
  for (const char *at = path.at; at != NULL;) {
    po_text host = next_host(&at, path);
    if (find(host, '.') != NULL)
      po_put_lower(out, host);
    else
      po_put(out, host);
    po_put_char(out, '!');
  }
}

static void fold(const po_address *address, po_buffer *out) {
  put_path(out, address->field[PATH]);
  po_put_lower(out, address->field[USER]);
}

static void normalize(const po_address *address, po_buffer *out) {
  put_path(out, address->field[PATH]);
  po_put(out, address->field[USER]);
}

const po_dialect po_uucp = {
    .name = "UUCP",
    .key = "UUCP",
    .fields = fields,
    .parse = parse,
    .format = format,
    .check = check,
    .fold = fold,
    .normalize = normalize,
};
