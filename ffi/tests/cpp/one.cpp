/* One of two parts of a program; the other one is built for another standard, and without
 * exceptions. Each has a provider of its own, called the same inside. */
#include "check.hpp"

namespace {

class provider {
public:
    static constexpr bool honors_deadlines = true;
    ps::status get(const ps::request &, std::string_view name, ps::reply &reply)
    {
        if (name == "THROWN")
            throw ps::failure(ps::status::denied, "it is thrown", "catch it");
        return name == "ONE" ? reply.text("one") : ps::status::absent;
    }
};

} // namespace

ps::secret other(const ps::chain &chain, ps::options &options);

int main()
{
    ps::options options;
    options.provider("one", std::make_shared<provider>());
    CHECK(other(ps::chain::open(options).value(), options).text() == "two");
    const ps::chain both = ps::chain::open(options).value();
    CHECK(both.require("ONE").text() == "one" && both.require("TWO").text() == "two");
    CHECK(fails(both.get("THROWN"), ps::status::denied));
    return 0;
}
