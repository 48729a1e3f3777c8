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

/* Where the entry at `at` ends at the latest. */
static const char *find_end(const po_list *list) {
  const char *end = po_end(list->text);
  size_t length = (size_t)(end - list->at);
  if (!list->split)
    return end;
  const char *comma = memchr(list->at, ',', length);
  if (comma != NULL)
    length = (size_t)(comma - list->at);
  const char *semicolon = list->group ? memchr(list->at, ';', length) : NULL;
  return semicolon != NULL ? semicolon : list->at + length;
}

static po_scanner scan_from(const po_list *list) {
  return (po_scanner){list->at, find_end(list),
                      po_allow(list->options, PO_PROFILE_OBSOLETE),
                      list->options->charsets};
}

/* Entries that cannot be read. */

/* Past a quoted string or a comment, whatever it holds; whether it is closed.
 */
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

/* To the separator after an entry; whether nothing in it was left open. */
static bool pass_over_entry(const po_list *list, po_scanner *s) {
  bool semicolons =
      list->group || po_allows(&s->allowance, PO_SWITCH_SEMICOLONS);
  while (s->at < s->end && *s->at != ',' && !(semicolons && *s->at == ';')) {
    bool closed = true;
    if (*s->at == '"')
      closed = pass_over(s, '"', '"');
    else if (*s->at == '(')
      closed = pass_over(s, '(', ')');
    else
      s->at++;
    if (!closed)
      return false;
  }
  return true;
}

/* Reports the entry from `start` on, and goes on after it, or after the bracket
** that was `passed` with it. */
static po_item fail(po_list *list, const char *start, const char *passed,
                    po_code code, const char *where, po_entry *entry) {
  list->at = start;
  po_scanner s = scan_from(list);
  if (passed != NULL)
    s.at = passed;
  if (!pass_over_entry(list, &s)) {
    list->split = true;
    s.at = find_end(list);
  }
  list->at = s.at;
  list->angle = false;
  if (list->at < po_end(list->text) && *list->at == ',')
    list->at++;
  entry->text = po_trim_fws(po_slice(start, s.at));
  entry->code = code;
  entry->position = (size_t)(where - list->text.at);
  return PO_ITEM_ERROR;
}

/* Separators. */

/* Whether a separator stands at `s`; in a group a semicolon is its end. */
static bool is_separator(const po_list *list, const po_scanner *s) {
  return po_is_at(s, ',') || (po_is_at(s, ';') && !list->group &&
                              po_allows(&s->allowance, PO_SWITCH_SEMICOLONS));
}

/* Past a separator, which makes nothing `empty` or ends an item. */
static po_code pass_separator(po_list *list, po_scanner *s, bool empty) {
  const char *at = s->at;
  list->at = at + 1;
  list->separated = at;
  if (*at == ';')
    return po_scan_use(s, PO_SWITCH_SEMICOLONS, at);
  return empty ? po_scan_use(s, PO_SWITCH_EMPTY_ITEMS, at) : PO_OK;
}

/*
** Past empty items, and with the scanner past the CFWS of what follows: an
** entry, to which it belongs, the end of a group, or that of the text.
*/
static po_code skip_empty(po_list *list, po_scanner *s) {
  for (;;) {
    s->at = list->at;
    po_code code = po_skip_cfws(s, NULL);
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
  po_code code = po_skip_cfws(s, NULL);
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
  po_text wanted = list->options->type;
  if (list->after_group || list->angle ||
      (wanted.at != NULL && !po_same(wanted, po_constant(po_smtp.name))))
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

/* The end of the text, where no group and no item may be left open. */
static po_item end_list(po_list *list, po_scanner *s, po_entry *entry) {
  const char *empty = list->separated;
  bool group = list->group;
  list->separated = NULL;
  list->group = false;
  entry->text = po_slice(s->end, s->end);
  entry->position = list->text.length;
  entry->code = PO_OK;
  if (empty != NULL) {
    entry->code = po_use(&s->allowance, PO_SWITCH_EMPTY_ITEMS, empty);
    entry->position = (size_t)(empty - list->text.at);
    list->group = group && entry->code != PO_OK;
  }
  if (entry->code != PO_OK)
    return PO_ITEM_ERROR;
  if (!group)
    return PO_ITEM_END;
  entry->code = po_use(&s->allowance, PO_SWITCH_OPEN_GROUPS, s->end);
  return entry->code == PO_OK ? PO_ITEM_GROUP_END : PO_ITEM_ERROR;
}

static po_item end_group(po_list *list, po_scanner *s, po_entry *entry) {
  const char *empty = list->separated;
  list->separated = NULL;
  entry->text = po_slice(s->at, s->at + 1);
  entry->code = empty == NULL
                    ? PO_OK
                    : po_use(&s->allowance, PO_SWITCH_EMPTY_ITEMS, empty);
  if (entry->code != PO_OK) {
    entry->position = (size_t)(empty - list->text.at);
    return PO_ITEM_ERROR;
  }
  list->group = false;
  list->after_group = true;
  list->at = s->at + 1;
  return PO_ITEM_GROUP_END;
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
  return po_is(*s->at, PO_CTRL) ? PO_CONTROL_CHARACTER : PO_MAILBOX_TEXT_AFTER;
}

/* A mailbox, or the name of a group and its colon. */
static po_item read_entry(po_list *list, po_scratch *scratch, po_address *out,
                          po_entry *entry) {
  const char *start = list->at;
  po_reader reader = {list->options, scratch, out, NULL};
  po_mailbox m = {.reader = &reader,
                  .scanner = scan_from(list),
                  .listed = true,
                  .angle = list->angle};
  po_begin(&reader, PO_HEADER);
  list->separated = NULL;
  if (!po_gather(&m.gathered, scratch, (size_t)(m.scanner.end - start)))
    return fail(list, start, NULL, PO_SCRATCH_FULL, start, entry);
  po_code code = po_read_mailbox(&m);
  entry->text = po_trim_fws(po_slice(start, m.scanner.at));
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

po_item po_list_next(po_list *list, po_scratch *scratch, po_address *out,
                     po_entry *entry) {
  scratch->used = 0;
  if (is_over(list)) {
    *entry = (po_entry){po_slice(list->at, list->at), PO_OK, list->text.length};
    return PO_ITEM_END;
  }
  if (read_plain(list, out, entry))
    return PO_ITEM_MAILBOX;
  po_scanner s = {list->at, po_end(list->text),
                  po_allow(list->options, PO_PROFILE_OBSOLETE), NULL};
  const char *start = list->at;
  po_code code = list->after_group ? pass_group_end(list, &s) : PO_OK;
  if (code == PO_OK)
    code = skip_empty(list, &s);
  if (code == PO_OBSOLETE_LIST || code == PO_LIST_SEMICOLON) {
    entry->text = po_slice(s.at, s.at + 1);
    entry->code = code;
    entry->position = (size_t)(s.at - list->text.at);
    return PO_ITEM_ERROR;
  }
  if (code != PO_OK)
    return fail(list, start, NULL, code, s.at, entry);
  if (s.at == s.end)
    return end_list(list, &s, entry);
  if (list->group && *s.at == ';')
    return end_group(list, &s, entry);
  return read_entry(list, scratch, out, entry);
}
