/* A thread of each instance reads its settings and writes to the log, and ends with it. */
#include "good.h"

typedef struct helped {
    void *good;
    const prefect_secrets_create *from;
    pthread_t thread;
    int over;
} helped;

static void *work(void *instance)
{
    helped *self = (helped *)instance;
    unsigned sum = 0;
    while (!__atomic_load_n(&self->over, __ATOMIC_RELAXED)) {
        for (size_t i = 0; i < self->from->settings.len; i++)
            sum += self->from->settings.data[i];
        self->from->log(self->from, 4, prefect_secrets_str("at work"));
    }
    return sum ? instance : NULL;
}

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    helped *self = (helped *)calloc(1, sizeof *self);
    int32_t status = good_create(create, &self->good, reply);
    self->from = create;
    if (pthread_create(&self->thread, NULL, work, self) != 0)
        abort();
    *instance = self;
    return status;
}

static void destroy(void *instance)
{
    helped *self = (helped *)instance;
    __atomic_store_n(&self->over, 1, __ATOMIC_RELAXED);
    pthread_join(self->thread, NULL);
    good_destroy(self->good);
    free(self);
}

static int32_t get(GET)
{
    return good_get(((helped *)instance)->good, request, name, reply);
}

static int32_t list(void *instance, const prefect_secrets_request *request,
                    prefect_secrets_listing *listing, prefect_secrets_reply *reply)
{
    return good_list(((helped *)instance)->good, request, listing, reply);
}

PLUGIN({
    provider.create = create;
    provider.destroy = destroy;
    provider.get = get;
    provider.list = list;
    provider.capabilities = PREFECT_SECRETS_LIST | PREFECT_SECRETS_THREAD_SAFE;
})
