#include "record.h"

#include <string.h>

/*
** entry    kind 1, flags 1, file 2, line 4, body 4, length 2, name
** proxy    kind 1, flags 1, length 2, entry 4, (length 2, key), text
** text     kind 1, length 2, text
** members  kind 1, count 4, owner 4, a number of 4 for each
**
** Numbers are in the machine's byte order and stand where they come: a byte
** saved is a megabyte of a million people.
*/
enum { ENTRY_HEAD = 14, PROXY_HEAD = 8, TEXT_HEAD = 3, MEMBERS_HEAD = 9 };
enum { NUMBER = 4, SHORT = 2 };

/* The place that reading has come to; `ok` is false once it went beyond. */
typedef struct reader {
  const char *at, *end;
  bool ok;
} reader;

static const char *take(reader *r, size_t length) {
  if (!r->ok || (size_t)(r->end - r->at) < length) {
    r->ok = false;
    return NULL;
  }
  const char *at = r->at;
  r->at += length;
  return at;
}

static unsigned take_byte(reader *r) {
  const char *at = take(r, 1);
  return at == NULL ? 0 : (unsigned char)*at;
}

static unsigned take_short(reader *r) {
  uint16_t value = 0;
  const char *at = take(r, SHORT);
  if (at != NULL)
    memcpy(&value, at, SHORT);
  return value;
}

static uint32_t take_number(reader *r) {
  uint32_t value = 0;
  const char *at = take(r, NUMBER);
  if (at != NULL)
    memcpy(&value, at, NUMBER);
  return value;
}

static po_text take_text(reader *r, size_t length) {
  po_text text = {take(r, length), length};
  return text;
}

static void read_entry(reader *r, po_record_view *out) {
  out->flags = take_byte(r);
  out->file = take_short(r);
  out->line = take_number(r);
  out->reference = take_number(r);
  out->text = take_text(r, take_short(r));
}

static void read_proxy(reader *r, po_record_view *out) {
  out->flags = take_byte(r);
  unsigned length = take_short(r);
  out->reference = take_number(r);
  if ((out->flags & PO_PROXY_KEYED) != 0)
    out->key = take_text(r, take_short(r));
  out->text = take_text(r, length);
}

static void read_text(reader *r, po_record_view *out) {
  out->text = take_text(r, take_short(r));
}

static void read_members(reader *r, po_record_view *out) {
  out->count = take_number(r);
  out->reference = take_number(r);
  take(r, (size_t)out->count * NUMBER);
}

static void (*const read_kind[PO_RECORD_KINDS])(reader *, po_record_view *) = {
    [PO_RECORD_ENTRY] = read_entry,
    [PO_RECORD_PROXY] = read_proxy,
    [PO_RECORD_TEXT] = read_text,
    [PO_RECORD_MEMBERS] = read_members,
};

bool po_record_read(const po_block *records, uint32_t at, po_record_view *out) {
  if (at < PO_FIRST_RECORD || at >= records->length)
    return false;
  reader r = {records->at + at, records->at + records->length, true};
  memset(out, 0, sizeof *out);
  unsigned kind = take_byte(&r);
  if (kind == PO_RECORD_NONE || kind >= PO_RECORD_KINDS)
    return false;
  out->kind = (po_record_kind)kind;
  read_kind[kind](&r, out);
  out->members = at + MEMBERS_HEAD;
  out->next = (uint32_t)(r.at - records->at);
  return r.ok;
}

size_t po_record_size(const po_record_view *record) {
  bool keyed = (record->flags & PO_PROXY_KEYED) != 0;
  switch (record->kind) {
  case PO_RECORD_ENTRY:
    return ENTRY_HEAD + record->text.length;
  case PO_RECORD_PROXY:
    return PROXY_HEAD + record->text.length +
           (keyed ? SHORT + record->key.length : 0);
  case PO_RECORD_TEXT:
    return TEXT_HEAD + record->text.length;
  default:
    return MEMBERS_HEAD + (size_t)record->count * NUMBER;
  }
}

static void put_byte(po_block *records, unsigned value) {
  unsigned char byte = (unsigned char)value;
  po_block_put(records, &byte, 1);
}

static void put_short(po_block *records, size_t value) {
  uint16_t number = (uint16_t)value;
  po_block_put(records, &number, SHORT);
}

static void put_number(po_block *records, uint32_t value) {
  po_block_put(records, &value, NUMBER);
}

static void put_text(po_block *records, po_text text) {
  po_block_put(records, text.at, text.length);
}

static void put_entry(po_block *records, const po_record_view *record) {
  put_byte(records, record->flags);
  put_short(records, record->file);
  put_number(records, record->line);
  put_number(records, record->reference);
  put_short(records, record->text.length);
  put_text(records, record->text);
}

static void put_proxy(po_block *records, const po_record_view *record) {
  put_byte(records, record->flags);
  put_short(records, record->text.length);
  put_number(records, record->reference);
  if ((record->flags & PO_PROXY_KEYED) != 0) {
    put_short(records, record->key.length);
    put_text(records, record->key);
  }
  put_text(records, record->text);
}

static void put_plain_text(po_block *records, const po_record_view *record) {
  put_short(records, record->text.length);
  put_text(records, record->text);
}

static void put_members(po_block *records, const po_record_view *record) {
  size_t length = (size_t)record->count * NUMBER;
  put_number(records, record->count);
  put_number(records, record->reference);
  memset(records->at + records->length, 0, length);
  records->length += length;
}

static void (*const put_kind[PO_RECORD_KINDS])(po_block *,
                                               const po_record_view *) = {
    [PO_RECORD_ENTRY] = put_entry,
    [PO_RECORD_PROXY] = put_proxy,
    [PO_RECORD_TEXT] = put_plain_text,
    [PO_RECORD_MEMBERS] = put_members,
};

void po_record_put(po_block *records, const po_record_view *record) {
  put_byte(records, record->kind);
  put_kind[record->kind](records, record);
}

uint32_t po_record_number(const po_block *records, size_t at) {
  uint32_t value = 0;
  if (at <= records->length && records->length - at >= NUMBER)
    memcpy(&value, records->at + at, NUMBER);
  return value;
}

void po_record_set_number(po_block *records, size_t at, uint32_t number) {
  if (at <= records->length && records->length - at >= NUMBER)
    memcpy(records->at + at, &number, NUMBER);
}
