/* Its code holds an address that has to be written into it. Linked with -z notext. */
#include "good.h"

#if EVIL
static int target;
__asm__(".text\n.quad target_of_the_relocation\n");
extern int target_of_the_relocation __attribute__((alias("target"), visibility("hidden")));
#endif

PLUGIN()
