/* What the C++ programs of these tests share. */
#ifndef CHECK_HPP
#define CHECK_HPP

#include <cstdio>
#include <cstdlib>
#include <prefect_secrets.hpp>

namespace ps = prefect_secrets;
using namespace std::chrono_literals;

inline void check(bool holds, const char *what, const char *file, int line)
{
    if (holds)
        return;
    std::fprintf(stderr, "%s:%d: this does not hold: %s\n", file, line, what);
    std::exit(1);
}

/* Ends the program when something does not hold. */
#define CHECK(...) check((__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)

inline bool holds(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

/* Whether something failed with this status, and says what and what to do. */
template <class Outcome>
bool fails(const Outcome &outcome, ps::status with)
{
    const ps::error &error = outcome.error();
    return outcome.status() == with && error.status() == with && error.failed() &&
           !error.message().empty() && !error.what().empty() && !error.next_step().empty();
}

#endif
