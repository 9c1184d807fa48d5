/* Everything that prefect_secrets.hpp offers by value, used once; with exceptions and without. The
 * test that runs this sets the secret FROM_ENV to "four" in the environment and FROM_TOML to
 * {"a": 1} in config.toml. */
#include "memory.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#if __cplusplus >= 202002L
#include <span>
#endif

static void the_three_answers(const ps::chain &chain)
{
    ps::answer<ps::secret> found = chain.get("FROM_ENV");
    CHECK(found.found() && !found.absent() && !found.failed());
    CHECK(found.status() == ps::status::ok && !found.error().failed());
    CHECK(found.error().message().empty());
    CHECK(found->text() == "four" && found->text().data()[4] == 0);
    CHECK(found->bytes().size() == 4 && found->bytes()[0] == std::byte('f'));
    CHECK(found->provider() == "env" && found->revision().empty() && !found->expires_at());
    CHECK(found->json().ok() && *found->json() == "\"four\"");
#if __cplusplus >= 202002L
    const std::span<const std::byte> bytes = found->bytes();
    CHECK(bytes.size() == 4);
#endif

    const ps::answer<ps::secret> absent = chain.get("NOWHERE");
    CHECK(!absent.found() && absent.absent() && !absent.failed());
    CHECK(!*absent && absent->text().empty() && !absent.error().failed());

    const ps::answer<ps::secret> failed = chain.get(std::string("OUTAGE"));
    CHECK(!failed.found() && !failed.absent() && failed.failed());
    CHECK(fails(failed, ps::status::unavailable) && !*failed);
    CHECK(failed.error().provider() == "memory" && failed.error().name() == "OUTAGE");
    CHECK(holds(failed.error().what(), "the shelf is out of reach"));
    CHECK(failed.error().next_step() == "fetch a ladder");
    CHECK(failed.error().code() == ps::status::unavailable);
    CHECK(failed.error().code() == std::errc::resource_unavailable_try_again);
    CHECK(failed.error().code().message() == "unavailable");
    CHECK(failed.error().handle() != nullptr);

    const ps::answer<ps::secret> dated = chain.get("DATED");
    CHECK(dated->text() == "7" && *dated->json() == "\"7\"" && dated->revision() == "third");
    CHECK(dated->expires_at()->time_since_epoch() == std::chrono::seconds(4102444800));
    CHECK(*chain.get("DOCUMENT")->json() == "{\"a\":1}");
    CHECK(chain.get("IN_PLACE")->text() == "ab");

    CHECK(chain.exists("FROM_TOML").found() && chain.exists("NOWHERE").absent());
    CHECK(fails(chain.exists("OUTAGE"), ps::status::unavailable));
    CHECK(fails(chain.get("a\0b"), ps::status::ok) == false); /* a C string ends there */
    CHECK(fails(chain.get(std::string_view("a\0b", 3)), ps::status::invalid));
}

static void ownership(const ps::chain &chain)
{
    ps::secret one = *chain.get("FROM_ENV");
    ps::secret two = one.retain();
    CHECK(one.handle() == two.handle());
    const std::string_view text = two.text();
    one = ps::secret();
    ps::secret moved = std::move(two);
    CHECK(moved && moved.text() == "four" && moved.text().data() == text.data());
    CHECK(!two && two.text().empty() && two.bytes().empty() && two.provider().empty());
    CHECK(!two.expires_at() && two.revision().empty() && !two.retain());
    CHECK(fails(two.json(), ps::status::invalid));

    const ps::secret taken(moved.release_handle());
    CHECK(!moved && taken.text() == "four");

    ps::answer<ps::secret> failed = chain.get("OUTAGE");
    const ps::error error = std::move(failed).error();
    CHECK(holds(error.message(), "fetch a ladder"));
    CHECK(failed.failed() && failed.error().message() == "unavailable"); /* it keeps its status */

    ps::chain none;
    CHECK(!none && fails(none.get("FROM_ENV"), ps::status::invalid));
    CHECK(fails(none.list(), ps::status::invalid) && fails(none.refresh(), ps::status::invalid));
    CHECK(fails(none.explain("A"), ps::status::invalid) && none.list()->empty());
    CHECK(ps::names().size() == 0 && ps::explanation().json().empty());
    CHECK(ps::names()[3].name.empty() && ps::explanation()[3].outcome.empty());
}

