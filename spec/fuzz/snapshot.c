/*
** Opens any bytes as a snapshot and reads all that its directory tells; then
** once more with a head that is put right, so that what is tried is not the
** head's sum but what lies after it.
*/
#include "table/snapshot.h"

#include "../unit/read_directory.h"
#include "properties.h"

static void read_image(po_text image) {
  po_directory d;
  po_text policy;
  po_code code = po_snapshot_open(image, &d, &policy);
  PROPERTY(code == PO_OK || po_snapshot_verify(image) == code);
  if (code != PO_OK)
    return;
  reading_of told = read_directory(&d);
  PROPERTY(told.sound);
  PROPERTY(policy.at >= image.at && po_end(policy) <= po_end(image));
}

/* Puts a section where there is room for it. */
static void put_inside(struct po_snapshot_section *section, uint64_t size) {
  uint64_t most = size / PO_SNAPSHOT_ALIGNMENT;
  if (section->offset > size || section->offset % PO_SNAPSHOT_ALIGNMENT != 0)
    section->offset = section->offset % (most + 1) * PO_SNAPSHOT_ALIGNMENT;
  if (section->length > size - section->offset)
    section->length = size - section->offset;
}

/* What this build writes into each head, and sections that lie inside. */
static void put_right(po_snapshot_head *head, uint64_t size) {
  po_directory nothing = {.finished = true};
  po_snapshot_head ours;
  po_snapshot_begin(&nothing, (po_text){"", 0}, &ours);
  memcpy(head, &ours, offsetof(po_snapshot_head, entries));
  for (int s = 0; s < PO_SECTIONS; s++)
    put_inside(&head->section[s], size);
  for (int s = PO_SECTION_KEYS; s <= PO_SECTION_OTHERS; s++)
    head->section[s].length &= ~(uint64_t)(sizeof(po_slot) - 1);
  head->size = size;
  head->sum =
      po_hash((po_text){(const char *)head, offsetof(po_snapshot_head, sum)});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  po_snapshot_head head;
  char *copy = malloc(size > 0 ? size : 1);
  memcpy(copy, data, size);
  po_text image = {copy, size};
  read_image(image);
  if (size >= sizeof head) {
    memcpy(&head, copy, sizeof head);
    put_right(&head, size);
    memcpy(copy, &head, sizeof head);
    po_directory d;
    po_text policy;
    PROPERTY(po_snapshot_open(image, &d, &policy) == PO_OK);
    read_image(image);
  }
  free(copy);
  return 0;
}
