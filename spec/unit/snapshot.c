/* Snapshots: heads, sections, and whatever may have become of a file. */
#include "table/snapshot.h"

#include "read_directory.h"
#include "unit.h"

#include <stdlib.h>

static void *resize(void *state, void *at, size_t size, size_t wanted) {
  (void)state;
  (void)size;
  if (wanted > 0)
    return realloc(at, wanted);
  free(at);
  return NULL;
}

static po_text text_of(const char *literal) {
  return (po_text){literal, literal == NULL ? 0 : strlen(literal)};
}

#define ABSENT text_of(NULL)
#define POLICY "what Lua knows" /* no multiple of eight */

static void add(po_directory *d, const char *name, unsigned flags,
                const char *proxy, const char *key) {
  po_entry_facts facts = {text_of(name), flags, 1, 7};
  CHECK(po_directory_add(d, &facts) != 0);
  CHECK(po_directory_add_proxy(d, text_of(proxy), text_of(key), 0, false) != 0);
}

/* Whether every reference that can be resolved is. */
static void resolve(po_directory *d) {
  po_cursor cursor = {0, 0};
  po_reference reference;
  while (po_directory_resolve(d, &cursor, &reference))
    continue;
}

/* A directory of each kind of record; to be freed. */
static po_directory small_directory(void) {
  po_directory d;
  po_directory_begin(&d, (po_allocator){resize, NULL}, SIZE_MAX);
  add(&d, "Kim", PO_ENTRY_PERSON, "SMTP:Kim@a.example", "SMTP:kim@a.example");
  CHECK(po_directory_add_proxy(&d, text_of("X500:/o=A/cn=kim"),
                               text_of("EX:/O=A/CN=KIM"), 0, true) != 0);
  add(&d, "Pat", PO_ENTRY_PERSON, "pat@a.example", "SMTP:pat@a.example");
  CHECK(po_directory_set_keyed_target(&d, text_of("pat@b.example"),
                                      text_of("SMTP:pat@b.example")));
  add(&d, "Lee", PO_ENTRY_PERSON, "lee@a.example", "SMTP:lee@a.example");
  CHECK(po_directory_add_proxy(&d, text_of("CCMAIL:Lee at HQ"),
                               text_of("CCMAIL:lee at hq"), 10, true) != 0);
  CHECK(po_directory_set_keyed_target(&d, text_of("CCMAIL:Pat at HQ"),
                                      text_of("CCMAIL:pat at hq")));
  add(&d, "Gone", 0, "gone@a.example", "SMTP:gone@a.example");
  CHECK(po_directory_set_refusal(&d, text_of("left us")));
  add(&d, "All", PO_ENTRY_LIST, "all@a.example", "SMTP:all@a.example");
  CHECK(po_directory_set_members(&d, 2, text_of("Kim")));
  CHECK(po_directory_set_member(&d, 0, text_of("Pat")));
  CHECK(po_directory_set_member(&d, 1, text_of("joe@b.example")));
  resolve(&d);
  po_directory_finish(&d);
  return d;
}

static po_text with_head(const po_snapshot_head *head, po_text image) {
  memcpy((char *)(uintptr_t)image.at, head, sizeof *head);
  return image;
}

/* A file as it is written, on the heap and with nothing after it. */
static po_text image_of(const po_directory *d, const char *policy) {
  po_snapshot_head head;
  po_snapshot_begin(d, text_of(policy), &head);
  char *image = unit_memory((size_t)head.size);
  memset(image, 0, (size_t)head.size);
  for (int s = 0; s < PO_SECTIONS; s++) {
    po_text section = po_snapshot_section(d, text_of(policy), (po_section)s);
    if (section.length > 0)
      memcpy(image + head.section[s].offset, section.at, section.length);
  }
  return with_head(&head, (po_text){image, (size_t)head.size});
}

static po_text small_image(void) {
  po_directory d = small_directory();
  po_text image = image_of(&d, POLICY);
  po_directory_free(&d);
  return image;
}

static po_text empty_image(void) {
  po_directory d;
  po_directory_begin(&d, (po_allocator){resize, NULL}, SIZE_MAX);
  po_directory_finish(&d);
  return image_of(&d, "");
}

static po_code open(po_text image) {
  po_directory d;
  po_text policy;
  return po_snapshot_open(image, &d, &policy);
}

/* The head of an image, to be changed. */
static po_snapshot_head head_of(po_text image) {
  po_snapshot_head head;
  memcpy(&head, image.at, sizeof head);
  return head;
}

/* The same with a sum that fits. */
static po_snapshot_head summed(po_snapshot_head head) {
  head.sum =
      po_hash((po_text){(const char *)&head, offsetof(po_snapshot_head, sum)});
  return head;
}

