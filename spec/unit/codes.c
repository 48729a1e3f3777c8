/* Every code has what a reader of it needs. */
#include "unit.h"

#include <string.h>

static bool is_slug(const char *text) {
  return *text != '\0' &&
         strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text);
}

TEST(codes_have_a_slug) {
  for (int code = 0; code < PO_CODE_COUNT; code++)
    CHECK(is_slug(po_code_slug((po_code)code)));
}

TEST(slugs_are_unique) {
  for (int i = 0; i < PO_CODE_COUNT; i++)
    for (int j = 0; j < i; j++)
      CHECK(strcmp(po_code_slug((po_code)i), po_code_slug((po_code)j)) != 0);
}

TEST(failures_have_a_sentence) {
  for (int code = 1; code < PO_CODE_COUNT; code++)
    CHECK(*po_code_message((po_code)code) != '\0');
}

/* RFC 3463: a class of 4 or 5 for what is not delivered, two numbers. */
TEST(statuses_are_of_rfc_3463) {
  for (int code = 1; code < PO_CODE_COUNT; code++) {
    const char *status = po_code_status((po_code)code);
    if (*status == '\0')
      continue;
    CHECK(status[0] == '4' || status[0] == '5');
    CHECK(strspn(status, "0123456789.") == strlen(status));
  }
}

TEST(sources_are_those_of_their_list) {
#define PO_SOURCE(name, source)                                                \
  CHECK(strcmp(po_code_source(PO_##name), source) == 0);
#include "sources.h"
#undef PO_SOURCE
  CHECK(po_code_source(PO_OK) == NULL);
}
