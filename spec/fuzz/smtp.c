/* RFC 5321's mailboxes. */
#define TYPES "SMTP"
#include "dialect.h"
