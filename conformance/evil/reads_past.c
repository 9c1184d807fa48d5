/* It reads a member of a later minor without asking whether the host has it. */
#include "good.h"

static int32_t get(GET)
{
    if (EVIL) {
        /* What a later header might have behind should_stop. */
        uint64_t member = *(volatile const uint64_t *)(const void *)(request + 1);
        (void)member;
    }
    return good_get(PASS);
}

PLUGIN(provider.get = get)
