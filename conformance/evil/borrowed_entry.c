/* Its entry belongs to a library that it depends on. */
#include "good.h"

#if EVIL
/* Nothing of it is used, but it is a dependency all the same. */
#else
PLUGIN()
#endif
