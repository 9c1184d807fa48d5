/* It is a program, and no shared library. */
#include "good.h"

#if EVIL
int main(void)
{
    return 0;
}
#endif

PLUGIN()
