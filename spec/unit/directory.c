/* The directory of policies: what is put in is found, and read as it was put
** in; nothing is lost where memory or room runs out. */
#include "table/directory.h"
#include "text.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- Memory that can run out --------------------------------------------- */

typedef struct heap {
  size_t used;
  long left;     /* requests until one fails; negative: none will */
  bool for_good; /* and all that follow */
  bool failed;
} heap;

static bool fails(heap *memory) {
  bool now = memory->left == 0;
  if (memory->left > 0 || (now && !memory->for_good))
    memory->left--;
  memory->failed = memory->failed || now;
  return now;
}

/* Always in another place, so that a pointer that was kept is found out. */
static void *resize(void *state, void *at, size_t size, size_t wanted) {
  heap *memory = (heap *)state;
  if (wanted > 0 && fails(memory))
    return NULL;
  char *moved = wanted > 0 ? (char *)malloc(wanted) : NULL;
  if (moved != NULL && at != NULL)
    memcpy(moved, at, size < wanted ? size : wanted);
  memory->used += wanted - (at == NULL ? 0 : size);
  free(at);
  return moved;
}

static heap plenty(void) { return (heap){.left = -1}; }

static void begin_with(po_directory *d, heap *memory, size_t most) {
  po_allocator allocator = {resize, memory};
  po_directory_begin(d, allocator, most);
}

static void begin(po_directory *d, heap *memory) {
  begin_with(d, memory, SIZE_MAX);
}

/* Frees it; every byte has to be back. */
static void end(po_directory *d, const heap *memory) {
  po_directory_free(d);
  CHECK_INT(memory->used, 0);
}

/* ---- Building and reading ------------------------------------------------ */

static const po_text absent = {NULL, 0};

/* A text in memory of its own, which ends where it ends. */
static po_text text_of(const char *string) {
  return unit_bytes(string, strlen(string));
}

static po_text repeated(char byte, size_t length) {
  char *memory = unit_memory(length);
  memset(memory, byte, length);
  return (po_text){memory, length};
}

static po_record add(po_directory *d, const char *name) {
  po_entry_facts facts = {text_of(name), 0, 1, 2};
  return po_directory_add(d, &facts);
}

static po_record add_list(po_directory *d, const char *name) {
  po_entry_facts facts = {text_of(name), PO_ENTRY_LIST, 1, 2};
  return po_directory_add(d, &facts);
}

static po_record add_proxy(po_directory *d, const char *proxy,
                           const char *key) {
  return po_directory_add_proxy(d, text_of(proxy), text_of(key), 0, false);
}

static po_record find(const po_directory *d, const char *key) {
  return po_directory_find(d, text_of(key));
}

static po_record find_target(const po_directory *d, const char *key) {
  return po_directory_find_target(d, text_of(key));
}

static po_record find_bare(const po_directory *d, const char *key) {
  return po_directory_find_bare(d, text_of(key));
}

static po_record named(const po_directory *d, const char *name) {
  return po_directory_named(d, text_of(name));
}

static po_entry_view view_of(const po_directory *d, po_record entry) {
  po_entry_view view = {.body = 0};
  CHECK(po_directory_entry(d, entry, &view));
  return view;
}

static bool is_ambiguous(const po_directory *d, po_record entry) {
  return (view_of(d, entry).flags & PO_ENTRY_AMBIGUOUS) != 0;
}

static po_way target_of(const po_directory *d, po_record entry) {
  po_entry_view view = view_of(d, entry);
  po_way way = {0, absent};
  CHECK(po_directory_target(d, &view, &way));
  return way;
}

/* Resolves all references; how many there are. */
static int resolve(po_directory *d) {
  po_reference reference;
  po_cursor cursor = {0, 0};
  int count = 0;
  while (po_directory_resolve(d, &cursor, &reference))
    count++;
  return count;
}

static int count_proxies(const po_directory *d, po_record entry) {
  po_text text;
  bool secondary;
  int count = 0;
  po_record at = view_of(d, entry).proxies;
  while (po_directory_proxy(d, &at, &text, &secondary))
    count++;
  return count;
}

static int count_entries(const po_directory *d) {
  int count = 0;
  for (po_record at = 0; (at = po_directory_next(d, at)) != 0;)
    count++;
  return count;
}

/* ---- Entries and names --------------------------------------------------- */

TEST(an_empty_directory_has_nothing) {
  heap memory = plenty();
  po_directory d;
  po_entry_view view;
  po_reference reference;
  po_cursor cursor = {0, 0};
  begin(&d, &memory);
  CHECK_INT(find(&d, "SMTP:kim@a.example"), 0);
  CHECK_INT(named(&d, "Kim"), 0);
  CHECK_INT(po_directory_next(&d, 0), 0);
  CHECK(!po_directory_entry(&d, 0, &view));
  CHECK(!po_directory_entry(&d, 8, &view));
  CHECK(!po_directory_resolve(&d, &cursor, &reference));
  po_directory_finish(&d);
  CHECK_INT(memory.used, 0);
  end(&d, &memory);
}

TEST(before_the_first_entry_nothing_can_be_set) {
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  CHECK_INT(add_proxy(&d, "kim@a.example", "SMTP:kim@a.example"), 0);
  CHECK(!po_directory_set_refusal(&d, absent));
  CHECK(!po_directory_set_refusal(&d, BYTES("gone")));
  CHECK(!po_directory_set_target(&d, BYTES("kim@b.example")));
  CHECK(!po_directory_set_members(&d, 2, absent));
  CHECK(!po_directory_set_members(&d, 2, BYTES("Kim")));
  CHECK(!po_directory_set_member(&d, 0, BYTES("Kim")));
  po_record kim = add(&d, "Kim");
  CHECK_INT(named(&d, "Kim"), kim);
  CHECK_INT(view_of(&d, kim).flags, 0);
  end(&d, &memory);
}

