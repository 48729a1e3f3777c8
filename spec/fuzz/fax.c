/* Fax machines in their three forms. */
#define TYPES "FAX"
#include "dialect.h"
