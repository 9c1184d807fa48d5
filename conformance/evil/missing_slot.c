/* It has no get. */
#include "good.h"

PLUGIN(if (EVIL) provider.get = NULL)