TEST(what_was_freed_is_empty) {
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  add(&d, "Kim");
  add_proxy(&d, "kim@a.example", "SMTP:kim@a.example");
  po_directory_free(&d);
  CHECK_INT(find(&d, "SMTP:kim@a.example"), 0);
  CHECK_INT(count_entries(&d), 0);
  CHECK_INT(d.entries, 0);
  CHECK(!po_directory_set_refusal(&d, absent));
  CHECK_INT(add_proxy(&d, "kim@a.example", "SMTP:kim@a.example"), 0);
  end(&d, &memory);
}

TEST(an_entry_is_as_it_was_declared) {
  heap memory = plenty();
  po_directory d;
  po_entry_facts facts = {BYTES("Team"), PO_ENTRY_LIST, 65535, 4000000000U};
  begin(&d, &memory);
  po_record kim = add(&d, "Kim Lee");
  po_record team = po_directory_add(&d, &facts);
  po_entry_view view = view_of(&d, kim);
  CHECK_TEXT(view.name, "Kim Lee");
  CHECK_INT(view.flags, 0);
  view = view_of(&d, team);
  CHECK_TEXT(view.name, "Team");
  CHECK_INT(view.flags, PO_ENTRY_LIST);
  CHECK_INT(view.file, 65535);
  CHECK_INT(view.line, 4000000000U);
  CHECK_INT(d.entries, 2);
  end(&d, &memory);
}

TEST(names_are_found_in_any_case_of_ascii) {
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  po_record kim = add(&d, "Kim L\xc3\x89\x65");
  po_record none = add(&d, "");
  CHECK_INT(named(&d, "kIM l\xc3\x89\x45"), kim);
  CHECK_INT(named(&d, "Kim L\xc3\xa9\x65"), 0);
  CHECK_INT(named(&d, "Kim L\xc3\x89"), 0);
  CHECK_INT(named(&d, ""), none);
  CHECK(!is_ambiguous(&d, kim));
  po_directory_finish(&d);
  CHECK_INT(named(&d, "Kim L\xc3\x89\x65"), 0);
  end(&d, &memory);
}

static po_record add_person(po_directory *d, const char *name) {
  po_entry_facts facts = {text_of(name), PO_ENTRY_PERSON, 1, 2};
  return po_directory_add(d, &facts);
}

TEST(the_first_keeps_a_name) {
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  po_record first = add(&d, "Kim");
  po_record second = add(&d, "KIM"), third = add_person(&d, "kim");
  CHECK_INT(named(&d, "kim"), first);
  CHECK(!is_ambiguous(&d, first) && !is_ambiguous(&d, second));
  CHECK(!is_ambiguous(&d, third));
  CHECK_INT(d.entries, 3);
  end(&d, &memory);
}

TEST(a_name_is_not_that_of_several_persons) {
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  po_record first = add_person(&d, "Kim"), other = add_person(&d, "Pat");
  CHECK(!is_ambiguous(&d, first));
  CHECK(add_person(&d, "KIM") != 0);
  CHECK_INT(named(&d, "kim"), first);
  CHECK(is_ambiguous(&d, first) && !is_ambiguous(&d, other));
  po_record list = add_list(&d, "kim");
  CHECK_INT(named(&d, "kim"), list);
  CHECK(!is_ambiguous(&d, list));
  add_person(&d, "Kim");
  CHECK_INT(named(&d, "kim"), list);
  CHECK(!is_ambiguous(&d, list));
  CHECK_INT(d.entries, 5);
  end(&d, &memory);
}

TEST(long_names_are_found_as_they_are_written) {
  static const size_t lengths[] = {1024, 1025, 65535};
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    po_entry_facts facts = {repeated('X', lengths[i]), 0, 0, 0};
    po_record entry = po_directory_add(&d, &facts);
    CHECK(entry != 0);
    CHECK_INT(po_directory_named(&d, repeated('X', lengths[i])), entry);
  }
  CHECK(po_directory_named(&d, repeated('x', 1024)) != 0);
  CHECK_INT(po_directory_named(&d, repeated('X', 1026)), 0);
  end(&d, &memory);
}

TEST(entries_come_in_the_order_of_their_declaration) {
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  po_record kim = add(&d, "Kim");
  add_proxy(&d, "kim@a.example", "SMTP:kim@a.example");
  po_directory_set_target(&d, BYTES("kim@b.example"));
  po_record team = add_list(&d, "Team");
  po_directory_set_members(&d, 3, BYTES("Kim"));
  po_directory_set_member(&d, 1, BYTES("Kim"));
  po_record pat = add(&d, "Pat");
  CHECK_INT(po_directory_next(&d, 0), kim);
  CHECK_INT(po_directory_next(&d, kim), team);
  CHECK_INT(po_directory_next(&d, team), pat);
  CHECK_INT(po_directory_next(&d, pat), 0);
  CHECK_INT(po_directory_next(&d, 1), 0);
  CHECK_INT(po_directory_next(&d, UINT32_MAX), 0);
  end(&d, &memory);
}

/* ---- Proxies and keys ---------------------------------------------------- */

