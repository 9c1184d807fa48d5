/*
 * secrets: a command line over prefect_secrets.hpp, meant to be copied.
 *
 *     secrets [--timeout SECONDS] get NAME          its value, and nothing else
 *     secrets [--timeout SECONDS] check NAME...     who has each of them, asked all at once
 *     secrets [--timeout SECONDS] list              every name, and who has it
 *     secrets [--timeout SECONDS] explain NAME      what every provider said
 *
 * Exit status: 0 found or done, 3 not found, 2 wrong usage, 1 any failure. What failed, and what to
 * do about it, is said on the standard error. Only get shows a value.
 *
 *     c++ -std=c++17 -Iinclude examples/secrets.cpp -lprefect_secrets -o secrets
 */
#include <charconv>
#include <cstdio>
#include <exception>
#include <iomanip>
#include <iostream>
#include <prefect_secrets.hpp>

namespace ps = prefect_secrets;

namespace {

enum exit_status { done = 0, failed = 1, wrong_usage = 2, not_found = 3 };

using arguments = std::vector<std::string_view>;

// Two lines: what failed, and what to do next.
exit_status tell(const ps::error &error)
{
    std::cerr << "secrets: " << (error.provider().empty() ? "" : error.provider())
              << (error.provider().empty() ? "" : ": ") << error.what() << '\n';
    if (!error.next_step().empty())
        std::cerr << "    " << error.next_step() << '\n';
    return failed;
}

exit_status get(const ps::chain &chain, const arguments &names, const ps::call &how)
{
    const std::optional<ps::secret> secret = chain.find(names.front(), how);
    if (!secret) {
        std::cerr << "secrets: no provider has " << names.front() << '\n';
        return not_found;
    }
    // Straight from the secret to the descriptor: a buffer would keep the value.
    std::setvbuf(stdout, nullptr, _IONBF, 0);
    const std::string_view text = secret->text();
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    return written ? done : failed;
}

exit_status check(const ps::chain &chain, const arguments &names, const ps::call &how)
{
    exit_status outcome = done;
    const auto answers = chain.get_many(names, how).value();
    for (std::size_t i = 0; i < names.size(); i++) {
        const ps::answer<ps::secret> &answer = answers[i];
        std::cout << std::left << std::setw(24) << names[i] << ' ';
        if (answer.found()) {
            std::cout << answer->provider() << '\n';
        } else if (answer.absent()) {
            std::cout << "not found\n";
            outcome = outcome == done ? not_found : outcome;
        } else {
            std::cout << "failed" << std::endl; // the row stands before its message
            outcome = tell(answer.error());
        }
    }
    return outcome;
}

exit_status list(const ps::chain &chain, const arguments &, const ps::call &how)
{
    const ps::names names = chain.list(how).value();
    for (const ps::listed &one : names)
        std::cout << std::left << std::setw(24) << one.name << ' ' << one.provider
                  << (one.shadowed ? " (shadowed)" : "") << '\n';
    return done;
}

exit_status explain(const ps::chain &chain, const arguments &names, const ps::call &how)
{
    exit_status outcome = not_found;
    const ps::explanation explanation = chain.explain(names.front(), how).value();
    for (const ps::step &step : explanation) {
        std::cout << std::left << std::setw(24) << step.provider << ' ' << step.outcome
                  << (step.reason.empty() ? "" : ": ") << step.reason << '\n';
        if (step.outcome == "found")
            outcome = done;
        else if (outcome != done && step.outcome != "absent" && step.outcome != "skipped")
            outcome = failed;
    }
    return outcome;
}

struct command {
    std::string_view name;
    std::size_t least, most; // how many names it takes
    exit_status (*run)(const ps::chain &, const arguments &, const ps::call &);
};

constexpr command commands[] = {
    {"get", 1, 1, get},
    {"check", 1, SIZE_MAX, check},
    {"list", 0, 0, list},
    {"explain", 1, 1, explain},
};

exit_status usage()
{
    std::cerr << "usage: secrets [--timeout SECONDS] get NAME | check NAME... | list | "
                 "explain NAME\n";
    return wrong_usage;
}

exit_status run(arguments given)
{
    ps::call how;
    if (given.size() >= 2 && given[0] == "--timeout") {
        unsigned seconds = 0;
        const char *end = given[1].data() + given[1].size();
        const auto read = std::from_chars(given[1].data(), end, seconds);
        if (read.ec != std::errc() || read.ptr != end)
            return usage();
        how = std::chrono::seconds(seconds);
        given.erase(given.begin(), given.begin() + 2);
    }
    if (given.empty())
        return usage();
    const std::string_view name = given.front();
    given.erase(given.begin());
    for (const command &command : commands)
        if (command.name == name && given.size() >= command.least && given.size() <= command.most)
            return command.run(ps::chain::open().value(), given, how);
    return usage();
}

} // namespace

int main(int argc, char **argv)
{
    try {
        const exit_status outcome = run(arguments(argv + (argc > 0), argv + argc));
        std::cout.flush();
        return std::cout ? outcome : failed;
    } catch (const ps::failure &failure) {
        std::cerr << "secrets: " << failure.what() << '\n';
    } catch (const std::exception &exception) {
        std::cerr << "secrets: " << exception.what() << '\n';
    }
    return failed;
}
