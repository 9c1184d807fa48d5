/* It exports a function that it keeps for itself. */
#include "good.h"

#if EVIL
__attribute__((visibility("default")))
#else
static
#endif
int helper(void);

int helper(void)
{
    return 0;
}

PLUGIN((void)helper())
