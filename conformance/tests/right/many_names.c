/* It has more names than the kit uses, one of which begins like others. */
#include "good.h"

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    int32_t status = good_create(create, instance, reply);
    char name[] = "KEY_10";
    for (; name[5] <= '9'; name[5]++) {
        good_put((good *)*instance, prefect_secrets_str(name),
                 prefect_secrets_str("the value of one of many"), PREFECT_SECRETS_FORM_TEXT);
        name[4] = (char)('1' + name[5] % 2);
    }
    good_put((good *)*instance, prefect_secrets_str("KEY_1"),
             prefect_secrets_str("the value of the first"), PREFECT_SECRETS_FORM_TEXT);
    return status;
}

PLUGIN(provider.create = create)
