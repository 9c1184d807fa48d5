/* prefect_secrets.hpp with exceptions, in both directions: thrown to the host, and thrown by a
 * provider. The environment is that of values.cpp. */
#include "memory.hpp"

#include <stdexcept>

/* What call throws, of this kind; ends the program if it does not. */
template <class Thrown, class Call>
Thrown thrown(Call &&call)
{
    try {
        call();
    } catch (const Thrown &caught) {
        return caught;
    }
    CHECK(false && "nothing was thrown");
    std::abort();
}

static void to_the_host(const ps::chain &chain)
{
    CHECK(chain.require("FROM_ENV").text() == "four");
    CHECK(chain.find("FROM_ENV", 5s)->text() == "four");
    CHECK(!chain.find("NOWHERE"));

    const auto not_found = thrown<ps::not_found>([&] { chain.require("NOWHERE"); });
    CHECK(not_found.name() == "NOWHERE" && holds(not_found.what(), "NOWHERE"));
    static_assert(!std::is_base_of_v<ps::failure, ps::not_found>);

    const auto failure = thrown<ps::failure>([&] { chain.require("OUTAGE", 5s); });
    CHECK(failure.status() == ps::status::unavailable && failure.provider() == "memory");
    CHECK(failure.name() == "OUTAGE" && holds(failure.happened(), "out of reach"));
    CHECK(failure.next_step() == "fetch a ladder" && holds(failure.what(), "fetch a ladder"));
    CHECK(failure.code() == std::errc::resource_unavailable_try_again);
    const auto system = thrown<std::system_error>([&] { (void)chain.find("OUTAGE"); });
    CHECK(system.code() == ps::status::unavailable);
    const ps::failure copy = failure;
    CHECK(copy.name().data() == failure.name().data()); /* one text for all copies */

    CHECK(chain.exists("FROM_ENV").or_throw() && !chain.exists("NOWHERE").or_throw());
    thrown<ps::failure>([&] { (void)chain.exists("OUTAGE").or_throw(); });
    CHECK(!chain.remove("NOWHERE").or_throw());
    CHECK(!chain.list().value().empty() && chain.explain("NOWHERE").value().size() == 4);
    chain.refresh().value();
    thrown<ps::failure>([&] { chain.set_in("nobody", "A", "text").value(); });
    char small[2];
    const auto too_small =
        thrown<ps::failure>([&] { (void)chain.get_into("FROM_ENV", small).or_throw(); });
    CHECK(too_small.status() == ps::status::buffer_too_small);
    thrown<ps::failure>([] { (void)ps::chain::open(ps::options().provider("", nullptr)).value(); });

    CHECK(ps::require("FROM_ENV").text() == "four" && !ps::find("NOWHERE"));
    thrown<ps::not_found>([] { (void)ps::require("NOWHERE"); });
    ps::close_default_chain();
}

/* Throws what it is asked for. */
class thrower {
public:
    static constexpr bool honors_deadlines = true;

    ps::status get(const ps::request &, std::string_view name, ps::reply &)
    {
        if (name == "FAILURE")
            throw ps::failure(ps::status::denied, "the door is shut", "knock");
        if (name == "NOTHING")
            throw ps::failure(ps::status::ok, "it says that all is well", "");
        if (name == "MEMORY")
            throw std::bad_alloc();
        if (name == "VALUE")
            throw std::runtime_error("could not parse hunter2");
        if (name == "NUMBER")
            throw 7;
        return ps::status::absent;
    }
    ps::status list(const ps::request &, ps::listing &, ps::reply &)
    {
        throw ps::failure(ps::status::unsupported, "it keeps no list", "ask for a name");
    }
};

/* A plugin whose constructor throws. */
class unmade {
public:
    explicit unmade(const ps::creation &)
    {
        throw ps::failure(ps::status::invalid, "it lacks a setting", "set it");
    }
    ps::status get(const ps::request &, std::string_view, ps::reply &)
    {
        return ps::status::absent;
    }
};

static ps::failure asked(const ps::chain &chain, const char *name)
{
    return thrown<ps::failure>([&] { chain.require(name); });
}

static void from_a_provider()
{
    const ps::chain chain =
        ps::chain::open(ps::options().provider("thrower", std::make_shared<thrower>())).value();
    CHECK(asked(chain, "FAILURE").status() == ps::status::denied);
    CHECK(asked(chain, "FAILURE").next_step() == "knock");
    CHECK(asked(chain, "NOTHING").status() == ps::status::internal);
    CHECK(asked(chain, "MEMORY").status() == ps::status::unavailable);
    CHECK(asked(chain, "NUMBER").status() == ps::status::internal);
    /* The text of a foreign exception might hold a value, and is not told. */
    const ps::failure told = asked(chain, "VALUE");
    CHECK(told.status() == ps::status::internal && told.provider() == "thrower");
    CHECK(!holds(told.what(), "hunter2") && holds(told.what(), "exception"));
    CHECK(!holds(chain.explain("VALUE").value().json(), "hunter2"));
    /* It goes on answering. */
    CHECK(!chain.find("NOWHERE") && chain.require("FROM_ENV").text() == "four");
    CHECK(fails(chain.list(), ps::status::unsupported));

    const auto refused =
        ps::chain::open(ps::options().provider("unmade", ps::plugin<unmade>("unmade")));
    CHECK(fails(refused, ps::status::invalid) && refused.error().next_step() == "set it");
}

int main()
{
    to_the_host(
        ps::chain::open(ps::options().provider("memory", std::make_shared<memory>())).value());
    from_a_provider();
    return 0;
}
