/* Names of Lotus Notes. */
#define TYPES "NOTES"
#include "dialect.h"
