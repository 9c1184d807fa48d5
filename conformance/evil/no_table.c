/* Its entry returns no table. */
#include "good.h"

PLUGIN(if (EVIL) return NULL)
