/* The entry gives another table each time. */
#include "good.h"

PREFECT_SECRETS_EXPORT const prefect_secrets_provider *prefect_secrets_provider_v1(void)
{
    static prefect_secrets_provider providers[8];
    static unsigned calls;
    prefect_secrets_provider *provider = &providers[EVIL ? calls++ % 8 : 0];
    good_table(provider);
    return provider;
}