static void into_a_buffer(const ps::chain &chain)
{
    ps::wiping_buffer<16> buffer;
    ps::answer<std::size_t> length = chain.get_into("FROM_ENV", buffer);
    CHECK(length.found() && *length == 4 && std::string_view(buffer.data()) == "four");
    char array[5];
    CHECK(chain.get_into("FROM_ENV", array).found() && array[4] == 0);
    std::array<unsigned char, 4> small{{9, 9, 9, 9}};
    length = chain.get_into("FROM_ENV", small);
    CHECK(length.failed() && !length.found() && !length.absent());
    CHECK(length.status() == ps::status::buffer_too_small && *length == 4 && small[0] == 9);
    CHECK(length.error().message() == "the buffer is too small");
    CHECK(chain.get_into("NOWHERE", array, 1s).absent());
    CHECK(chain.get_into("FROM_ENV", nullptr, 0).status() == ps::status::buffer_too_small);
    CHECK(fails(chain.get_into("OUTAGE", array), ps::status::unavailable));

    /* It wipes itself; the compiler is not to know that it is looked at. */
    alignas(ps::wiping_buffer<8>) unsigned char there[sizeof(ps::wiping_buffer<8>)] = {};
    const volatile unsigned char *look = there;
    auto *wiping = new (there) ps::wiping_buffer<8>;
    CHECK(chain.get_into("FROM_ENV", *wiping).found() && look[0] == 'f' && look[3] == 'r');
    wiping->~wiping_buffer();
    __asm__ volatile("" : "+r"(look) : : "memory");
    CHECK(look[0] == 0 && look[3] == 0);
}

static void many_at_once(const ps::chain &chain, const memory &own)
{
    const int before = own.batches;
    auto many = chain.get_many({"FROM_ENV", "NOWHERE", "OUTAGE", "FORGOTTEN", "FROM_TOML"});
    CHECK(many.ok() && many->size() == 5 && own.batches == before + 1);
    CHECK((*many)[0]->text() == "four" && (*many)[1].absent());
    CHECK(fails((*many)[2], ps::status::unavailable) && fails((*many)[3], ps::status::internal));
    CHECK((*many)[4]->provider() == "toml");

    const std::vector<std::string> names{"FROM_ENV", "FROM_TOML"};
    CHECK(chain.get_many(names, 5s)->size() == 2);
    const char *const array[] = {"NOWHERE"};
    CHECK((*chain.get_many(array))[0].absent());
    CHECK(chain.get_many(std::vector<std::string_view>())->empty());
    const auto refused = chain.get_many({"FROM_ENV", std::string_view("\xff", 1)});
    CHECK(fails(refused, ps::status::invalid) && refused->empty());
}

static void writing(const ps::chain &chain)
{
    CHECK(chain.set("FRESH", "one").ok() && chain.get("FRESH")->text() == "one");
    CHECK(chain.set_in("memory", "FRESH", std::string("two")).ok());
    CHECK(chain.set("FRESH", ps::value::of_json("[1]"), 5s).ok());
    CHECK(*chain.get("FRESH")->json() == "[1]");
    CHECK(chain.set("FRESH", ps::value::of_text_with_json("3", "\"3\"")).ok());
    CHECK(fails(chain.set("FRESH", std::string(64, 'x')), ps::status::invalid));
    CHECK(fails(chain.set_in("toml", "FRESH", "x"), ps::status::unsupported));
    CHECK(fails(chain.set_in("nobody", "FRESH", "x"), ps::status::invalid));
    CHECK(chain.get("FRESH")->text() == "3");
    CHECK(chain.remove("FRESH").found() && chain.remove_from("memory", "FRESH").absent());
    CHECK(fails(chain.remove_from("env", "FROM_ENV"), ps::status::unsupported));
}

