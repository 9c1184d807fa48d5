// @NAME@: a provider of secrets.
//
// It has one secret, GREETING, whose value is the setting `greeting`. Put your own place into Greeter.
// The header beside this file says what each function promises.
#include "prefect_secrets_provider.h"

#include <memory>
#include <stdexcept>

namespace {

// What went wrong, and what to do next; never a value.
struct Failure : std::runtime_error {
    Failure(int32_t status, const char *what, const char *next_step)
        : std::runtime_error(what), status(status), next_step(next_step)
    {
    }
    int32_t status;
    const char *next_step;
};

class Greeter {
public:
    explicit Greeter(const prefect_secrets_create &create)
    {
        // Lives until destroy has returned.
        if (create.setting(&create, prefect_secrets_str("greeting"), &greeting_) !=
            PREFECT_SECRETS_OK)
            throw Failure(PREFECT_SECRETS_INVALID, "the setting `greeting` is missing",
                          "set it to what GREETING should be");
    }

    // ABSENT lets the chain go on to the next provider. An outage of your place is a Failure.
    int32_t get(const prefect_secrets_request &request, prefect_secrets_slice name,
                prefect_secrets_reply &reply) const
    {
        if (request.should_stop(&request))
            return PREFECT_SECRETS_TIMED_OUT;
        if (!prefect_secrets_equal(name, prefect_secrets_str("GREETING")))
            return PREFECT_SECRETS_ABSENT;
        return prefect_secrets_reply_text(&reply, greeting_);
    }

private:
    prefect_secrets_slice greeting_ = {};
};

// Runs a call; no exception gets out of it.
template <typename Call>
int32_t guarded(prefect_secrets_reply *reply, Call call) noexcept
{
    try {
        return call();
    } catch (const Failure &failure) {
        return prefect_secrets_reply_fail(reply, failure.status, failure.what(), failure.next_step);
    } catch (const std::bad_alloc &) {
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_UNAVAILABLE, "there is no memory",
                                          "try again later");
    } catch (...) {
        // Its message might hold a value.
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_INTERNAL,
                                          "an exception that nobody expected",
                                          "report it to the author of this provider");
    }
}

extern "C" {

int32_t create(const prefect_secrets_create *create, void **instance, prefect_secrets_reply *reply)
{
    return guarded(reply, [&] {
        *instance = new Greeter(*create);
        return PREFECT_SECRETS_OK;
    });
}

void destroy(void *instance)
{
    delete static_cast<Greeter *>(instance);
}

int32_t get(void *instance, const prefect_secrets_request *request, prefect_secrets_slice name,
            prefect_secrets_reply *reply)
{
    return guarded(reply, [&] {
        return static_cast<const Greeter *>(instance)->get(*request, name, *reply);
    });
}

} // extern "C"

prefect_secrets_provider table()
{
    prefect_secrets_provider provider = {};
    provider.struct_size = sizeof provider;
    provider.major = PREFECT_SECRETS_PROVIDER_MAJOR;
    provider.minor = PREFECT_SECRETS_PROVIDER_MINOR;
    // Calls may overlap, and each returns by its deadline. Take out what is not true of yours.
    provider.capabilities = PREFECT_SECRETS_THREAD_SAFE | PREFECT_SECRETS_HONORS_DEADLINES;
    provider.id = prefect_secrets_str("@NAME@");
    provider.create = create;
    provider.destroy = destroy;
    provider.get = get;
    return provider;
}

} // namespace

PREFECT_SECRETS_EXPORT const prefect_secrets_provider *prefect_secrets_provider_v1()
{
    static const prefect_secrets_provider provider = table();
    return &provider;
}
