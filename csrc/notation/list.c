/*
** Lists of addresses, RFC 5322 3.4 and 4.4, an item at a time:
**
**   address-list = (address *("," address)) / obs-addr-list
**   group        = display-name ":" [group-list] ";" [CFWS]
**
** Every byte is read a few times at most, whatever is wrong: an entry that
** cannot be read is passed over up to the comma after it, and once something
** was not closed any comma ends an entry (`split`), so that no two of them look
** for the same end in vain.
*/
#include "mailbox.h"
#include "plain.h"

#include <string.h>

void po_list_begin(po_list *list, po_text text,
                   const po_parse_options *options) {
  /* The line end of the header field is none of the list's. */
  if (text.length > 0 && po_end(text)[-1] == '\n') {
    text.length--;
    if (text.length > 0 && po_end(text)[-1] == '\r')
      text.length--;
  }
  *list = (po_list){.text = text, .options = options, .at = text.at};
}

/* Whether `c` ends an entry: a separator, or the end of its group. */
static bool is_end(const po_list *list, const po_scanner *s, char c) {
  return c == ',' ||
         (c == ';' &&
          (list->group || po_allows(&s->allowance, PO_SWITCH_SEMICOLONS)));
}

/* Where the entry at the scanner ends at the latest. */
static const char *find_end(const po_list *list, const po_scanner *s) {
  const char *at = s->at, *end = po_end(list->text);
  if (!list->split)
    return end;
  while (at < end && !is_end(list, s, *at))
    at++;
  return at;
}

/* At the entry that comes next. */
static po_scanner scan(const po_list *list) {
  po_scanner s = {list->at, NULL, po_allow(list->options, PO_PROFILE_OBSOLETE),
                  list->options->charsets};
  s.end = find_end(list, &s);
  return s;
}

/* Entries that cannot be read. */

/* Past a quoted string or a comment, whatever it holds; whether it ends. */
static bool pass_over(po_scanner *s, char open, char close) {
  size_t depth = 1;
  for (s->at++; s->at < s->end; s->at++) {
    if (*s->at == '\\' && s->end - s->at > 1)
      s->at++;
    else if (*s->at == close && --depth == 0) {
      s->at++;
      return true;
    } else if (*s->at == open)
      depth++;
  }
  return false;
}

/* Past the > that closes a bracket, or past the bracket if a < is before that.
** Commas in it are the entry's, unless they divide addresses. */
static void pass_over_angle(po_scanner *s) {
  const char *at = ++s->at;
  if (po_allows(&s->allowance, PO_SWITCH_ANGLE_LISTS))
    return;
  while (at < s->end && *at != '<' && *at != '>')
    at++;
  if (at < s->end && *at == '>')
    s->at = at + 1;
}

/* To the separator after an entry; whether nothing in it was left open. */
static bool pass_over_entry(const po_list *list, po_scanner *s) {
  while (s->at < s->end && !is_end(list, s, *s->at)) {
    bool closed = true;
    if (*s->at == '"')
      closed = pass_over(s, '"', '"');
    else if (*s->at == '(')
      closed = pass_over(s, '(', ')');
    else if (*s->at == '<')
      pass_over_angle(s);
    else
      s->at++;
    if (!closed)
      return false;
  }
  return true;
}

/* Reports the entry from `start` on, at a place in it or at its end, and goes
** on after it, past commas only before `passed`. */
static po_item fail(po_list *list, const char *start, const char *passed,
                    po_code code, const char *where, po_entry *entry) {
  list->at = start;
  po_scanner s = scan(list);
  if (passed != NULL)
    s.at = passed;
  if (!pass_over_entry(list, &s)) {
    list->split = true;
    s = scan(list);
    s.at = s.end;
  }
  list->at = s.at;
  list->angle = false;
  list->separated = NULL;
  if (list->at < po_end(list->text) && *list->at == ',')
    list->at++;
  entry->text = po_trim_fws(po_slice(start, s.at));
  entry->code = code;
  entry->position = (size_t)((where < s.at ? where : s.at) - list->text.at);
  return PO_ITEM_ERROR;
}

/* Separators. */

