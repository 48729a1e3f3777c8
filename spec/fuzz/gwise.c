/* GroupWise's mailboxes in both orders. */
#define TYPES "GWISE", "GROUPWISE"
#include "dialect.h"
