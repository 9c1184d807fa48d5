/* It calls a function that no library has. */
#include "good.h"

extern void nobody_has_this_function(void);

PLUGIN(if (EVIL) nobody_has_this_function())
