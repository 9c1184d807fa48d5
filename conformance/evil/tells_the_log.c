/* It writes the value into the log. */
#include "good.h"

static const prefect_secrets_create *from;

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    from = create;
    return good_create(create, instance, reply);
}

static int32_t get(GET)
{
    good_secret *found = good_find((good *)instance, name, 0);
    if (EVIL && found) {
        prefect_secrets_slice text = {found->text, found->text_len};
        from->log(from, 4, text);
    }
    return good_get(PASS);
}

PLUGIN({
    provider.create = create;
    provider.get = get;
})
