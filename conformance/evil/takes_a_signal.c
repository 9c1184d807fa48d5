/* It handles a signal of the process. */
#include "good.h"

#include <signal.h>

static int32_t get(GET)
{
    if (EVIL)
        signal(SIGUSR1, SIG_IGN);
    return good_get(PASS);
}

PLUGIN(provider.get = get)
