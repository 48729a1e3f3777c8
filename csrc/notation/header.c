/*
** The header notation: one mailbox of RFC 5322 3.4, with UTF-8 (RFC 6532).
** What stands first is a display name or an address: the < or the @ behind
** it tells.  Comments are joined by a space; a phrase may hold dots (4.1).
*/
#include "notation.h"

#include <string.h>

/* Texts gathered in scratch. */
typedef struct gatherer {
  char *start, *to;
} gatherer;

static void gather(gatherer *g, char c) { *g->to++ = c; }

static void gather_text(gatherer *g, po_text text) {
  if (text.length > 0)
    memcpy(g->to, text.at, text.length);
  g->to += text.length;
}

static po_text gathered(const gatherer *g) { return po_slice(g->start, g->to); }

/* The mailbox while it is read. */
typedef struct scanner {
  po_reader *reader;
  const char *at, *end;
  gatherer name, comment;
} scanner;

static po_code fail(scanner *s, po_code code, const char *at) {
  return po_reader_fail(s->reader, code, at);
}

/* Gathers the character under `at`, which UTF-8 may make several bytes. */
static po_code gather_unit(scanner *s, gatherer *g) {
  size_t length = po_is(*s->at, PO_HIGH) ? po_utf8_length(s->at, s->end) : 1;
  if (length == 0)
    return fail(s, PO_UTF8_INVALID, s->at);
  if (po_is(*s->at, PO_CTRL) && *s->at != '\t')
    return fail(s, PO_CONTROL_CHARACTER, s->at);
  gather_text(g, po_slice(s->at, s->at + length));
  s->at += length;
  return PO_OK;
}

/* Past white space and folds (CRLF before a blank). */
static void skip_white(scanner *s) {
  while (s->at < s->end) {
    bool fold = s->end - s->at > 2 && s->at[0] == '\r' && s->at[1] == '\n' &&
                po_is(s->at[2], PO_WSP);
    if (!fold && !po_is(*s->at, PO_WSP))
      return;
    s->at += fold ? 2 : 1;
  }
}

/* Past a comment, which may nest, gathering what it says. */
static po_code comment(scanner *s) {
  int depth = 0;
  if (s->comment.to > s->comment.start)
    gather(&s->comment, ' ');
  while (s->at < s->end) {
    char c = *s->at;
    if (c == ')' && --depth == 0) {
      s->at++;
      return PO_OK;
    }
    if ((c == '(' && depth++ == 0) || (c == '\\' && s->end - s->at > 1))
      s->at++;
    if (c == '(' && depth == 1)
      continue;
    po_code code = gather_unit(s, &s->comment);
    if (code != PO_OK)
      return code;
  }
  return fail(s, PO_COMMENT_UNCLOSED, s->end);
}

/* CFWS of RFC 5322 3.2.2. */
static po_code skip_cfws(scanner *s) {
  for (;;) {
    skip_white(s);
    if (s->at == s->end || *s->at != '(')
      return PO_OK;
    po_code code = comment(s);
    if (code != PO_OK)
      return code;
  }
}

/* Past a quoted string, gathering what it says into the name. */
static po_code quoted(scanner *s) {
  s->at++;
  while (s->at < s->end && *s->at != '"') {
    if (*s->at == '\\' && s->end - s->at > 1)
      s->at++;
    po_code code = gather_unit(s, &s->name);
    if (code != PO_OK)
      return code;
  }
  if (s->at == s->end)
    return fail(s, PO_QUOTE_UNCLOSED, s->end);
  s->at++;
  return PO_OK;
}

static bool is_atom(const scanner *s) {
  return s->at < s->end && (po_is(*s->at, PO_ATEXT | PO_HIGH) || *s->at == '.');
}

/* Past a run of atext, dots and UTF-8. */
static po_code atoms(scanner *s) {
  po_code code = PO_OK;
  while (code == PO_OK && is_atom(s))
    code = gather_unit(s, &s->name);
  return code;
}

static bool is_word(const scanner *s) {
  return is_atom(s) || (s->at < s->end && *s->at == '"');
}

