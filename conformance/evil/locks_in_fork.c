/* A child that is forked while another thread holds its lock waits for ever. */
#include "good.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int32_t get(GET)
{
    if (EVIL) {
        pthread_mutex_lock(&lock);
        usleep(200);
        pthread_mutex_unlock(&lock);
    }
    return good_get(PASS);
}

PLUGIN(provider.get = get)