TEST(a_head_says_where_its_sections_are) {
  po_directory d = small_directory();
  po_snapshot_head head;
  po_snapshot_begin(&d, text_of(POLICY), &head);
  uint64_t at = sizeof head;
  for (int s = 0; s < PO_SECTIONS; s++) {
    po_text section = po_snapshot_section(&d, text_of(POLICY), (po_section)s);
    CHECK_INT(head.section[s].offset, at);
    CHECK_INT(head.section[s].offset % PO_SNAPSHOT_ALIGNMENT, 0);
    CHECK_INT(head.section[s].length, section.length);
    CHECK(head.section[s].sum == po_hash(section));
    at += section.length + po_snapshot_padding(section.length);
  }
  CHECK_INT(head.size, at);
  CHECK_INT(head.entries, 5);
  CHECK_INT(head.used, 7);
  CHECK_INT(head.others, 3);
  CHECK(head.sum == summed(head).sum);
  po_directory_free(&d);
}

TEST(padding_leads_to_a_multiple_of_eight) {
  for (uint64_t length = 0; length < 24; length++) {
    CHECK(po_snapshot_padding(length) < PO_SNAPSHOT_ALIGNMENT);
    CHECK_INT((length + po_snapshot_padding(length)) % PO_SNAPSHOT_ALIGNMENT,
              0);
  }
  CHECK_INT(po_snapshot_padding(UINT64_MAX), 1);
  CHECK_INT(po_snapshot_padding(UINT64_C(1) << 40), 0);
}

/* It goes by no address of the process that wrote it, nor by what lay in memory
** before. */
TEST(the_same_directory_is_the_same_file) {
  po_text one = small_image(), other = small_image();
  CHECK_INT(one.length, other.length);
  CHECK(memcmp(one.at, other.at, one.length) == 0);
}

TEST(a_magic_is_known_by_its_first_bytes) {
  po_text image = small_image();
  CHECK(po_is_snapshot(image));
  CHECK(po_is_snapshot((po_text){image.at, PO_SNAPSHOT_MAGIC_LENGTH}));
  CHECK(!po_is_snapshot((po_text){image.at, PO_SNAPSHOT_MAGIC_LENGTH - 1}));
  CHECK(!po_is_snapshot(ABSENT));
  CHECK(!po_is_snapshot(BYTES("popolicy")));
}

TEST(a_whole_image_opens_as_it_was) {
  po_directory built = small_directory(), d;
  po_text image = image_of(&built, POLICY), policy;
  CHECK_INT(po_snapshot_verify(image), PO_OK);
  CHECK_INT(po_snapshot_open(image, &d, &policy), PO_OK);
  CHECK_TEXT(policy, POLICY);
  CHECK_INT(d.entries, built.entries);
  CHECK(d.finished);
  reading_of was = read_directory(&built), is = read_directory(&d);
  CHECK(was.sound && is.sound);
  CHECK_INT(is.entries, 5);
  CHECK_INT(is.proxies >= 7, true);
  CHECK(is.ways >= 4);
  CHECK(is.sum == was.sum);
  po_entry_view entry;
  CHECK(po_directory_entry(&d, po_directory_find(&d, text_of("EX:/O=A/CN=KIM")),
                           &entry));
  CHECK_TEXT(entry.name, "Kim");
  CHECK_INT(entry.line, 7);
  CHECK_INT(po_directory_find(&d, text_of("SMTP:none@a.example")), 0);
  CHECK(po_directory_entry(
      &d, po_directory_find_target(&d, text_of("CCMAIL:pat at hq")), &entry));
  CHECK_TEXT(entry.name, "Lee");
  CHECK(po_directory_entry(
      &d, po_directory_find_bare(&d, text_of("CCMAIL:lee")), &entry));
  CHECK_TEXT(entry.name, "Lee");
  po_directory_free(&built);
}

TEST(an_image_needs_no_more_than_eight_bytes_of_alignment) {
  po_text image = small_image();
  char *memory = unit_memory(image.length + 2 * PO_SNAPSHOT_ALIGNMENT);
  size_t shift = (uintptr_t)memory % 16 == 0 ? PO_SNAPSHOT_ALIGNMENT : 0;
  memcpy(memory + shift, image.at, image.length);
  po_text moved = {memory + shift, image.length}, policy;
  CHECK_INT((uintptr_t)moved.at % 16, PO_SNAPSHOT_ALIGNMENT);
  po_directory d;
  CHECK_INT(po_snapshot_verify(moved), PO_OK);
  CHECK_INT(po_snapshot_open(moved, &d, &policy), PO_OK);
  CHECK_INT(read_directory(&d).entries, 5);
}

