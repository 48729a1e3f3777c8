/* MS Mail for PC networks, with both separators. */
#define TYPES "MS", "PCM"
#include "dialect.h"
