#include "profile.h"

#include "dialect/dialect.h"

static const char *const names[PO_PROFILE_COUNT] = {
    [PO_PROFILE_SMTP] = "smtp",
    [PO_PROFILE_HEADER] = "header",
    [PO_PROFILE_OBSOLETE] = "obsolete",
    [PO_PROFILE_LENIENT] = "lenient",
};

/* Each switch whose profile is PROFILE or one before it. */
#define PO_SWITCH(name, option, code, profile)                                 \
  | (PO_PROFILE_##profile <= PROFILE ? PO_SWITCH_BIT(PO_SWITCH_##name) : 0)

static const po_switches sets[PO_PROFILE_COUNT] = {
#define PROFILE PO_PROFILE_SMTP
    PO_NO_SWITCH
#include "switches.h"
    ,
#undef PROFILE
#define PROFILE PO_PROFILE_HEADER
    PO_NO_SWITCH
#include "switches.h"
    ,
#undef PROFILE
#define PROFILE PO_PROFILE_OBSOLETE
    PO_NO_SWITCH
#include "switches.h"
    ,
#undef PROFILE
#define PROFILE PO_PROFILE_LENIENT
    PO_NO_SWITCH
#include "switches.h"
#undef PROFILE
};
#undef PO_SWITCH

const char *po_profile_name(po_profile profile) { return names[profile]; }

po_switches po_profile_switches(po_profile profile) { return sets[profile]; }

typedef struct switch_text {
  const char *option;
  po_code code;
} switch_text;

static const switch_text switches[PO_SWITCH_COUNT] = {
#define PO_SWITCH(name, option, code, profile) {option, PO_##code},
#include "switches.h"
#undef PO_SWITCH
};

const char *po_switch_option(po_switch which) { return switches[which].option; }

po_allowance po_allow(const po_parse_options *options, po_profile otherwise) {
  po_allowance allowance = {options->allowed, options->notes};
  if (allowance.allowed == 0)
    allowance.allowed = sets[otherwise];
  return allowance;
}

/* Uses. */

void po_note(const po_allowance *allowance, po_code code, const char *at) {
  if (allowance->notes != NULL)
    po_report_once(allowance->notes, code, at);
}

po_code po_use(const po_allowance *allowance, po_switch which, const char *at) {
  if (!po_allows(allowance, which))
    return switches[which].code;
  po_note(allowance, switches[which].code, at);
  return PO_OK;
}
