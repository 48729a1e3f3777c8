/*
** Reads any bytes as a list of addresses.  The first byte is the profile and
** what else is asked for, the second turns one switch of the profile over.
** However bad a list is, its items are few and in their places; and an address
** of it reads the same alone, and when it was written.
*/
#include "properties.h"

/* The switches that two bytes ask for; 0 for those of whoever asks for none. */
static po_switches switches_of(const uint8_t *data) {
  po_switches set = po_profile_switches((po_profile)(data[0] & 3));
  if (data[0] & 4)
    return 0;
  return data[1] < PO_SWITCH_COUNT ? set ^ PO_SWITCH_BIT(data[1]) : set;
}

static po_parse_options options_of(const uint8_t *data, po_findings *notes) {
  return (po_parse_options){
      .type = {data[0] & 8 ? "SMTP" : NULL, data[0] & 8 ? 4 : 0},
      .notation = PO_HEADER,
      .unknown = (data[0] & 16) != 0,
      .allowed = switches_of(data),
      .notes = data[0] & 32 ? notes : NULL};
}

static bool is_inside(const char *at, po_text text) {
  return at >= text.at && at <= text.at + text.length;
}

/* Its text and its place are in the list, and not before those of the item
** before it. */
static void hold_place(const po_list *list, const po_entry *entry,
                       po_text before, bool failed) {
  PROPERTY(is_inside(entry->text.at, list->text));
  PROPERTY(is_inside(entry->text.at + entry->text.length, list->text));
  PROPERTY(entry->text.at >= before.at);
  PROPERTY(entry->text.at + entry->text.length >= before.at + before.length);
  PROPERTY(!failed || entry->position <= list->text.length);
  PROPERTY(!failed || entry->code != PO_OK);
  PROPERTY(!failed || entry->code != PO_SCRATCH_FULL);
}

/* Notes are about the list, or about a URI of it, which is decoded. */
static void hold_notes(const po_findings *notes, po_text text,
                       const po_scratch *scratch) {
  po_text decoded = {scratch->at, scratch->used};
  if (notes == NULL)
    return;
  PROPERTY(notes->count <= PO_MAX_FINDINGS);
  for (int i = 0; i < notes->count; i++)
    PROPERTY(is_inside(notes->list[i].where, text) ||
             is_inside(notes->list[i].where, decoded));
}

/* The address reads the same where it stands alone. */
static void hold_alone(const po_parse_options *options, po_text text,
                       const po_address *address) {
  po_parse_options alone = *options;
  po_scratch scratch = scratch_of(PO_SCRATCH_FOR(text.length));
  po_address back;
  size_t position;
  alone.notes = NULL;
  PROPERTY(po_parse(text, &alone, &scratch, &back, &position) == PO_OK);
  PROPERTY(same_fields(address, &back) && same_names(address, &back));
  PROPERTY(same_name(address->display_raw, back.display_raw));
  free(scratch.at);
}

static void hold_written(const po_address *address) {
  const char *where;
  po_check(address, &where);
  hold_notation(address, PO_HEADER);
  hold_notation(address, PO_ONEOFF);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  enum { HELD = 20 }; /* items that are read again: more would say no more */
  if (size < 2)
    return 0;
  po_findings notes = {.count = 0};
  po_text text = {(const char *)data + 2, size - 2}, before = {text.at, 0};
  po_parse_options options = options_of(data, &notes);
  po_scratch scratch = scratch_of(PO_SCRATCH_FOR(text.length));
  po_list list;
  po_entry entry;
  po_address address;
  po_item item;
  size_t count = 0;
  bool group = false;
  po_list_begin(&list, text, &options);
  do {
    bool angle = list.angle;
    item = po_list_next(&list, &scratch, &address, &entry);
    PROPERTY(++count <= text.length + 2);
    hold_place(&list, &entry, before, item == PO_ITEM_ERROR);
    hold_notes(options.notes, text, &scratch);
    PROPERTY(item != PO_ITEM_GROUP || !group);
    PROPERTY(item != PO_ITEM_GROUP_END || group);
    group = item == PO_ITEM_GROUP || (group && item != PO_ITEM_GROUP_END);
    before = entry.text;
    if (item != PO_ITEM_MAILBOX || count > HELD)
      continue;
    hold_written(&address);
    if (!angle && !list.angle)
      hold_alone(&options, entry.text, &address);
  } while (item != PO_ITEM_END);
  free(scratch.at);
  return 0;
}