/* Words up to the character that tells what they were. */
static po_code words(scanner *s) {
  po_code code = PO_OK;
  while (code == PO_OK && is_word(s)) {
    const char *end;
    code = *s->at == '"' ? quoted(s) : atoms(s);
    end = s->at;
    if (code == PO_OK)
      code = skip_cfws(s);
    if (s->at > end && is_word(s))
      gather(&s->name, ' ');
  }
  return code;
}

/* Behind the domain that begins at the @ under `at`. */
static const char *domain_end(const char *at, const char *end) {
  bool literal = false;
  for (; at < end; at++) {
    if (!literal && (po_is(*at, PO_WSP | PO_CTRL) || *at == '('))
      return at;
    literal = *at == '[' || (literal && *at != ']');
  }
  return end;
}

static po_code addr_spec(scanner *s, const char *start) {
  po_text text = po_slice(start, domain_end(s->at, s->end));
  s->at = po_end(text);
  po_code code = po_read_type(s->reader, po_constant(po_smtp.name));
  return code == PO_OK ? po_read_native(s->reader, text, start) : code;
}

/* Behind the > of the angle-addr under `at`, or the end. */
static const char *angle_end(const char *at, const char *end) {
  while (at < end && *at != '>') {
    const char *next = *at == '"' ? po_skip_quoted(at, end) : at + 1;
    if (next == NULL)
      return end;
    at = next;
  }
  return at < end ? at + 1 : end;
}

static po_code angle_addr(scanner *s) {
  po_text text = po_slice(s->at, angle_end(s->at, s->end));
  s->at = po_end(text);
  if (s->name.to > s->name.start)
    s->reader->out->display_name = gathered(&s->name);
  return po_read_angle(s->reader, text);
}

static po_code mailbox(scanner *s) {
  po_code code = skip_cfws(s);
  if (code != PO_OK)
    return code;
  const char *start = s->at;
  code = words(s);
  if (code != PO_OK)
    return code;
  if (s->at == s->end)
    return fail(s, start == s->end ? PO_ADDRESS_EMPTY : PO_DOMAIN_MISSING,
                s->end);
  if (*s->at == '<')
    return angle_addr(s);
  if (*s->at == '@')
    return addr_spec(s, start);
  return fail(s, PO_MAILBOX_CHARACTER, s->at);
}

static po_code read(po_reader *reader, po_text text) {
  char *name = po_take(reader->scratch, text.length);
  char *comments = po_take(reader->scratch, text.length);
  if (name == NULL || comments == NULL)
    return PO_SCRATCH_FULL;
  scanner s = {
      reader, text.at, po_end(text), {name, name}, {comments, comments}};
  po_code code = mailbox(&s);
  if (code == PO_OK)
    code = skip_cfws(&s);
  if (code == PO_OK && s.at < s.end)
    code = fail(&s, PO_MAILBOX_TEXT_AFTER, s.at);
  if (comments < s.comment.to)
    reader->out->comment = gathered(&s.comment);
  return code;
}

/* Whether a display name can stand without quotes: words and single
** spaces. */
static bool is_phrase(po_text name) {
  char last = ' ';
  for (size_t i = 0; i < name.length; i++) {
    char c = name.at[i];
    if (c == ' ' ? last == ' ' : !po_is(c, PO_ATEXT | PO_HIGH))
      return false;
    last = c;
  }
  return last != ' ';
}

static void put_escaped(po_buffer *out, po_text text, const char *specials) {
  for (size_t i = 0; i < text.length; i++) {
    char c = text.at[i];
    if (c != '\0' && strchr(specials, c) != NULL)
      po_put_char(out, '\\');
    po_put_char(out, c);
  }
}

static void put_name(po_buffer *out, po_text name) {
  if (is_phrase(name)) {
    po_put(out, name);
    return;
  }
  po_put_char(out, '"');
  put_escaped(out, name, "\"\\");
  po_put_char(out, '"');
}

static void write(const po_address *address, po_text native, po_buffer *out) {
  bool named = address->display_name.length > 0;
  if (named) {
    put_name(out, address->display_name);
    po_put(out, po_constant(" <"));
  }
  po_put(out, native);
  if (named)
    po_put_char(out, '>');
  if (address->comment.length > 0) {
    po_put(out, po_constant(" ("));
    put_escaped(out, address->comment, "()\\");
    po_put_char(out, ')');
  }
}

const po_notation_rules po_header_rules = {"header", read, write, true,
                                           true,     true, false, false};
