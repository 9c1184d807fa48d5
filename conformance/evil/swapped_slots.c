/* Two functions of one type have changed places: its get deletes. */
#include "good.h"

PLUGIN(if (EVIL) {
    provider.get = good_delete;
    provider.delete_ = good_get;
})