/* Whether a separator stands at `s`; in a group a semicolon is its end. */
static bool is_separator(const po_list *list, const po_scanner *s) {
  return po_is_at(s, ',') || (po_is_at(s, ';') && !list->group &&
                              po_allows(&s->allowance, PO_SWITCH_SEMICOLONS));
}

/* Past a separator, which makes nothing `empty` or ends an item; a comma that
** is refused here is not refused again for what follows it. */
static po_code pass_separator(po_list *list, po_scanner *s, bool empty) {
  const char *at = s->at;
  po_code code = PO_OK;
  list->at = at + 1;
  list->separated = NULL;
  if (*at == ';')
    return po_scan_use(s, PO_SWITCH_SEMICOLONS, at);
  if (empty)
    code = po_scan_use(s, PO_SWITCH_EMPTY_ITEMS, at);
  if (code == PO_OK)
    list->separated = at;
  return code;
}

/* CFWS before an entry or a separator. */
static po_code skip_cfws(const po_list *list, po_scanner *s) {
  *s = scan(list);
  po_code code = po_skip_cfws(s, NULL);
  s->end = po_end(list->text);
  return code;
}

/*
** Past empty items, and with the scanner past the CFWS of what follows: an
** entry, to which it belongs, the end of a group, or that of the text.
*/
static po_code skip_empty(po_list *list, po_scanner *s) {
  for (;;) {
    po_code code = skip_cfws(list, s);
    if (code != PO_OK || !is_separator(list, s))
      return code;
    code = pass_separator(list, s, true);
    if (code != PO_OK)
      return code;
  }
}

/* Only a separator may follow a group. */
static po_code pass_group_end(po_list *list, po_scanner *s) {
  list->after_group = false;
  po_code code = skip_cfws(list, s);
  if (code != PO_OK || s->at == s->end)
    return code;
  if (is_separator(list, s))
    return pass_separator(list, s, false);
  return po_allows(&s->allowance, PO_SWITCH_SEMICOLONS) ? PO_OK
                                                        : PO_MAILBOX_TEXT_AFTER;
}

/* Items. */

/* A mailbox that is all plain, as most are. */
static bool read_plain(po_list *list, po_address *out, po_entry *entry) {
  const char *at = list->at, *end = po_end(list->text);
  if (list->angle || !po_may_be_smtp(list->options))
    return false;
  while (at < end && *at == ' ')
    at++;
  const char *after = po_read_plain_item(at, end, out);
  if (after == NULL)
    return false;
  entry->text = po_slice(at, after);
  list->separated = after == end ? NULL : after;
  list->at = after == end ? end : after + 1;
  return true;
}

/* A comma that makes an empty item. */
static po_item fail_comma(const po_list *list, const char *comma,
                          po_entry *entry) {
  entry->text = po_slice(comma, comma + 1);
  entry->code = PO_OBSOLETE_LIST;
  entry->position = (size_t)(comma - list->text.at);
  return PO_ITEM_ERROR;
}

/* The comma that was just passed, if nothing may follow it; once. */
static const char *refuse_last_comma(po_list *list, const po_scanner *s) {
  const char *comma = list->separated;
  list->separated = NULL;
  return comma != NULL &&
                 po_use(&s->allowance, PO_SWITCH_EMPTY_ITEMS, comma) != PO_OK
             ? comma
             : NULL;
}

/* The end of the text, where no group may be left open. */
static po_item end_list(po_list *list, const po_scanner *s, po_entry *entry) {
  bool group = list->group;
  list->group = false;
  entry->text = po_slice(s->end, s->end);
  entry->position = list->text.length;
  entry->code = PO_OK;
  if (!group)
    return PO_ITEM_END;
  entry->code = po_use(&s->allowance, PO_SWITCH_OPEN_GROUPS, s->end);
  return entry->code == PO_OK ? PO_ITEM_GROUP_END : PO_ITEM_ERROR;
}

static po_item end_group(po_list *list, const po_scanner *s, po_entry *entry) {
  entry->text = po_slice(s->at, s->at + 1);
  list->group = false;
  list->after_group = true;
  list->at = s->at + 1;
  return PO_ITEM_GROUP_END;
}

