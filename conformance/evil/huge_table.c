/* Its table says a size that no version has. */
#include "good.h"

PLUGIN(if (EVIL) provider.struct_size = UINT32_MAX)