/* Proxies, their keys, and whether the key need not be kept. */
static const struct {
  const char *proxy, *key;
  bool derived;
} proxies[] = {
    {"SMTP:kim@a.example", "SMTP:kim@a.example", true},
    {"smtp:Kim.Lee@A.Example", "SMTP:kim.lee@a.example", true},
    {"Kim_Lee@a.example", "SMTP:kim_lee@a.example", true},
    {"sMtP:\"kim lee\"@a.example", "SMTP:\"kim lee\"@a.example", true},
    {"SMTP:\"kim\"@b.example", "SMTP:kim@b.example", false},
    {"SMTP:kim@\xc3\xa9.example", "SMTP:kim@xn--9ca.example", false},
    {"X500:/O=A/CN=Kim", "EX:/o=a/cn=kim", false},
    {"CCMAIL:Lee, Kim at HQ", "CCMAIL:kim lee at hq", false},
    {"SMTP:", "SMTP:", true},
    {"", "", false},
    {"SMT", "SMT", false},
    {"x", "SMTP:x", true},
    {"y", "smtp:y", false},
};

enum { PROXIES = sizeof proxies / sizeof *proxies };

TEST(an_entry_is_found_by_each_key) {
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  po_record kim = add(&d, "Kim");
  for (size_t i = 0; i < PROXIES; i++)
    CHECK_INT(add_proxy(&d, proxies[i].proxy, proxies[i].key), kim);
  for (int finished = 0; finished <= 1; finished++) {
    for (size_t i = 0; i < PROXIES; i++)
      CHECK_INT(find(&d, proxies[i].key), kim);
    CHECK_INT(find(&d, "SMTP:Kim@a.example"), 0);
    CHECK_INT(find(&d, "kim@a.example"), 0);
    CHECK_INT(find(&d, "SMTP:kim@a.exampl"), 0);
    CHECK_INT(find(&d, "SMTP:kim@a.example\1"), 0);
    po_directory_finish(&d);
  }
  CHECK_INT(count_proxies(&d, kim), PROXIES);
  end(&d, &memory);
}

TEST(proxies_stay_as_they_were_written) {
  heap memory = plenty();
  po_directory d;
  po_text text = absent;
  bool secondary = true;
  begin(&d, &memory);
  po_record kim = add(&d, "Kim");
  for (size_t i = 0; i < PROXIES; i++)
    po_directory_add_proxy(&d, text_of(proxies[i].proxy),
                           text_of(proxies[i].key), 0, i % 2 == 1);
  po_record at = view_of(&d, kim).proxies;
  for (size_t i = 0; i < PROXIES; i++) {
    CHECK(po_directory_proxy(&d, &at, &text, &secondary));
    CHECK_TEXT_IS(text, proxies[i].proxy);
    CHECK_INT(secondary, i % 2 == 1);
  }
  CHECK(!po_directory_proxy(&d, &at, &text, &secondary));
  end(&d, &memory);
}

TEST(a_key_takes_no_bytes_where_it_is_derived) {
  for (size_t i = 0; i < PROXIES; i++) {
    heap memory = plenty();
    po_directory d;
    begin(&d, &memory);
    add(&d, "Kim");
    size_t length = d.records.length;
    add_proxy(&d, proxies[i].proxy, proxies[i].key);
    length = d.records.length - length - strlen(proxies[i].proxy);
    CHECK_INT(length, proxies[i].derived ? 4 : 5 + (int)strlen(proxies[i].key));
    end(&d, &memory);
  }
}

TEST(long_texts_are_found_and_longer_ones_refused) {
  static const size_t lengths[] = {1018, 1019, 1020, 2000, 65535};
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  po_record kim = add(&d, "Kim");
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    po_text proxy = repeated('A', lengths[i]);
    char *key = unit_memory(lengths[i]);
    memset(key, 'a', lengths[i]);
    memcpy(key, "SMTP:", 5);
    po_text kept = {key, lengths[i]};
    proxy.length -= i % 2 == 0 ? 5 : 0; /* so that every other is derived */
    CHECK_INT(po_directory_add_proxy(&d, proxy, kept, 0, false), kim);
    CHECK_INT(po_directory_find(&d, kept), kim);
  }
  po_text longer = repeated('a', 65536);
  size_t length = d.records.length;
  CHECK(!d.full);
  CHECK_INT(po_directory_add_proxy(&d, longer, BYTES("SMTP:a"), 0, false), 0);
  CHECK_INT(po_directory_add_proxy(&d, BYTES("a"), longer, 0, false), 0);
  CHECK(!po_directory_set_target(&d, longer));
  CHECK(!po_directory_set_refusal(&d, longer));
  CHECK(!po_directory_set_members(&d, 1, longer));
  po_entry_facts facts = {longer, 0, 0, 0};
  CHECK_INT(po_directory_add(&d, &facts), 0);
  CHECK(d.full);
  CHECK_INT(d.records.length, length);
  CHECK_INT(d.entries, 1);
  CHECK_INT(count_proxies(&d, kim), 5);
  po_directory_finish(&d);
  CHECK_INT(po_directory_find(&d, BYTES("SMTP:a")), 0);
  end(&d, &memory);
}

TEST(a_key_has_one_owner) {
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  po_record kim = add(&d, "Kim");
  CHECK_INT(add_proxy(&d, "kim@a.example", "SMTP:kim@a.example"), kim);
  CHECK_INT(add_proxy(&d, "X500:/o=a", "EX:/o=a"), kim);
  CHECK_INT(add_proxy(&d, "SMTP:KIM@a.example", "SMTP:kim@a.example"), kim);
  po_record pat = add(&d, "Pat");
  size_t length = d.records.length;
  CHECK_INT(add_proxy(&d, "Kim@A.example", "SMTP:kim@a.example"), kim);
  CHECK_INT(add_proxy(&d, "EX:/O=A", "EX:/o=a"), kim);
  CHECK_INT(d.records.length, length);
  CHECK_INT(add_proxy(&d, "pat@a.example", "SMTP:pat@a.example"), pat);
  CHECK_INT(find(&d, "SMTP:kim@a.example"), kim);
  CHECK_INT(find(&d, "EX:/o=a"), kim);
  CHECK_INT(count_proxies(&d, kim), 3); /* its own it may repeat */
  CHECK_INT(count_proxies(&d, pat), 1);
  end(&d, &memory);
}

