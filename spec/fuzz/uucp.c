/* Bang paths. */
#define TYPES "UUCP"
#include "dialect.h"
