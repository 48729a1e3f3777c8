/*
** Writes what it reads of any bytes as a list, and reads that again: the same
** items, under the profile that has nothing obsolete.  The first two bytes are
** the width of a line and the column it begins in, the third asks for UTF-8.
*/
#include "properties.h"

enum { ITEMS = 64 };

/* The written list, and which of the items that were read are in it. */
typedef struct copy {
  po_list_writer writer;
  po_buffer out;
  bool written[ITEMS];
} copy;

typedef po_code put_item(po_list_writer *writer, const po_address *address,
                         po_scratch *scratch);

/* Puts an item; with more room until there is enough. */
static bool put(copy *c, put_item *item, const po_address *address) {
  for (;;) {
    po_list_writer before = c->writer;
    size_t length = c->out.length;
    po_scratch scratch = scratch_of(PO_SCRATCH_FOR(c->out.size - length));
    po_code code = item(&c->writer, address, &scratch);
    bool full = code == PO_SCRATCH_FULL || c->out.length > c->out.size;
    free(scratch.at);
    if (code == PO_OK && !full)
      return true;
    c->writer = before;
    c->out.length = length;
    if (!full)
      return false;
    c->out.size = 2 * c->out.size + 64;
    c->out.at = realloc(c->out.at, c->out.size);
  }
}

static po_code end_group(po_list_writer *writer, const po_address *address,
                         po_scratch *scratch) {
  (void)address;
  (void)scratch;
  po_list_end_group(writer);
  return PO_OK;
}

/* A group that cannot be written takes its members with it. */
static void copy_item(copy *c, po_item item, const po_address *address,
                      int index, bool *lost) {
  if (item == PO_ITEM_GROUP)
    *lost = !put(c, po_list_put_group, address);
  else if (item == PO_ITEM_MAILBOX && !*lost)
    c->written[index] = put(c, po_list_put, address);
  else if (item == PO_ITEM_GROUP_END && !*lost)
    put(c, end_group, NULL);
  if (item == PO_ITEM_GROUP)
    c->written[index] = !*lost;
  if (item == PO_ITEM_GROUP_END) {
    c->written[index] = !*lost;
    *lost = false;
  }
}

/* A list that is read, an item at a time. */
typedef struct reading {
  po_parse_options options;
  po_list list;
  po_scratch scratch;
  po_address address;
  po_item item;
} reading;

static void begin(reading *r, po_text text, po_profile profile) {
  r->options = (po_parse_options){.allowed = po_profile_switches(profile)};
  r->scratch = scratch_of(PO_SCRATCH_FOR(text.length));
  po_list_begin(&r->list, text, &r->options);
}

/* Past errors; whether there is one more. */
static bool next(reading *r) {
  po_entry entry;
  do
    r->item = po_list_next(&r->list, &r->scratch, &r->address, &entry);
  while (r->item == PO_ITEM_ERROR);
  return r->item != PO_ITEM_END;
}

static void write_list(copy *c, po_text text) {
  reading r;
  bool lost = false, open = false;
  begin(&r, text, PO_PROFILE_LENIENT);
  for (int i = 0; i < ITEMS && next(&r); i++) {
    copy_item(c, r.item, &r.address, i, &lost);
    open =
        r.item == PO_ITEM_GROUP ? !lost : open && r.item != PO_ITEM_GROUP_END;
  }
  if (open) /* the last item that counts was within it, or it never ended */
    put(c, end_group, NULL);
  free(r.scratch.at);
}

/* Every line but one that has a single long word ends in time, none is blank,
** and nothing else is a control. */
static void hold_lines(po_text text) {
  const char *at = text.at, *end = text.at + text.length;
  for (const char *line = at; at < end; at++) {
    bool ends = end - at > 2 && at[0] == '\r' && at[1] == '\n' && at[2] == ' ';
    PROPERTY(ends || (*at != '\r' && *at != '\n') || at[-1] == '\r');
    if (!ends)
      continue;
    PROPERTY(at > line);
    line = at + 2;
  }
}

static void hold_read(const copy *c, po_text text) {
  reading given, back;
  po_text written = {c->out.at, c->out.length};
  begin(&given, text, PO_PROFILE_LENIENT);
  begin(&back, written, PO_PROFILE_HEADER);
  for (int i = 0; i < ITEMS && next(&given); i++) {
    if (!c->written[i])
      continue;
    PROPERTY(next(&back) && back.item == given.item);
    if (given.item == PO_ITEM_GROUP_END)
      continue;
    PROPERTY(same_names(&given.address, &back.address));
    PROPERTY(given.item == PO_ITEM_GROUP ||
             same_fields(&given.address, &back.address));
  }
  PROPERTY(!next(&back) || back.item == PO_ITEM_GROUP_END);
  free(given.scratch.at);
  free(back.scratch.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 3)
    return 0;
  copy c = {.writer = {.width = data[0] == 0 ? SIZE_MAX : 32U + data[0],
                       .column = data[1],
                       .utf8 = (data[2] & 1) != 0}};
  po_text text = {(const char *)data + 3, size - 3};
  c.out = (po_buffer){malloc(1), 1, 0};
  c.writer.out = &c.out;
  write_list(&c, text);
  hold_lines((po_text){c.out.at, c.out.length});
  hold_read(&c, text);
  free(c.out.at);
  return 0;
}