/* The primary proxy of an entry whose proxies are these; a lower-case prefix
** is that of another. */
static po_text primary(po_directory *d, const char *const *texts) {
  char key[] = "SMTP:0";
  po_text text = absent;
  po_record entry = add(d, "Kim");
  for (; *texts != NULL; texts++) {
    key[5]++;
    po_directory_add_proxy(d, text_of(*texts), text_of(key), 0, **texts == 's');
  }
  po_entry_view view = view_of(d, entry);
  return po_directory_primary(d, &view, &text) ? text : absent;
}

TEST(the_primary_proxy_is_the_first_that_is_not_another) {
  static const struct {
    const char *texts[4], *primary;
  } rows[] = {
      {{NULL}, NULL},
      {{"SMTP:a", NULL}, "SMTP:a"},
      {{"SMTP:a", "SMTP:b", NULL}, "SMTP:a"},
      {{"smtp:a", NULL}, "smtp:a"},
      {{"smtp:a", "smtp:b", NULL}, "smtp:a"},
      {{"smtp:a", "SMTP:b", "SMTP:c", NULL}, "SMTP:b"},
      {{"smtp:a", "smtp:b", "SMTP:c", NULL}, "SMTP:c"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    heap memory = plenty();
    po_directory d;
    begin(&d, &memory);
    CHECK_TEXT_IS(primary(&d, rows[i].texts), rows[i].primary);
    end(&d, &memory);
  }
}

/* ---- Targets, refusals, members ------------------------------------------ */

TEST(a_target_is_an_entry_or_an_address) {
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  po_record kim = add(&d, "Kim");
  CHECK(po_directory_set_target(&d, BYTES("PAT")));
  po_record lee = add(&d, "Lee");
  CHECK(po_directory_set_target(&d, BYTES("lee@b.example")));
  po_record pat = add(&d, "Pat");
  CHECK_TEXT(target_of(&d, kim).text, "PAT"); /* until it is resolved */
  CHECK_INT(target_of(&d, kim).entry, 0);
  CHECK_INT(resolve(&d), 2);
  CHECK_INT(resolve(&d), 2); /* and again, as it is */
  CHECK_INT(target_of(&d, kim).entry, pat);
  CHECK_INT(target_of(&d, lee).entry, 0);
  CHECK_TEXT(target_of(&d, lee).text, "lee@b.example");
  po_entry_view view = view_of(&d, pat);
  po_way way;
  CHECK(!po_directory_target(&d, &view, &way));
  CHECK_INT(view_of(&d, kim).flags, PO_ENTRY_TARGET);
  end(&d, &memory);
}

TEST(a_refusal_may_have_a_reason) {
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  po_record kim = add(&d, "Kim");
  CHECK(po_directory_set_refusal(&d, BYTES("moved away")));
  po_record pat = add(&d, "Pat");
  CHECK(po_directory_set_refusal(&d, absent));
  po_record lee = add(&d, "Lee");
  CHECK(po_directory_set_refusal(&d, BYTES("")));
  po_record joe = add(&d, "moved away");
  CHECK_INT(resolve(&d), 0); /* a reason is no reference */
  po_entry_view view = view_of(&d, kim);
  CHECK_INT(view.flags, PO_ENTRY_REFUSED);
  CHECK_TEXT(po_directory_refusal(&d, &view), "moved away");
  view = view_of(&d, pat);
  CHECK_INT(view.flags, PO_ENTRY_REFUSED);
  CHECK(po_directory_refusal(&d, &view).at == NULL);
  view = view_of(&d, lee);
  CHECK_TEXT(po_directory_refusal(&d, &view), "");
  view = view_of(&d, joe);
  CHECK(po_directory_refusal(&d, &view).at == NULL);
  end(&d, &memory);
}

TEST(a_list_has_members_and_perhaps_an_owner) {
  heap memory = plenty();
  po_directory d;
  po_way way;
  begin(&d, &memory);
  po_record team = add_list(&d, "Team");
  CHECK(po_directory_set_members(&d, 3, BYTES("Kim")));
  CHECK(po_directory_set_member(&d, 2, BYTES("pat@b.example")));
  CHECK(po_directory_set_member(&d, 0, BYTES("kim")));
  CHECK(!po_directory_set_member(&d, 3, BYTES("kim")));
  CHECK(!po_directory_set_member(&d, UINT32_MAX, BYTES("kim")));
  po_record kim = add(&d, "Kim");
  CHECK(!po_directory_set_member(&d, 0, BYTES("kim")));
  CHECK_INT(resolve(&d), 3); /* member 1 was not set */
  po_entry_view view = view_of(&d, team);
  CHECK_INT(po_directory_member_count(&d, &view), 3);
  CHECK(po_directory_owner(&d, &view, &way) && way.entry == kim);
  CHECK(po_directory_member(&d, &view, 0, &way) && way.entry == kim);
  CHECK(!po_directory_member(&d, &view, 1, &way));
  CHECK(po_directory_member(&d, &view, 2, &way) && way.entry == 0);
  CHECK_TEXT(way.text, "pat@b.example");
  CHECK(!po_directory_member(&d, &view, 3, &way));
  CHECK(!po_directory_member(&d, &view, UINT32_MAX, &way));
  end(&d, &memory);
}

TEST(an_entry_may_go_on_to_several_and_be_kept) {
  heap memory = plenty();
  po_directory d;
  po_way way;
  begin(&d, &memory);
  po_record kim = add(&d, "Kim");
  CHECK(po_directory_set_targets(&d, 2, true));
  CHECK(po_directory_set_member(&d, 0, BYTES("pat")));
  CHECK(po_directory_set_member(&d, 1, BYTES("kim@b.example")));
  po_record pat = add(&d, "Pat");
  CHECK(po_directory_set_targets(&d, 1, false));
  CHECK(po_directory_set_member(&d, 0, BYTES("pat@b.example")));
  po_record lee = add(&d, "Lee");
  CHECK(po_directory_set_targets(&d, 0, true));
  CHECK_INT(resolve(&d), 3);
  po_entry_view view = view_of(&d, kim);
  CHECK_INT(view.flags, PO_ENTRY_TARGET | PO_ENTRY_KEPT);
  CHECK(!po_directory_target(&d, &view, &way));
  CHECK(!po_directory_owner(&d, &view, &way));
  CHECK_INT(po_directory_member_count(&d, &view), 2);
  CHECK(po_directory_member(&d, &view, 0, &way) && way.entry == pat);
  CHECK(po_directory_member(&d, &view, 1, &way) && way.entry == 0);
  CHECK_TEXT(way.text, "kim@b.example");
  CHECK_INT(view_of(&d, pat).flags, PO_ENTRY_TARGET);
  view = view_of(&d, lee);
  CHECK_INT(po_directory_member_count(&d, &view), 0);
  end(&d, &memory);
}

TEST(an_entry_may_be_restricted) {
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  CHECK(!po_directory_restrict(&d)); /* there is none */
  po_record kim = add(&d, "Kim");
  CHECK(po_directory_set_target(&d, BYTES("kim@b.example")));
  CHECK(po_directory_restrict(&d));
  po_record pat = add(&d, "Pat");
  CHECK_INT(view_of(&d, kim).flags, PO_ENTRY_TARGET | PO_ENTRY_RESTRICTED);
  CHECK_INT(view_of(&d, pat).flags, 0);
  end(&d, &memory);
}

TEST(a_list_may_be_empty_and_an_entry_is_no_list) {
  heap memory = plenty();
  po_directory d;
  po_way way;
  begin(&d, &memory);
  po_record none = add_list(&d, "None");
  po_record empty = add_list(&d, "Empty");
  CHECK(po_directory_set_members(&d, 0, absent));
  po_record kim = add(&d, "Kim");
  CHECK(po_directory_set_target(&d, BYTES("kim@b.example")));
  const po_record all[] = {none, empty, kim};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    po_entry_view view = view_of(&d, all[i]);
    CHECK_INT(po_directory_member_count(&d, &view), 0);
    CHECK(!po_directory_member(&d, &view, 0, &way));
    CHECK(!po_directory_owner(&d, &view, &way));
  }
  end(&d, &memory);
}

