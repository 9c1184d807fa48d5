/* Loading it makes every stack of the program executable. Linked with -z execstack. */
#include "good.h"

PLUGIN()
