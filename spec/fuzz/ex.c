/* Distinguished names of Exchange. */
#define TYPES "EX", "X500"
#include "dialect.h"
