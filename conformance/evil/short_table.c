/* Its table says that it is too short to hold a get. */
#include "good.h"

PLUGIN(if (EVIL) provider.struct_size = 40)