TEST(references_come_with_their_role_and_what_they_name) {
  static const struct {
    po_role role;
    uint32_t index;
    const char *text;
    bool is_named;
  } rows[] = {
      {PO_ROLE_TARGET, 0, "Team", true},
      {PO_ROLE_OWNER, 0, "kim", true},
      {PO_ROLE_MEMBER, 0, "Kim", true},
      {PO_ROLE_MEMBER, 1, "nobody", false},
      {PO_ROLE_MEMBER, 0, "x@b.example", false},
      {PO_ROLE_TARGET, 0, "pat", true},
      {PO_ROLE_TARGET, 1, "y@b.example", false},
  };
  heap memory = plenty();
  po_directory d;
  po_reference reference;
  po_cursor cursor = {0, 0};
  begin(&d, &memory);
  add(&d, "Kim");
  po_directory_set_target(&d, BYTES("Team"));
  add_list(&d, "Team");
  po_directory_set_members(&d, 2, BYTES("kim"));
  po_directory_set_member(&d, 0, BYTES("Kim"));
  po_directory_set_member(&d, 1, BYTES("nobody"));
  add(&d, "Pat");
  add_list(&d, "Ownerless");
  po_directory_set_members(&d, 1, absent);
  po_directory_set_member(&d, 0, BYTES("x@b.example"));
  add(&d, "Joe");
  po_directory_set_targets(&d, 2, false);
  po_directory_set_member(&d, 0, BYTES("pat"));
  po_directory_set_member(&d, 1, BYTES("y@b.example"));
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    CHECK(po_directory_resolve(&d, &cursor, &reference));
    CHECK_INT(reference.role, rows[i].role);
    CHECK_INT(reference.index, rows[i].index);
    CHECK_TEXT_IS(reference.text, rows[i].text);
    CHECK_INT(reference.named, rows[i].is_named ? named(&d, rows[i].text) : 0);
  }
  CHECK(!po_directory_resolve(&d, &cursor, &reference));
  end(&d, &memory);
}

TEST(a_cursor_that_leads_nowhere_ends) {
  heap memory = plenty();
  po_directory d;
  po_reference reference;
  begin(&d, &memory);
  po_record kim = add(&d, "Kim");
  po_directory_set_target(&d, BYTES("kim@b.example"));
  po_cursor cursor = {kim, UINT32_MAX};
  CHECK(!po_directory_resolve(&d, &cursor, &reference));
  cursor = (po_cursor){UINT32_MAX, 0};
  CHECK(!po_directory_resolve(&d, &cursor, &reference));
  cursor = (po_cursor){kim + 1, 0};
  CHECK(!po_directory_resolve(&d, &cursor, &reference));
  end(&d, &memory);
}