TEST(nothing_is_an_image_as_well) {
  po_text image = empty_image(), policy;
  po_directory d;
  CHECK_INT(image.length, sizeof(po_snapshot_head));
  CHECK_INT(po_snapshot_verify(image), PO_OK);
  CHECK_INT(po_snapshot_open(image, &d, &policy), PO_OK);
  CHECK_INT(policy.length, 0);
  CHECK_INT(d.entries, 0);
  CHECK_INT(po_directory_find(&d, text_of("SMTP:kim@a.example")), 0);
  reading_of nothing = read_directory(&d);
  CHECK(nothing.sound);
  CHECK_INT(nothing.entries, 0);
}

TEST(a_cut_image_is_damaged) {
  po_text image = small_image();
  for (size_t length = 0; length < image.length; length++) {
    po_text cut = unit_bytes(image.at, length);
    CHECK_INT(open(cut), PO_SNAPSHOT_DAMAGED);
    CHECK_INT(po_snapshot_verify(cut), PO_SNAPSHOT_DAMAGED);
  }
}

TEST(a_longer_image_is_damaged) {
  po_text image = small_image();
  char *longer = unit_memory(image.length + PO_SNAPSHOT_ALIGNMENT);
  memset(longer, 0, image.length + PO_SNAPSHOT_ALIGNMENT);
  memcpy(longer, image.at, image.length);
  for (size_t more = 1; more <= PO_SNAPSHOT_ALIGNMENT; more++)
    CHECK_INT(open((po_text){longer, image.length + more}),
              PO_SNAPSHOT_DAMAGED);
}

/* Whether a changed image does not open, or opens and is read. */
static bool bears(po_text image) {
  po_directory d;
  po_text policy;
  if (po_snapshot_open(image, &d, &policy) != PO_OK)
    return true;
  return read_directory(&d).sound && po_hash(policy) != 0;
}

/* Each byte, by each of its bits: that it is not whole, verifying always tells;
** opening does where it is the head's. */
TEST(a_flipped_byte_does_no_harm) {
  po_text image = small_image();
  for (size_t i = 0; i < image.length; i++)
    for (int bit = 0; bit < 8; bit++) {
      po_text flipped = unit_bytes(image.at, image.length);
      ((char *)(uintptr_t)flipped.at)[i] ^= (char)(1 << bit);
      CHECK(po_snapshot_verify(flipped) != PO_OK);
      CHECK(i >= sizeof(po_snapshot_head) || open(flipped) != PO_OK);
      CHECK(bears(flipped));
    }
}

/* The sums are right here: only bounds hold. */
TEST(any_two_bytes_of_records_and_slots_do_no_harm) {
  po_text image = small_image();
  for (size_t i = sizeof(po_snapshot_head); i + 1 < image.length; i++)
    for (unsigned value = 0; value < 256; value += 51) {
      po_text changed = unit_bytes(image.at, image.length);
      memset((char *)(uintptr_t)changed.at + i, (int)value, 2);
      CHECK(bears(changed));
    }
}

TEST(another_build_s_image_is_foreign) {
  po_text image = small_image();
  po_snapshot_head whole = head_of(image);
  struct {
    po_snapshot_head head;
    po_code code;
  } rows[] = {
      {whole, PO_OK},
      {whole, PO_SNAPSHOT_FOREIGN},
      {whole, PO_SNAPSHOT_FOREIGN},
      {whole, PO_SNAPSHOT_FOREIGN},
      {whole, PO_SNAPSHOT_FOREIGN},
      {whole, PO_SNAPSHOT_FOREIGN},
      {whole, PO_SNAPSHOT_DAMAGED},
  };
  rows[1].head.layout++;
  rows[2].head.order = 0x04030201;
  rows[3].head.keys++;
  rows[4].head.unicode[0] ^= 1;
  rows[5].head.unicode[sizeof whole.unicode - 1] = '0'; /* a longer version */
  rows[6].head.magic[0] = 'p';
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    po_snapshot_head head = summed(rows[i].head);
    CHECK_INT(open(with_head(&head, image)), rows[i].code);
    CHECK_INT(po_snapshot_verify(image), rows[i].code);
  }
}

/* A foreign head's sum, sizes and sections may be anything. */
TEST(a_foreign_image_is_not_called_damaged) {
  po_text image = small_image();
  po_snapshot_head head = head_of(image);
  head.layout++;
  memset(&head.size, 0xff, sizeof head - offsetof(po_snapshot_head, size));
  CHECK_INT(open(with_head(&head, image)), PO_SNAPSHOT_FOREIGN);
}

