/*
** UUCP: a bang path, "host!host!user" (RFC 976).  The last component is the
** user, what stands before it the path.  A user that holds a ! or an @ is a
** quoted string, nuug!ext.example!"/I=D/S=LEE/@pcmax.example", as gateways to
** other networks have them.
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

/* The host before the next !; moves `*at` past it, or to NULL after the last
** one. */
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

/* Whether a quoted string, whose quote is at `at`, goes on to `end`:
** quoted-string = DQUOTE *( qtext / quoted-pair ) DQUOTE  (RFC 5322 3.2.4). */
static bool is_quoted_string(const char *at, const char *end) {
  for (at++; at < end && *at != '"'; at++)
    if (*at == '\\' && at + 1 < end)
      at++;
  return end - at == 1;
}

/* The quote of the user, if the user is a quoted string, or NULL.  No quote
** after a ! can be escaped, so that each byte is looked at twice at most. */
static const char *find_quoted_user(po_text native) {
  const char *end = po_end(native), *bang = find(native, '!');
  for (; bang != NULL; bang = find(po_slice(bang + 1, end), '!'))
    if (bang + 1 < end && bang[1] == '"' && is_quoted_string(bang + 1, end))
      return bang + 1;
  return NULL;
}

/* What a quoted string says, in scratch if it has backslashes. */
static po_code unquote(po_text quoted, po_scratch *scratch, po_text *out) {
  *out = po_slice(quoted.at + 1, po_end(quoted) - 1);
  if (find(*out, '\\') == NULL)
    return PO_OK;
  char *to = po_take(scratch, out->length);
  if (to == NULL)
    return PO_SCRATCH_FULL;
  const char *start = to;
  for (const char *at = out->at; at < po_end(*out); at++) {
    if (*at == '\\')
      at++;
    *to++ = *at;
  }
  *out = po_slice(start, to);
  return PO_OK;
}

static po_code parse(po_text native, po_scratch *scratch, po_address *out,
                     const char **where) {
  const char *quote = find_quoted_user(native), *end = po_end(native);
  const char *last = quote == NULL ? end : quote;
  const char *at = find(po_slice(native.at, last), '@');
  const char *bang = find_last_bang(po_slice(native.at, last));
  if (at != NULL)
    return po_fail(PO_UUCP_AMBIGUOUS, at, where);
  if (bang == NULL)
    return po_fail(PO_UUCP_PATH_MISSING, end, where);
  if (bang + 1 == end)
    return po_fail(PO_UUCP_USER_EMPTY, bang, where);
  out->field[PATH] = po_slice(native.at, bang);
  out->field[USER] = po_slice(bang + 1, end);
  po_code code = check_hosts(out->field[PATH], where);
  if (code != PO_OK || quote == NULL)
    return code;
  code = unquote(out->field[USER], scratch, &out->field[USER]);
  if (code == PO_OK && out->field[USER].length == 0)
    return po_fail(PO_UUCP_USER_EMPTY, bang, where);
  return code;
}

/* Whether a user cannot stand as it is. */
static bool needs_quotes(po_text user) {
  return find(user, '!') != NULL || find(user, '@') != NULL ||
         find(user, '"') != NULL;
}

static void put_user(po_buffer *out, po_text user,
                     void (*put)(po_buffer *, po_text)) {
  if (!needs_quotes(user)) {
    put(out, user);
    return;
  }
  po_put_char(out, '"');
  for (const char *at = user.at; at < po_end(user); at++) {
    if (*at == '"' || *at == '\\')
      po_put_char(out, '\\');
    put(out, po_slice(at, at + 1));
  }
  po_put_char(out, '"');
}

static void format(const po_address *address, po_buffer *out) {
  po_put(out, address->field[PATH]);
  po_put_char(out, '!');
  put_user(out, address->field[USER], po_put);
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

static po_code fold(const po_address *address, po_buffer *out) {
  put_path(out, address->field[PATH]);
  put_user(out, address->field[USER], po_put_lower);
  return PO_OK;
}

static po_code normalize(const po_address *address, po_buffer *out) {
  put_path(out, address->field[PATH]);
  put_user(out, address->field[USER], po_put);
  return PO_OK;
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