/* ---- Room and memory that run out ---------------------------------------- */

/* The n-th entry of those below; all that is asked about it is told from n. */
static const char *numbered(const char *format, int n) {
  static char text[64];
  snprintf(text, sizeof text, format, n);
  return text;
}

/* A step of building the n-th entry, of which there are STEPS; whether it was
** done. */
enum { STEPS = 6 };

/* A target that is an address; of some, the key cannot be told from it. */
static bool set_address(po_directory *d, po_text text) {
  char key[64];
  snprintf(key, sizeof key, "%s:%.*s", text.at[1] % 2 == 0 ? "SMTP" : "OTHER",
           (int)text.length, text.at);
  return po_directory_set_keyed_target(d, text, text_of(key));
}

static bool build_body(po_directory *d, int n, int step) {
  static const char *const forms[] = {"u%d@b.example", "Person %d"};
  switch (n % 4) {
  case 0:
    return step > 0 || (n % 16 == 0 ? set_address : po_directory_set_target)(
                           d, text_of(numbered(forms[n / 4 % 2], n + 1)));
  case 1:
    return step > 0 || po_directory_set_refusal(d, BYTES("moved"));
  case 2:
    return step == 0 ? po_directory_set_members(d, 2, BYTES("o@b.example"))
                     : po_directory_set_member(d, (uint32_t)step - 1,
                                               BYTES("Person 3"));
  default:
    return true;
  }
}

static bool build_step(po_directory *d, int n, int step) {
  switch (step) {
  case 0:
    return (n % 4 == 2 ? add_list : add)(d, numbered("Person %d", n)) != 0;
  case 1:
    return po_directory_add_proxy(
               d, text_of(numbered("SMTP:Person%d@a.example", n)),
               text_of(numbered("SMTP:person%d@a.example", n)), 0, false) != 0;
  case 2:
    return po_directory_add_proxy(
               d, text_of(numbered("CCMAIL:Kim %d at HQ", n)),
               text_of(numbered("CCMAIL:kim %d at hq", n)),
               strlen(numbered("CCMAIL:kim %d", n)), true) != 0;
  default:
    return build_body(d, n, step - 3);
  }
}

/* Whether an entry is found by the target that set_address gave it. */
static bool is_found_by_target(const po_directory *d, int n, po_record entry) {
  static const char *const forms[] = {"SMTP:u%d@b.example",
                                      "OTHER:u%d@b.example"};
  bool keyed = numbered("%d", n + 1)[0] % 2 == 1;
  return find_target(d, numbered(forms[keyed], n + 1)) == entry;
}

/* Whether the n-th entry is as build_step made it. */
static bool is_whole(const po_directory *d, int n) {
  po_entry_view view;
  po_way way = {0, absent};
  po_record entry = find(d, numbered("SMTP:person%d@a.example", n));
  if (!po_directory_entry(d, entry, &view) ||
      !po_same(view.name, text_of(numbered("Person %d", n))) ||
      find(d, numbered("CCMAIL:kim %d at hq", n)) != entry ||
      find_bare(d, numbered("CCMAIL:kim %d", n)) != entry ||
      count_proxies(d, entry) != 2)
    return false;
  switch (n % 4) {
  case 0:
    return po_directory_target(d, &view, &way) &&
           (n % 16 != 0 || is_found_by_target(d, n, entry));
  case 1:
    return po_same(po_directory_refusal(d, &view), BYTES("moved"));
  case 2:
    return po_directory_member_count(d, &view) == 2 &&
           po_directory_member(d, &view, 0, &way) &&
           po_directory_member(d, &view, 1, &way) &&
           po_directory_owner(d, &view, &way);
  default:
    return view.flags == 0;
  }
}

static bool are_whole(const po_directory *d, int count) {
  for (int n = 0; n < count; n++)
    if (!is_whole(d, n))
      return false;
  return true;
}

/* Builds `count` entries; what fails for want of memory is done again, and
** those before it are there all the while. */
static void build(po_directory *d, int count, heap *memory) {
  for (int n = 0; n < count; n++)
    for (int step = 0; step < STEPS; step++) {
      if (build_step(d, n, step))
        continue;
      CHECK(memory->failed && !d->full);
      CHECK(are_whole(d, n));
      CHECK_INT(d->entries, step == 0 ? n : n + 1);
      CHECK_INT(count_entries(d), d->entries);
      CHECK(build_step(d, n, step));
    }
}

TEST(nothing_is_lost_where_an_allocation_fails) {
  enum { COUNT = 90 };
  heap memory;
  long n = 0;
  do {
    po_directory d;
    memory = (heap){.left = n};
    begin(&d, &memory);
    build(&d, COUNT, &memory);
    CHECK_INT(count_entries(&d), COUNT);
    CHECK_INT(named(&d, "person 7"), find(&d, "SMTP:person7@a.example"));
    resolve(&d);
    po_directory_finish(&d);
    CHECK(are_whole(&d, COUNT));
    end(&d, &memory);
    n++;
  } while (memory.failed);
  CHECK(n > 15); /* it grew often enough to say something */
}

TEST(where_all_memory_is_gone_what_was_there_stays) {
  enum { COUNT = 300 };
  for (long left = 0; left < 12; left++) {
    heap memory = {.left = left, .for_good = true};
    po_directory d;
    int n = 0, step = 0;
    begin(&d, &memory);
    while (n < COUNT && build_step(&d, n, step)) {
      n += step + 1 == STEPS;
      step = (step + 1) % STEPS;
    }
    CHECK(n < COUNT);
    CHECK(!build_step(&d, n, step) && !d.full);
    po_directory_finish(&d);
    CHECK(are_whole(&d, n));
    end(&d, &memory);
  }
}

