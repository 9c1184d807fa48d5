/* Its id has capital letters. */
#include "good.h"

PLUGIN(if (EVIL) provider.id = prefect_secrets_str("Zoo"))