/* The end of the text or of a group, whichever the scanner is at. */
static po_item end_here(po_list *list, const po_scanner *s, po_entry *entry) {
  const char *comma = refuse_last_comma(list, s);
  if (comma != NULL)
    return fail_comma(list, comma, entry);
  return s->at == s->end ? end_list(list, s, entry) : end_group(list, s, entry);
}

/* What has to stand after a mailbox: a separator, or an end. */
static po_code end_mailbox(po_list *list, po_scanner *s) {
  s->end = po_end(list->text);
  if (is_separator(list, s))
    return pass_separator(list, s, false);
  list->at = s->at;
  if (s->at == s->end || (list->group && *s->at == ';'))
    return PO_OK;
  if (*s->at == ';')
    return PO_LIST_SEMICOLON;
  return po_scan_fail(s, PO_MAILBOX_TEXT_AFTER);
}

/* Clears the address; the notes are those of what was passed before it. */
static void begin(po_reader *reader) {
  po_findings *notes = reader->options->notes;
  int passed = notes == NULL ? 0 : notes->count;
  po_begin(reader, PO_HEADER);
  if (notes != NULL)
    notes->count = passed;
}

/* A mailbox, or the name of a group and its colon. */
static po_item read_entry(po_list *list, po_scratch *scratch, po_address *out,
                          po_entry *entry) {
  const char *start = list->at;
  po_reader reader = {list->options, scratch, out, NULL};
  po_mailbox m;
  begin(&reader);
  if (!po_mailbox_begin(&m, &reader, scan(list)))
    return fail(list, start, NULL, PO_SCRATCH_FULL, start, entry);
  m.listed = true;
  m.angle = list->angle;
  po_code code = po_read_mailbox(&m);
  entry->text = po_trim_fws(po_slice(start, m.scanner.at));
  list->separated = NULL;
  if (code == PO_MAILBOX_GROUP && !list->group) {
    list->group = true;
    list->at = m.scanner.at + 1;
    return PO_ITEM_GROUP;
  }
  if (code == PO_OK) {
    list->angle = m.angle;
    code = end_mailbox(list, &m.scanner);
    reader.where = m.scanner.at;
  }
  return code == PO_OK ? PO_ITEM_MAILBOX
                       : fail(list, start, m.passed, code, reader.where, entry);
}

/* Whether the text has ended, and nothing is left open. */
static bool is_over(const po_list *list) {
  return list->at == po_end(list->text) && list->separated == NULL &&
         !list->group && !list->after_group;
}

/* An item that is not plain, or an end. */
static po_item read_carefully(po_list *list, po_scratch *scratch,
                              po_address *out, po_entry *entry) {
  po_scanner s;
  po_code code = skip_empty(list, &s);
  if (code == PO_OBSOLETE_LIST)
    return fail_comma(list, s.at, entry);
  if (code != PO_OK)
    return fail(list, list->at, NULL, code, s.at, entry);
  if (s.at == s.end || (list->group && *s.at == ';'))
    return end_here(list, &s, entry);
  return read_entry(list, scratch, out, entry);
}

/* An item.  It stays out of line: every list is asked for its end, which then
** has no registers to save. */
__attribute__((noinline)) static po_item read_item(po_list *list,
                                                   po_scratch *scratch,
                                                   po_address *out,
                                                   po_entry *entry) {
  po_scanner s;
  po_code code = list->after_group ? pass_group_end(list, &s) : PO_OK;
  if (code != PO_OK)
    return fail(list, list->at, NULL, code, s.at, entry);
  return read_plain(list, out, entry)
             ? PO_ITEM_MAILBOX
             : read_carefully(list, scratch, out, entry);
}

po_item po_list_next(po_list *list, po_scratch *scratch, po_address *out,
                     po_entry *entry) {
  if (list->options->notes != NULL)
    list->options->notes->count = 0;
  if (is_over(list)) {
    *entry = (po_entry){po_slice(list->at, list->at), PO_OK, list->text.length};
    return PO_ITEM_END;
  }
  return read_item(list, scratch, out, entry);
}
