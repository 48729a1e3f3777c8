/* MS Mail for AppleTalk networks, under both names. */
#define TYPES "MSMAIL", "MSA"
#include "dialect.h"
