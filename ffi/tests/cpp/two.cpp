/* The other part: see one.cpp. */
#include "check.hpp"

namespace {

class provider {
public:
    static constexpr bool honors_deadlines = true;
    ps::status get(const ps::request &, std::string_view name, ps::reply &reply)
    {
        return name == "TWO" ? reply.text("two") : ps::status::absent;
    }
};

} // namespace

ps::secret other(const ps::chain &chain, ps::options &options)
{
    CHECK(chain.get("ONE")->text() == "one" && chain.get("TWO").absent());
    CHECK(fails(chain.get("THROWN"), ps::status::denied));
    options.provider("two", std::make_shared<provider>());
    const ps::result<ps::chain> opened = ps::chain::open(options);
    CHECK(fails(opened->get("THROWN"), ps::status::denied));
    return *opened->get("TWO");
}