static void listing_and_explaining(const ps::chain &chain)
{
    CHECK(chain.set_in("memory", "FROM_ENV", "x").ok());
    const ps::result<ps::names> names = chain.list(5s);
    CHECK(names.ok() && !names->empty());
    int seen = 0;
    for (const ps::listed &one : *names)
        if (one.name == "FROM_ENV") {
            CHECK(one.shadowed == (one.provider != "memory"));
            seen++;
        }
    CHECK(seen == 2);
    CHECK(std::distance(names->begin(), names->end()) == static_cast<int>(names->size()));
    CHECK(std::any_of(names->begin(), names->end(),
                      [](const ps::listed &one) { return one.provider == "toml"; }));
    CHECK((*names)[names->size()].name.empty());
    CHECK(chain.remove("FROM_ENV").found());

    const ps::result<ps::explanation> told = chain.explain("FROM_ENV");
    CHECK(told.ok() && told->size() == 4);
    CHECK((*told)[0].provider == "memory" && (*told)[0].outcome == "absent");
    CHECK((*told)[1].outcome == "found" && (*told)[2].outcome == "not reached");
    CHECK(holds(told->json(), "{\"version\":1,") && !holds(told->json(), "four"));
    const ps::result<ps::explanation> outage = chain.explain("OUTAGE");
    const ps::step first = *outage->begin();
    CHECK(first.outcome == "unavailable" && holds(first.reason, "fetch a ladder"));
}

static std::uint64_t milliseconds(const ps::call &how) { return how.c()->timeout_ms; }

static void deadlines(const ps::chain &chain)
{
    CHECK(ps::call().c() == nullptr);
    CHECK(milliseconds(1500us) == 2 && milliseconds(2s) == 2000 && milliseconds(1ns) == 1);
    CHECK(milliseconds(0s) == 0 && milliseconds(-1h) == 0 && milliseconds(48h) == 172800000);
    CHECK(milliseconds(std::chrono::duration<double>(0.0015)) == 2);
    CHECK(milliseconds(std::chrono::duration<float>(-1)) == 0);
    CHECK(milliseconds(std::chrono::duration<double>(1e30)) == UINT64_MAX);
    CHECK(milliseconds(std::chrono::hours::max()) == UINT64_MAX);
    CHECK(milliseconds(std::chrono::nanoseconds::max() - 1ns) == 9223372036855);
    CHECK(milliseconds(std::chrono::hours::max() - 1h) == UINT64_MAX);
    CHECK(milliseconds(ps::call::without_deadline()) == UINT64_MAX);
    CHECK(milliseconds(std::chrono::steady_clock::now() - 1s) == 0);
    using wall = std::chrono::system_clock;
    using coarse = std::chrono::time_point<wall, std::chrono::seconds>;
    CHECK(milliseconds(wall::time_point::max()) == UINT64_MAX);
    CHECK(milliseconds(coarse::max()) == UINT64_MAX);
    CHECK(milliseconds(wall::time_point::min()) == 0);
    CHECK(milliseconds(coarse::min()) == 0);
    CHECK(milliseconds(std::chrono::steady_clock::time_point::min()) == 0);
    const std::uint64_t hour = milliseconds(wall::now() + std::chrono::hours(1));
    CHECK(hour > 3'500'000 && hour <= 3'600'001);
    const std::uint64_t left = milliseconds(std::chrono::steady_clock::now() + 60s);
    CHECK(left > 0 && left <= 60000);

    CHECK(fails(chain.list(0s), ps::status::timed_out));
    CHECK(chain.list(0s).error().code() == std::errc::timed_out);
    CHECK(chain.exists("FROM_ENV", ps::call::without_deadline()).found());
}

static void the_default_chain()
{
    const auto secret = ps::get("FROM_TOML");
    CHECK(secret.found() && secret->provider() == "toml" && ps::get("NOWHERE").absent());
    const ps::result<ps::chain> chain = ps::default_chain();
    ps::close_default_chain();
    CHECK(chain.ok() && chain->exists("FROM_TOML").found());
    CHECK(ps::get("FROM_TOML")->text() == secret->text());
    ps::close_default_chain();
}

