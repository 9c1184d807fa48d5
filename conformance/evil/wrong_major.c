/* Its table is of another major than the name of its entry. */
#include "good.h"

PLUGIN(if (EVIL) provider.major = 2)