TEST(sections_lie_inside_and_are_aligned) {
  po_text image = small_image();
  po_snapshot_head whole = head_of(image);
  uint64_t size = image.length;
  const struct {
    uint64_t offset, length;
    po_code code;
  } rows[] = {
      {0, 0, PO_OK},
      {0, size / 8 * 8, PO_OK},
      {size, 0, PO_OK},
      {8, size - 8, PO_OK},
      {8, size, PO_SNAPSHOT_DAMAGED},
      {size, 8, PO_SNAPSHOT_DAMAGED},
      {size + 8, 0, PO_SNAPSHOT_DAMAGED},
      {8, UINT64_MAX - 7, PO_SNAPSHOT_DAMAGED}, /* their sum is 0 */
      {UINT64_MAX - 7, 8, PO_SNAPSHOT_DAMAGED},
      {1, 8, PO_SNAPSHOT_DAMAGED},
      {4, 8, PO_SNAPSHOT_DAMAGED},
  };
  CHECK_INT(size % PO_SNAPSHOT_ALIGNMENT, 0);
  for (int s = 0; s < PO_SECTIONS; s++)
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
      po_snapshot_head head = whole;
      head.section[s].offset = rows[i].offset;
      head.section[s].length = rows[i].length;
      head = summed(head);
      CHECK_INT(open(with_head(&head, image)), rows[i].code);
      CHECK(bears(image));
      CHECK(rows[i].code == PO_OK || po_snapshot_verify(image) != PO_OK);
    }
}

TEST(slots_are_whole) {
  po_text image = small_image();
  po_snapshot_head whole = head_of(image);
  for (int s = PO_SECTION_KEYS; s <= PO_SECTION_OTHERS; s++)
    for (uint64_t less = 0; less <= 16; less++) {
      po_snapshot_head head = whole;
      head.section[s].length -= less;
      head = summed(head);
      CHECK_INT(open(with_head(&head, image)),
                less % sizeof(po_slot) == 0 ? PO_OK : PO_SNAPSHOT_DAMAGED);
      CHECK(bears(image));
    }
}

/* Opening looks at nothing but the head: no more of these files is there. */
TEST(sections_are_no_longer_than_places_can_say) {
  po_text image = empty_image();
  po_snapshot_head whole = head_of(image);
  const uint64_t most = UINT32_MAX, slot = sizeof(po_slot);
  const struct {
    po_section section;
    uint64_t length;
    po_code code;
  } rows[] = {
      {PO_SECTION_RECORDS, most, PO_OK},
      {PO_SECTION_RECORDS, most + 1, PO_SNAPSHOT_DAMAGED},
      {PO_SECTION_RECORDS, most + 9, PO_SNAPSHOT_DAMAGED},
      {PO_SECTION_KEYS, most * slot, PO_OK},
      {PO_SECTION_KEYS, (most + 1) * slot, PO_SNAPSHOT_DAMAGED},
      {PO_SECTION_OTHERS, most * slot, PO_OK},
      {PO_SECTION_OTHERS, (most + 1) * slot, PO_SNAPSHOT_DAMAGED},
      {PO_SECTION_POLICY, most + 9, PO_OK},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    po_snapshot_head head = whole;
    head.section[rows[i].section].length = rows[i].length;
    head.size = sizeof head + rows[i].length;
    head = summed(head);
    image = (po_text){with_head(&head, image).at, (size_t)head.size};
    CHECK_INT(open(image), rows[i].code);
  }
}

/* A changed sum is told, and so is a changed byte that no section has. */
TEST(sums_are_of_sections_and_of_what_pads_them) {
  po_text image = small_image();
  po_snapshot_head whole = head_of(image);
  for (int s = 0; s < PO_SECTIONS; s++) {
    po_snapshot_head head = whole;
    head.section[s].sum ^= 1;
    head = summed(head);
    CHECK_INT(open(with_head(&head, image)), PO_OK);
    CHECK_INT(po_snapshot_verify(image), PO_SNAPSHOT_DAMAGED);
  }
  with_head(&whole, image);
  CHECK_INT(po_snapshot_verify(image), PO_OK);
  size_t padding = sizeof whole + sizeof POLICY - 1;
  CHECK(padding % PO_SNAPSHOT_ALIGNMENT != 0);
  ((char *)(uintptr_t)image.at)[padding] = 1;
  CHECK_INT(open(image), PO_OK);
  CHECK_INT(po_snapshot_verify(image), PO_SNAPSHOT_DAMAGED);
}

/* Slots without an empty one, and all of one tag: what is not there is looked
** for once around. */
TEST(a_table_without_an_empty_slot_is_gone_around_once) {
  po_text image = small_image(), policy;
  po_directory d;
  CHECK_INT(po_snapshot_open(image, &d, &policy), PO_OK);
  po_text key = text_of("SMTP:none@a.example");
  for (uint32_t i = 0; i < d.keys.count; i++) {
    d.keys.at[i].tag = (uint32_t)po_hash(key);
    d.keys.at[i].record = 8 + i;
  }
  CHECK_INT(po_directory_find(&d, key), 0);
  CHECK(read_directory(&d).sound);
}