static void opening()
{
    const auto own = std::make_shared<memory>();
    const auto nobody = std::shared_ptr<memory>();
    CHECK(fails(ps::chain::open(ps::options().provider("", own)), ps::status::invalid));
    CHECK(fails(ps::chain::open(ps::options().provider("memory", nobody)), ps::status::invalid));
    ps::options options;
    options.config_path("/nonexistent/config.toml").provider("one", own).provider("two", own);
    CHECK(own.use_count() == 3);
    const auto chain = ps::chain::open(options);
    CHECK(chain.ok() && own.use_count() == 5);
    const auto told = chain->explain("FROM_TOML");
    CHECK((*told)[0].provider == "one" && (*told)[1].provider == "two");
    CHECK(chain->exists("FROM_TOML").absent() && chain->exists("FROM_ENV").found());
    CHECK(chain->load_trace("one").absent());
}

/* An instance that a table makes, from settings. */
class talker {
public:
    static constexpr bool honors_deadlines = true;

    static ps::status create(const ps::creation &from, std::unique_ptr<talker> &made,
                             ps::reply &reply)
    {
        from.log(ps::log_level::warning, "created " + std::string(from.name()));
        CHECK(!from.setting("nothing") && holds(from.settings(), "greeting"));
        if (from.setting("greeting") == "")
            return reply.fail(ps::status::denied, "there is no greeting", "greet");
        made = std::make_unique<talker>();
        made->greeting_ = *from.setting("greeting");
        return ps::status::ok;
    }
    ps::status get(const ps::request &, std::string_view name, ps::reply &reply)
    {
        return name == "GREETING" ? reply.text(greeting_) : ps::status::absent;
    }

private:
    std::string greeting_;
};

static ps::result<ps::chain> talking(const char *settings)
{
    const prefect_secrets_provider *table = ps::plugin<talker>("talker");
    CHECK(table->capabilities == PREFECT_SECRETS_HONORS_DEADLINES && !table->set);
    return ps::chain::open(ps::options().provider("talking", table, settings));
}

struct notes {
    int lines = 0;
    ps::log_level level = ps::log_level::detail;
    void operator()(ps::log_level of, std::string_view line)
    {
        if (!holds(line, "created"))
            return;
        CHECK(holds(line, "created talking"));
        level = of;
        lines++;
    }
};

static void tables_and_the_log()
{
    static notes log;
    static const auto quiet = [](ps::log_level, std::string_view) {};
    ps::set_log(log);
    CHECK(talking("{\"greeting\": \"hello\"}")->get("GREETING")->text() == "hello");
    CHECK(log.lines == 1 && log.level == ps::log_level::warning);
    ps::set_log(quiet);
    const auto refused = talking("{\"greeting\": \"\"}");
    CHECK(fails(refused, ps::status::denied) && refused.error().next_step() == "greet");
    ps::unset_log();
    CHECK(fails(talking("[]"), ps::status::invalid) && log.lines == 1);
}

int main()
{
    CHECK(holds(ps::version(), "."));
    const auto own = std::make_shared<memory>();
    ps::secret greeting;
    {
        ps::result<ps::chain> opened = ps::chain::open(ps::options().provider("memory", own));
        CHECK(opened.ok() && opened && own.use_count() == 2);
        const ps::chain chain = *std::move(opened);
        CHECK(chain && !*opened);
        the_three_answers(chain);
        ownership(chain);
        into_a_buffer(chain);
        many_at_once(chain, *own);
        writing(chain);
        listing_and_explaining(chain);
        deadlines(chain);
        CHECK(chain.refresh().ok() && own->refreshes == 1);
        CHECK(chain.set("GREETING", "hello").ok());
        greeting = *chain.get("GREETING");
    }
    CHECK(own.use_count() == 1); /* the chain let go of it */
    CHECK(greeting.text() == "hello" && greeting.provider() == "memory");
    the_default_chain();
    opening();
    CHECK(own.use_count() == 1);
    tables_and_the_log();
    return 0;
}
