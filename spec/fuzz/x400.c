/* O/R addresses in their four syntaxes. */
#define TYPES "X400"
#include "dialect.h"