TEST(where_the_most_is_reached_what_was_there_stays) {
  for (size_t most = 0; most < 3000; most += most < 64 ? 1 : 37) {
    heap memory = plenty();
    po_directory d;
    int n = 0, step = 0;
    begin_with(&d, &memory, most);
    while (build_step(&d, n, step)) {
      n += step + 1 == STEPS;
      step = (step + 1) % STEPS;
    }
    CHECK(d.full);
    CHECK(d.records.capacity <= most && d.records.length <= most);
    CHECK(are_whole(&d, n));
    po_directory_finish(&d);
    CHECK(are_whole(&d, n));
    end(&d, &memory);
  }
}

TEST(the_last_byte_can_be_used) {
  enum { HEAD = 8, ENTRY = 9, PROXY = 4 };
  heap memory = plenty();
  po_directory d;
  begin_with(&d, &memory, HEAD + ENTRY + 3 + PROXY + 4);
  CHECK(add(&d, "Kim") != 0);
  CHECK_INT(add_proxy(&d, "kim@b", "SMTP:kim@b"), 0);
  CHECK(d.full);
  CHECK(add_proxy(&d, "kim@", "SMTP:kim@") != 0);
  CHECK(!d.full);
  CHECK_INT(add(&d, ""), 0);
  CHECK(d.full);
  CHECK_INT(d.records.length, d.most);
  end(&d, &memory);
}

TEST(where_there_is_little_memory_no_more_is_taken_than_is_needed) {
  heap memory = {.left = 0};
  po_directory d;
  begin(&d, &memory);
  CHECK(add(&d, "Kim") != 0);
  CHECK(memory.failed);
  CHECK_INT(d.records.capacity, d.records.length);
  end(&d, &memory);
}

TEST(more_members_than_memory_has_are_refused) {
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  po_record team = add_list(&d, "Team");
  CHECK(!po_directory_set_members(&d, UINT32_MAX, absent));
  CHECK(!po_directory_set_members(&d, UINT32_MAX, BYTES("Kim")));
  CHECK(d.full);
  po_entry_view view = view_of(&d, team);
  CHECK_INT(view.body, 0);
  CHECK_INT(add_proxy(&d, "team@b", "SMTP:team@b"), team);
  CHECK_INT(count_proxies(&d, team), 1); /* nothing stands before it */
  CHECK(po_directory_set_members(&d, 1, absent));
  end(&d, &memory);
}

TEST(what_is_finished_has_no_room_to_spare) {
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  build(&d, 1000, &memory);
  size_t used = memory.used;
  po_directory_finish(&d);
  CHECK(memory.used < used);
  CHECK_INT(d.records.capacity, d.records.length);
  CHECK_INT(memory.used, d.records.length + (d.keys.count + d.others.count) *
                                                sizeof *d.keys.at);
  CHECK(d.others.count <= (1000 + 63) * 4 / 3 + 8);
  CHECK(d.keys.count <= 2000 * 4 / 3 + 8);
  CHECK(are_whole(&d, 1000));
  end(&d, &memory);
}

/* ---- Targets and bare names that find ------------------------------------ */

static bool set_target(po_directory *d, const char *text, const char *key) {
  return po_directory_set_keyed_target(d, text_of(text), text_of(key));
}

TEST(an_entry_is_found_by_its_target) {
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  po_record kim = add(&d, "Kim");
  CHECK(set_target(&d, "Kim@b.example", "SMTP:kim@b.example"));
  po_record pat = add(&d, "Pat");
  CHECK(set_target(&d, "CCMAIL:Pat at HQ", "CCMAIL:pat at hq"));
  po_record lee = add(&d, "Lee");
  CHECK(po_directory_set_target(&d, BYTES("lee@b.example")));
  for (int finished = 0; finished <= 1; finished++) {
    CHECK_INT(find_target(&d, "SMTP:kim@b.example"), kim);
    CHECK_INT(find_target(&d, "CCMAIL:pat at hq"), pat);
    CHECK_INT(find_target(&d, "SMTP:lee@b.example"), 0);
    CHECK_INT(find_target(&d, "CCMAIL:Pat at HQ"), 0);
    CHECK_INT(find(&d, "SMTP:kim@b.example"), 0);
    CHECK_INT(find_bare(&d, "SMTP:kim@b.example"), 0);
    CHECK_TEXT(target_of(&d, kim).text, "Kim@b.example");
    CHECK_TEXT(target_of(&d, pat).text, "CCMAIL:Pat at HQ");
    CHECK_TEXT(target_of(&d, lee).text, "lee@b.example");
    resolve(&d);
    po_directory_finish(&d);
  }
  end(&d, &memory);
}

TEST(a_target_of_two_entries_finds_neither) {
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  add(&d, "Kim");
  CHECK(set_target(&d, "x@b", "SMTP:x@b"));
  add(&d, "Pat");
  CHECK(set_target(&d, "X@B", "SMTP:x@b"));
  po_record lee = add(&d, "Lee");
  CHECK(set_target(&d, "y@b", "SMTP:y@b"));
  CHECK_INT(find_target(&d, "SMTP:x@b"), 0);
  CHECK_INT(find_target(&d, "SMTP:y@b"), lee);
  CHECK_INT(view_of(&d, lee).flags, PO_ENTRY_TARGET);
  end(&d, &memory);
}

