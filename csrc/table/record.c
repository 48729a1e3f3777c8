#include "record.h"

#include <string.h>

/*
** entry    kind 1, flags 1, body 4, file, line, length, name
** proxy    kind 1, flags 1, how far behind its entry, length, (length, key),
**          (bytes of the key), text
** text     kind 1, length, text
** keyed    kind 1, length, length, key, text
** members  kind 1, count 4, owner 4, a number of 4 for each
**
** Numbers stand where they come, in the machine's byte order; those without a
** length here are counts, seven bits a byte, the lowest first: a byte saved is
** a megabyte of a million people.
*/
enum { ENTRY_HEAD = 6, PROXY_HEAD = 2, TEXT_HEAD = 1, MEMBERS_HEAD = 9 };
enum { NUMBER = 4, COUNT_BITS = 7, LONGEST_COUNT = 5, GOES_ON = 128 };

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

/* A count: all but its last byte have the highest bit. */
static uint32_t take_count(reader *r) {
  uint32_t value = 0;
  for (unsigned i = 0; i < LONGEST_COUNT; i++) {
    uint32_t byte = take_byte(r);
    value |= (byte % GOES_ON) << (i * COUNT_BITS);
    if (byte < GOES_ON)
      return value;
  }
  r->ok = false;
  return 0;
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
  out->reference = take_number(r);
  out->file = take_count(r);
  out->line = take_count(r);
  out->text = take_text(r, take_count(r));
}

/* Its entry is told by the distance from its own place, which `out->reference`
** has to be. */
static void read_proxy(reader *r, po_record_view *out) {
  out->flags = take_byte(r);
  uint32_t distance = take_count(r), length = take_count(r);
  out->reference = distance < out->reference ? out->reference - distance : 0;
  if ((out->flags & PO_PROXY_KEYED) != 0)
    out->key = take_text(r, take_count(r));
  if ((out->flags & PO_PROXY_BARE) != 0)
    out->bare = take_count(r);
  r->ok = r->ok && out->bare <= out->key.length;
  out->text = take_text(r, length);
}

static void read_text(reader *r, po_record_view *out) {
  out->reference = 0;
  out->text = take_text(r, take_count(r));
}

static void read_keyed(reader *r, po_record_view *out) {
  out->reference = 0;
  uint32_t length = take_count(r);
  out->key = take_text(r, take_count(r));
  out->text = take_text(r, length);
}

static void read_members(reader *r, po_record_view *out) {
  out->count = take_number(r);
  out->reference = take_number(r);
  take(r, (size_t)out->count * NUMBER);
}

static void (*const read_kind[PO_RECORD_KINDS])(reader *, po_record_view *) = {
    [PO_RECORD_ENTRY] = read_entry,     [PO_RECORD_PROXY] = read_proxy,
    [PO_RECORD_TEXT] = read_text,       [PO_RECORD_KEYED] = read_keyed,
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
  out->reference = at;
  read_kind[kind](&r, out);
  out->members = at + MEMBERS_HEAD;
  out->next = (uint32_t)(r.at - records->at);
  return r.ok;
}

static size_t size_of_count(size_t value) {
  size_t size = 1;
  for (; value >= GOES_ON; value >>= COUNT_BITS)
    size++;
  return size;
}

static size_t size_of_text(po_text text) {
  return size_of_count(text.length) + text.length;
}

static size_t size_of_proxy(const po_record_view *record, uint32_t at) {
  bool keyed = (record->flags & PO_PROXY_KEYED) != 0;
  bool bare = (record->flags & PO_PROXY_BARE) != 0;
  return PROXY_HEAD + size_of_count(at - record->reference) +
         size_of_text(record->text) + (keyed ? size_of_text(record->key) : 0) +
         (bare ? size_of_count(record->bare) : 0);
}

size_t po_record_size(const po_record_view *record, uint32_t at) {
  switch (record->kind) {
  case PO_RECORD_ENTRY:
    return ENTRY_HEAD + size_of_count(record->file) +
           size_of_count(record->line) + size_of_text(record->text);
  case PO_RECORD_PROXY:
    return size_of_proxy(record, at);
  case PO_RECORD_TEXT:
    return TEXT_HEAD + size_of_text(record->text);
  case PO_RECORD_KEYED:
    return TEXT_HEAD + size_of_text(record->text) + size_of_text(record->key);
  default:
    return MEMBERS_HEAD + (size_t)record->count * NUMBER;
  }
}

static void put_byte(po_block *records, unsigned value) {
  unsigned char byte = (unsigned char)value;
  po_block_put(records, &byte, 1);
}

static void put_count(po_block *records, size_t value) {
  for (; value >= GOES_ON; value >>= COUNT_BITS)
    put_byte(records, (unsigned)(value % GOES_ON + GOES_ON));
  put_byte(records, (unsigned)value);
}

static void put_number(po_block *records, uint32_t value) {
  po_block_put(records, &value, NUMBER);
}

static void put_text(po_block *records, po_text text) {
  po_block_put(records, text.at, text.length);
}

/* All of them begin behind the kind, which stands before the end. */
static void put_entry(po_block *records, const po_record_view *record) {
  put_byte(records, record->flags);
  put_number(records, record->reference);
  put_count(records, record->file);
  put_count(records, record->line);
  put_count(records, record->text.length);
  put_text(records, record->text);
}

static void put_proxy(po_block *records, const po_record_view *record) {
  size_t at = records->length - 1;
  put_byte(records, record->flags);
  put_count(records, at - record->reference);
  put_count(records, record->text.length);
  if ((record->flags & PO_PROXY_KEYED) != 0) {
    put_count(records, record->key.length);
    put_text(records, record->key);
  }
  if ((record->flags & PO_PROXY_BARE) != 0)
    put_count(records, record->bare);
  put_text(records, record->text);
}

static void put_plain_text(po_block *records, const po_record_view *record) {
  put_count(records, record->text.length);
  put_text(records, record->text);
}

static void put_keyed(po_block *records, const po_record_view *record) {
  put_count(records, record->text.length);
  put_count(records, record->key.length);
  put_text(records, record->key);
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
    [PO_RECORD_ENTRY] = put_entry,     [PO_RECORD_PROXY] = put_proxy,
    [PO_RECORD_TEXT] = put_plain_text, [PO_RECORD_KEYED] = put_keyed,
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
