/* It frees a copy of the value without wiping it. */
#include "good.h"

static int32_t get(GET)
{
    good_secret *found = good_find((good *)instance, name, 0);
    if (EVIL && found && found->text_len < 2048) {
        /* In the middle, where the allocator writes nothing of its own. */
        char *copy = (char *)malloc(40000);
        if (copy)
            memcpy(copy + 30000, found->text, found->text_len);
        __asm__ volatile("" : : "r"(copy) : "memory");
        free(copy);
    }
    return good_get(PASS);
}

PLUGIN(provider.get = get)