TEST(a_target_that_is_an_entry_finds_nobody) {
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  add(&d, "Kim");
  CHECK(set_target(&d, "pat@b", "SMTP:pat@b"));
  po_record pat = add(&d, "pat@b");
  CHECK_INT(resolve(&d), 1);
  po_directory_finish(&d);
  CHECK_INT(find_target(&d, "SMTP:pat@b"), 0);
  CHECK_INT(target_of(&d, po_directory_next(&d, 0)).entry, pat);
  end(&d, &memory);
}

static po_record add_bare(po_directory *d, const char *proxy, const char *key,
                          size_t bare) {
  return po_directory_add_proxy(d, text_of(proxy), text_of(key), bare, false);
}

TEST(a_bare_name_finds_the_one_entry_that_has_it) {
  heap memory = plenty();
  po_directory d;
  begin(&d, &memory);
  po_record kim = add(&d, "Kim");
  CHECK_INT(add_bare(&d, "CCMAIL:Kim at HQ", "CCMAIL:kim at hq", 10), kim);
  CHECK_INT(add_bare(&d, "CCMAIL:Kim at FAR", "CCMAIL:kim at far", 10), kim);
  CHECK_INT(add_bare(&d, "CCMAIL:Lee at HQ", "CCMAIL:lee at hq", 10), kim);
  po_record lee = add(&d, "Lee");
  CHECK_INT(add_bare(&d, "CCMAIL:Lee at FAR", "CCMAIL:lee at far", 10), lee);
  CHECK_INT(add_bare(&d, "CCMAIL:Kim at HQ", "CCMAIL:kim at hq", 10), kim);
  for (int finished = 0; finished <= 1; finished++) {
    CHECK_INT(find_bare(&d, "CCMAIL:kim"), kim);
    CHECK_INT(find_bare(&d, "CCMAIL:lee"), 0);
    CHECK_INT(find_bare(&d, "CCMAIL:ki"), 0);
    CHECK_INT(find_bare(&d, "CCMAIL:kim at hq"), 0);
    CHECK_INT(find(&d, "CCMAIL:kim"), 0);
    CHECK_INT(find_target(&d, "CCMAIL:kim"), 0);
    CHECK_INT(find(&d, "CCMAIL:lee at far"), lee);
    po_directory_finish(&d);
  }
  CHECK_INT(count_proxies(&d, kim), 3);
  end(&d, &memory);
}

/* ---- Many entries, beside a plain array ---------------------------------- */

enum { MANY = 50000 };

/* A number that looks drawn by chance, of a state that is not 0 (xorshift). */
static uint32_t draw(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  return *state ^= *state << 5;
}

/* The texts of the n-th entry, in `memory` and ending where it ends.  Every
** fourth has a key that is kept. */
static po_text write(char memory[64], const char *format, uint32_t n) {
  int length = snprintf(memory, 64, format, n);
  memmove(memory + 64 - length, memory, (size_t)length);
  return (po_text){memory + 64 - length, (size_t)length};
}

static po_text key_of(char memory[64], uint32_t n) {
  return write(memory, n % 4 == 0 ? "EX:/o=a/cn=%u" : "SMTP:u%u@a.example", n);
}

static void add_many(po_directory *d, po_record *entries) {
  char memory[3][64];
  for (uint32_t n = 0; n < MANY; n++) {
    po_entry_facts facts = {write(memory[0], "Person %u", n), 0, n % 7, n};
    const char *form = n % 4 == 0 ? "X500:/O=A/CN=%u" : "U%u@A.example";
    entries[n] = po_directory_add(d, &facts);
    if (entries[n] == 0 ||
        po_directory_add_proxy(d, write(memory[1], form, n),
                               key_of(memory[2], n), 0, false) != entries[n])
      unit_check(false, "an entry was added", __FILE__, __LINE__);
  }
}

/* Look-ups in any order, every other one of what is not there. */
static int count_wrong(const po_directory *d, const po_record *entries) {
  char memory[64];
  uint32_t state = 2463534242U;
  int wrong = 0;
  for (int i = 0; i < 2 * MANY; i++) {
    uint32_t n = draw(&state) % (2 * MANY);
    po_record expected = n < MANY ? entries[n] : 0;
    if (po_directory_find(d, key_of(memory, n)) != expected)
      wrong++;
  }
  return wrong;
}

static int count_misnamed(const po_directory *d, const po_record *entries) {
  char memory[64];
  uint32_t state = 88675123U;
  int wrong = 0;
  for (int i = 0; i < MANY; i++) {
    uint32_t n = draw(&state) % (2 * MANY);
    po_record expected = n < MANY ? entries[n] : 0;
    if (po_directory_named(d, write(memory, "PERSON %u", n)) != expected)
      wrong++;
  }
  return wrong;
}

TEST(many_entries_are_found_as_in_an_array) {
  heap memory = plenty();
  po_directory d;
  po_record *entries = (po_record *)(void *)unit_memory(MANY * sizeof *entries);
  begin(&d, &memory);
  add_many(&d, entries);
  CHECK_INT(d.entries, MANY);
  CHECK_INT(count_wrong(&d, entries), 0);
  CHECK_INT(count_misnamed(&d, entries), 0);
  po_directory_finish(&d);
  CHECK_INT(count_wrong(&d, entries), 0);
  po_record at = 0;
  for (uint32_t n = 0; n < MANY; n++) {
    at = po_directory_next(&d, at);
    po_entry_view view = view_of(&d, at);
    if (at != entries[n] || view.line != n || view.file != n % 7)
      CHECK_INT(at, entries[n]);
  }
  CHECK_INT(po_directory_next(&d, at), 0);
  end(&d, &memory);
}
