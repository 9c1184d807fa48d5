/* Its id is not the one in its manifest. */
#include "good.h"

PLUGIN(if (EVIL) provider.id = prefect_secrets_str("another"))
