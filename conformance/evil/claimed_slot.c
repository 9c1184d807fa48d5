/* It claims a capability that it has no function for. */
#include "good.h"

PLUGIN(if (EVIL) provider.get_many = NULL)
