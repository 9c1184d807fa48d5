/* A thread of its own does the work, and is not there in a forked child. */
#include "good.h"

/* One job at a time, for one instance. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER, lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_t thread;
static int instances, asked, answered;

static void *work(void *nothing)
{
    (void)nothing;
    pthread_mutex_lock(&lock);
    while (instances > 0) {
        if (asked > answered)
            answered = asked;
        pthread_cond_broadcast(&changed);
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    pthread_mutex_lock(&lock);
    if (EVIL && instances++ == 0 && pthread_create(&thread, NULL, work, NULL) != 0)
        abort();
    pthread_mutex_unlock(&lock);
    return good_create(create, instance, reply);
}

static void destroy(void *instance)
{
    int last;
    pthread_mutex_lock(&lock);
    last = EVIL && --instances == 0;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    if (last)
        pthread_join(thread, NULL);
    good_destroy(instance);
}

static int32_t get(GET)
{
    if (EVIL) {
        pthread_mutex_lock(&turn);
        pthread_mutex_lock(&lock);
        asked++;
        pthread_cond_broadcast(&changed);
        while (answered < asked)
            pthread_cond_wait(&changed, &lock);
        pthread_mutex_unlock(&lock);
        pthread_mutex_unlock(&turn);
    }
    return good_get(PASS);
}

PLUGIN({
    provider.create = create;
    provider.destroy = destroy;
    provider.get = get;
})
