/* Everybody can write its file. (The file is made so when it is installed.) */
#include "good.h"

PLUGIN()
