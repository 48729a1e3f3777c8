/* A type without a dialect. */
#define TYPES "PROFS"
#include "dialect.h"
