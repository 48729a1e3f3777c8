#include "registry.h"

#include "guess.h"

static const po_notation_rules guess_rules = {.name = "guess",
                                              .read = po_guess};

const po_notation_rules *const po_notations[PO_NOTATION_COUNT] = {
    [PO_GUESS] = &guess_rules,      [PO_PROXY] = &po_proxy_rules,
    [PO_NATIVE] = &po_native_rules, [PO_ONEOFF] = &po_oneoff_rules,
    [PO_HEADER] = &po_header_rules, [PO_PATH] = &po_path_rules,
};

const char *po_notation_name(po_notation notation) {
  return po_notations[notation]->name;
}
