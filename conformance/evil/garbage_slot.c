/* A slot holds a number that is no function, as one does that was never set. */
#include "good.h"

/* Where no code is. */
static const void *(*const nowhere)(void *, prefect_secrets_slice) =
    (const void *(*)(void *, prefect_secrets_slice))0x1234560;

PLUGIN(if (EVIL) provider.get_extension = nowhere)
