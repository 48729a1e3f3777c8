/* Mailboxes of cc:Mail. */
#define TYPES "CCMAIL"
#include "dialect.h"
