/*
 * prefect_secrets_provider.hpp: write a provider of secrets as a C++ class.
 *
 * C++17 or later, header only, nothing to link: it fills the table of prefect_secrets_provider.h,
 * whose rules are true here, too. This is a whole plugin, which has one secret:
 *
 *     #include "prefect_secrets_provider.hpp"
 *
 *     class greeting {
 *     public:
 *         static constexpr bool thread_safe = true;      // calls may overlap
 *         static constexpr bool honors_deadlines = true; // each returns by its deadline
 *
 *         explicit greeting(const prefect_secrets::creation &) {}
 *
 *         prefect_secrets::status get(const prefect_secrets::request &, std::string_view name,
 *                                     prefect_secrets::reply &reply)
 *         {
 *             if (name != "GREETING")
 *                 return prefect_secrets::status::absent;
 *             return reply.text("hello");
 *         }
 *     };
 *
 *     const prefect_secrets_provider *prefect_secrets_provider_v1(void)
 *     {
 *         return prefect_secrets::plugin<greeting>("greeting");
 *     }
 *
 *     c++ -std=c++17 -shared -fPIC -Iinclude greeting.cpp -o greeting.so
 *
 * The class has get, and of these what it can do; each returns a status:
 *
 *     get_many(const request &, batch &)
 *     set(const request &, std::string_view name, const value &, reply &)
 *     remove(const request &, std::string_view name, reply &)
 *     list(const request &, listing &, reply &)
 *     refresh(const request &, reply &)
 *
 * - Without thread_safe calls into one instance come one at a time. Without honors_deadlines each
 *   runs on a thread of the host, and is abandoned at its deadline.
 * - Exceptions: none leaves the class. A thrown failure is told as it is; std::bad_alloc is
 *   status::unavailable; anything else is status::internal, without its text, which might hold a
 *   value. A destructor that throws ends the program. Without exceptions a status is the one way.
 * - An instance is made by the constructor that takes a creation. A class that wants to say why it
 *   cannot be made, and does not throw, has in its stead
 *       static status create(const creation &, std::unique_ptr<T> &made, reply &)
 * - What a call is given (request, reply, batch, listing, value, every text) ends with the call.
 * - Nothing here allocates but the instance. A program that brings a provider of its own hands it
 *   to prefect_secrets::options, in prefect_secrets.hpp.
 */
#ifndef PREFECT_SECRETS_PROVIDER_HPP
#define PREFECT_SECRETS_PROVIDER_HPP

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast" // what follows is C
#endif
#include "prefect_secrets_provider.h"
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

// 1 where exceptions are; 0 with -fno-exceptions: what throws does not exist then.
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
#define PREFECT_SECRETS_EXCEPTIONS 1
#else
#define PREFECT_SECRETS_EXCEPTIONS 0
#endif

namespace prefect_secrets {

// ---- the status -------------------------------------------------------------------------------

// What became of a call; the numbers of prefect_secrets_provider.h. A std::error_code is made of
// one, so that it compares with std::errc: timed_out, permission_denied, operation_canceled, ...
enum class status : std::int32_t {
    ok = PREFECT_SECRETS_OK,
    absent = PREFECT_SECRETS_ABSENT, // nobody has it: an answer, not an error
    denied = PREFECT_SECRETS_DENIED,
    unavailable = PREFECT_SECRETS_UNAVAILABLE,
    timed_out = PREFECT_SECRETS_TIMED_OUT,
    invalid = PREFECT_SECRETS_INVALID,
    unsupported = PREFECT_SECRETS_UNSUPPORTED,
    panicked = PREFECT_SECRETS_PANICKED,
    internal = PREFECT_SECRETS_INTERNAL,
    buffer_too_small = PREFECT_SECRETS_BUFFER_TOO_SMALL,
    cancelled = 10, // PREFECT_SECRETS_CANCELLED: no provider answers so
};

// The status in words. Ends with a NUL, lives as long as the program.
inline std::string_view to_string(status of) noexcept
{
    switch (of) {
    case status::ok: return "done";
    case status::absent: return "absent";
    case status::denied: return "denied";
    case status::unavailable: return "unavailable";
    case status::timed_out: return "timed out";
    case status::invalid: return "invalid";
    case status::unsupported: return "unsupported";
    case status::panicked: return "panicked";
    case status::internal: return "internal error";
    case status::buffer_too_small: return "the buffer is too small";
    case status::cancelled: return "cancelled";
    }
    return "unknown status";
}

namespace detail {

class category final : public std::error_category {
public:
    const char *name() const noexcept override { return "prefect_secrets"; }
    std::string message(int of) const override
    {
        return std::string(to_string(static_cast<status>(of)));
    }
    std::error_condition default_error_condition(int of) const noexcept override
    {
        switch (static_cast<status>(of)) {
        case status::ok: return {};
        case status::denied: return std::errc::permission_denied;
        case status::unavailable: return std::errc::resource_unavailable_try_again;
        case status::timed_out: return std::errc::timed_out;
        case status::invalid: return std::errc::invalid_argument;
        case status::unsupported: return std::errc::not_supported;
        case status::buffer_too_small: return std::errc::no_buffer_space;
        case status::cancelled: return std::errc::operation_canceled;
        default: return {of, *this};
        }
    }
};

} // namespace detail

inline const std::error_category &category() noexcept
{
    static const detail::category it;
    return it;
}

inline std::error_code make_error_code(status of) noexcept
{
    return {static_cast<int>(of), category()};
}

} // namespace prefect_secrets

template <>
struct std::is_error_code_enum<prefect_secrets::status> : std::true_type {};

namespace prefect_secrets {

// ---- views ------------------------------------------------------------------------------------

// Elements in a row, borrowed: the same class in every standard. A std::span is made of one.
template <class T>
class span {
public:
    using element_type = T;
    using value_type = std::remove_cv_t<T>;
    using size_type = std::size_t;
    using iterator = T *;

    constexpr span() noexcept = default;
    constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}

    constexpr T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr T *begin() const noexcept { return data_; }
    constexpr T *end() const noexcept { return data_ + size_; }
    constexpr T &operator[](std::size_t at) const noexcept { return data_[at]; }

private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

// A time of the calendar, to the second.
using time_point = std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>;

// How much a line of the log matters.
enum class log_level : std::uint32_t { error = 1, warning = 2, information = 3, detail = 4 };

namespace detail {

inline std::string_view view(prefect_secrets_slice slice) noexcept
{
    return {reinterpret_cast<const char *>(slice.data), slice.len};
}

inline prefect_secrets_slice slice(std::string_view text) noexcept
{
    return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}

} // namespace detail

// ---- the exception ----------------------------------------------------------------------------

#if PREFECT_SECRETS_EXCEPTIONS
// A failure as an exception. A provider throws one to say what happened and what to do next; a
// host catches one from prefect_secrets.hpp. It never holds a value. Copies share their texts.
class failure : public std::system_error {
public:
    // What a provider throws: never status::ok.
    failure(prefect_secrets::status of, std::string_view happened, std::string_view next_step = {})
        : failure(of, happened, {}, {}, happened, next_step)
    {
    }
    failure(prefect_secrets::status of, std::string_view message, std::string_view provider,
            std::string_view name, std::string_view happened, std::string_view next_step)
        : std::system_error(make_error_code(of)),
          texts_(std::make_shared<const texts>(
              texts{std::string(message), std::string(provider), std::string(name),
                    std::string(happened), std::string(next_step)}))
    {
    }

    // All of it in one sentence.
    const char *what() const noexcept override { return texts_->message.c_str(); }
    prefect_secrets::status status() const noexcept
    {
        return static_cast<prefect_secrets::status>(code().value());
    }
    // Who failed; empty if the fault is the caller's or the configuration's.
    std::string_view provider() const noexcept { return texts_->provider; }
    // Which name was asked for; empty if none was.
    std::string_view name() const noexcept { return texts_->name; }
    std::string_view happened() const noexcept { return texts_->happened; }
    std::string_view next_step() const noexcept { return texts_->next_step; }

private:
    struct texts {
        std::string message, provider, name, happened, next_step;
    };
    std::shared_ptr<const texts> texts_;
};
#endif

// ---- what a call is given ---------------------------------------------------------------------

// Until when. Any thread, during the call.
class request {
public:
    explicit request(const prefect_secrets_request *of) noexcept : c_(of) {}

    // Until the deadline; nanoseconds::max() without one.
    std::chrono::nanoseconds remaining() const noexcept
    {
        using std::chrono::nanoseconds;
        const std::uint64_t left = c_->remaining_ns(c_);
        const auto most = static_cast<std::uint64_t>(nanoseconds::max().count());
        return left < most ? nanoseconds(static_cast<nanoseconds::rep>(left)) : nanoseconds::max();
    }
    // Whether nobody waits for the answer any more: then return status::timed_out.
    bool should_stop() const noexcept { return c_->should_stop(c_) != 0; }

private:
    const prefect_secrets_request *c_;
};

// What a place knows of a value beside the value.
struct particulars {
    time_point expires_at = {};     // when the value ends; 1970 began: not known
    std::string_view revision = {}; // which one in a row of values; empty: not known
};

enum class value_form : std::uint32_t {
    text = PREFECT_SECRETS_FORM_TEXT,
    json = PREFECT_SECRETS_FORM_JSON,
    text_with_json = PREFECT_SECRETS_FORM_TEXT_WITH_JSON,
};

// Where an answer is written: into memory of the host, which wipes it.
class reply {
public:
    explicit reply(prefect_secrets_reply *of) noexcept : c_(of) {}

    // Answers with a copy of text; what each of these returns is what the call returns.
    status text(std::string_view text, const particulars &beside = {}) noexcept
    {
        return write(value_form::text, text, {}, beside);
    }
    // Answers with one compact JSON document.
    status json(std::string_view json, const particulars &beside = {}) noexcept
    {
        return write(value_form::json, json, {}, beside);
    }
    status text_with_json(std::string_view text, std::string_view json,
                          const particulars &beside = {}) noexcept
    {
        return write(value_form::text_with_json, text, json, beside);
    }

    // Zeroed memory to write the value into without a copy; empty if there is none for so much (or
    // size is 0). Then commit.
    span<std::byte> reserve(std::size_t size) noexcept
    {
        auto *place = reinterpret_cast<std::byte *>(c_->reserve(c_, size));
        return {place, place ? size : 0};
    }
    status commit(value_form form, std::size_t text_size, std::size_t json_size = 0,
                  const particulars &beside = {}) noexcept
    {
        prefect_secrets_commit commit{};
        commit.struct_size = sizeof commit;
        commit.form = static_cast<std::uint32_t>(form);
        commit.text_len = text_size;
        commit.json_len = json_size;
        commit.expires_at = beside.expires_at.time_since_epoch().count();
        commit.revision = detail::slice(beside.revision);
        return static_cast<status>(c_->commit(c_, &commit));
    }

    // Says what happened and what to do next, without a value; returns the status.
    status fail(status why, std::string_view happened, std::string_view next_step) noexcept
    {
        c_->fail(c_, detail::slice(happened), detail::slice(next_step));
        return why;
    }

private:
    status write(value_form form, std::string_view text, std::string_view json,
                 const particulars &beside) noexcept
    {
        std::uint8_t *place = c_->reserve(c_, text.size() + json.size());
        if (!place)
            return status::invalid;
        if (!text.empty())
            std::memcpy(place, text.data(), text.size());
        if (!json.empty())
            std::memcpy(place + text.size(), json.data(), json.size());
        return commit(form, text.size(), json.size(), beside);
    }

    prefect_secrets_reply *c_;
};

// A value to be written, borrowed. A text becomes one by itself.
class value {
public:
    value(std::string_view text) noexcept : value(value_form::text, text, {}) {}
    value(const char *text) noexcept : value(std::string_view(text)) {}
    value(const std::string &text) noexcept : value(std::string_view(text)) {}
    explicit value(const prefect_secrets_value *of) noexcept : c_(*of) {}

    // One compact JSON document.
    static value of_json(std::string_view json) noexcept { return {value_form::json, json, {}}; }
    static value of_text_with_json(std::string_view text, std::string_view json) noexcept
    {
        return {value_form::text_with_json, text, json};
    }

    value_form form() const noexcept { return static_cast<value_form>(c_.form); }
    // The text (the JSON, if that is the form).
    std::string_view text() const noexcept { return detail::view(c_.text); }
    // The JSON view beside the text; else empty.
    std::string_view json() const noexcept { return detail::view(c_.json); }
    const prefect_secrets_value *c() const noexcept { return &c_; }

private:
    value(value_form form, std::string_view text, std::string_view json) noexcept
        : c_{sizeof c_, static_cast<std::uint32_t>(form), detail::slice(text), detail::slice(json)}
    {
    }

    prefect_secrets_value c_;
};

// Where names are listed.
class listing {
public:
    explicit listing(prefect_secrets_listing *of) noexcept : c_(of) {}
    // Adds a name, copied. Not status::ok: stop, and return that.
    status add(std::string_view name) noexcept
    {
        return static_cast<status>(c_->add(c_, detail::slice(name)));
    }

private:
    prefect_secrets_listing *c_;
};

// Names that are asked for at once. Each is to be answered; what is not is a failure.
class batch {
public:
    batch(const prefect_secrets_slice *names, std::size_t count,
          prefect_secrets_reply *const *replies, std::int32_t *statuses) noexcept
        : names_(names), count_(count), replies_(replies), statuses_(statuses)
    {
        for (std::size_t i = 0; i < count; i++)
            answer(i, prefect_secrets::status::internal);
    }

    std::size_t size() const noexcept { return count_; }
    std::string_view name(std::size_t at) const noexcept { return detail::view(names_[at]); }
    prefect_secrets::reply reply(std::size_t at) const noexcept
    {
        return prefect_secrets::reply(replies_[at]);
    }
    // What a get would return for the name.
    void answer(std::size_t at, prefect_secrets::status of) noexcept
    {
        statuses_[at] = static_cast<std::int32_t>(of);
    }

private:
    const prefect_secrets_slice *names_;
    std::size_t count_;
    prefect_secrets_reply *const *replies_;
    std::int32_t *statuses_;
};

// What an instance is made from. The texts live until the instance is destroyed, and so may a copy
// of this.
class creation {
public:
    explicit creation(const prefect_secrets_create *of) noexcept : c_(of) {}

    // What configuration and errors call the instance.
    std::string_view name() const noexcept { return detail::view(c_->name); }
    // All settings as one JSON object.
    std::string_view settings() const noexcept { return detail::view(c_->settings); }
    // One setting: a string as its text, anything else as JSON.
    std::optional<std::string_view> setting(std::string_view key) const noexcept
    {
        prefect_secrets_slice found{};
        if (c_->setting(c_, detail::slice(key), &found) != PREFECT_SECRETS_OK)
            return std::nullopt;
        return detail::view(found);
    }
    // One line to the host's log, without a value.
    void log(log_level level, std::string_view line) const noexcept
    {
        c_->log(c_, static_cast<std::uint32_t>(level), detail::slice(line));
    }

private:
    const prefect_secrets_create *c_;
};

// ---- from a class to a table ------------------------------------------------------------------

namespace detail {

template <class T>
using get_call = decltype(std::declval<T &>().get(
    std::declval<const request &>(), std::declval<std::string_view>(), std::declval<reply &>()));
template <class T>
using get_many_call = decltype(std::declval<T &>().get_many(std::declval<const request &>(),
                                                            std::declval<batch &>()));
template <class T>
using get_many_name = decltype(&T::get_many);
template <class T>
using set_call = decltype(std::declval<T &>().set(
    std::declval<const request &>(), std::declval<std::string_view>(),
    std::declval<const value &>(), std::declval<reply &>()));
template <class T>
using set_name = decltype(&T::set);
template <class T>
using remove_call = decltype(std::declval<T &>().remove(
    std::declval<const request &>(), std::declval<std::string_view>(), std::declval<reply &>()));
template <class T>
using remove_name = decltype(&T::remove);
template <class T>
using list_call = decltype(std::declval<T &>().list(
    std::declval<const request &>(), std::declval<listing &>(), std::declval<reply &>()));
template <class T>
using list_name = decltype(&T::list);
template <class T>
using refresh_call = decltype(std::declval<T &>().refresh(std::declval<const request &>(),
                                                          std::declval<reply &>()));
template <class T>
using refresh_name = decltype(&T::refresh);
template <class T>
using create_call = decltype(T::create(std::declval<const creation &>(),
                                       std::declval<std::unique_ptr<T> &>(),
                                       std::declval<reply &>()));
template <class T>
using create_name = decltype(&T::create);
template <class T>
using thread_safe_of = std::enable_if_t<T::thread_safe>;
template <class T>
using honors_deadlines_of = std::enable_if_t<T::honors_deadlines>;

template <template <class> class What, class T, class = void>
struct has : std::false_type {};
template <template <class> class What, class T>
struct has<What, T, std::void_t<What<T>>> : std::true_type {};

template <template <class> class Call, class T, class = void>
struct answers : std::false_type {};
template <template <class> class Call, class T>
struct answers<Call, T, std::enable_if_t<std::is_same_v<Call<T>, status>>> : std::true_type {};

// Whether T has the function. One of that name and of another kind is a mistake.
template <template <class> class Call, template <class> class Name, class T>
constexpr bool can() noexcept
{
    static_assert(answers<Call, T>::value || !has<Name, T>::value,
                  "a function of this provider takes or returns something else than the page at "
                  "the top of prefect_secrets_provider.hpp says");
    return answers<Call, T>::value;
}

// What the host is told instead of an exception. Catching is whether exceptions are on, so that
// two parts of a program that differ in it do not share this code.
template <bool Catching, class Call>
std::int32_t guarded([[maybe_unused]] prefect_secrets_reply *to, Call &&call) noexcept
{
#if PREFECT_SECRETS_EXCEPTIONS
    try {
        return static_cast<std::int32_t>(call());
    } catch (const failure &said) {
        const status why = said.status() == status::ok ? status::internal : said.status();
        return static_cast<std::int32_t>(
            reply(to).fail(why, said.happened(), said.next_step()));
    } catch (const std::bad_alloc &) {
        return static_cast<std::int32_t>(
            reply(to).fail(status::unavailable, "there was no memory", "try again"));
    } catch (...) {
        return static_cast<std::int32_t>(
            reply(to).fail(status::internal, "the provider threw an exception",
                           "catch it there, and say what happened and what to do"));
    }
#else
    return static_cast<std::int32_t>(call());
#endif
}

// An instance that the table makes: a T.
template <class T>
struct made {
    static T &of(void *instance) noexcept { return *static_cast<T *>(instance); }
    static void destroy(void *instance) noexcept { delete static_cast<T *>(instance); }
    static status create(const prefect_secrets_create *from, void **instance, reply &to)
    {
        std::unique_ptr<T> it;
        if constexpr (can<create_call, create_name, T>()) {
            const status outcome = T::create(creation(from), it, to);
            if (outcome != status::ok)
                return outcome;
        } else {
            it.reset(new (std::nothrow) T(creation(from)));
        }
        if (!it)
            return to.fail(status::unavailable, "there was no memory", "try again");
        *instance = it.release();
        return status::ok;
    }
};

// The functions of the table: each finds the object, and calls it under the guard.
template <class T, class Instance, bool Catching>
struct table {
    using slice_c = prefect_secrets_slice;
    using request_c = prefect_secrets_request;
    using reply_c = prefect_secrets_reply;

    static std::int32_t create(const prefect_secrets_create *from, void **instance, reply_c *to)
    {
        return guarded<Catching>(to, [&] {
            reply answer(to);
            return Instance::create(from, instance, answer);
        });
    }
    static void destroy(void *instance) { Instance::destroy(instance); }
    static std::int32_t get(void *instance, const request_c *until, slice_c name, reply_c *to)
    {
        return guarded<Catching>(to, [&] {
            reply answer(to);
            return Instance::of(instance).get(request(until), view(name), answer);
        });
    }
    static std::int32_t get_many(void *instance, const request_c *until, const slice_c *names,
                                 std::size_t count, reply_c *const *to, std::int32_t *statuses)
    {
        return guarded<Catching>(to[0], [&] {
            batch all(names, count, to, statuses);
            return Instance::of(instance).get_many(request(until), all);
        });
    }
    static std::int32_t set(void *instance, const request_c *until, slice_c name,
                            const prefect_secrets_value *given, reply_c *to)
    {
        return guarded<Catching>(to, [&] {
            reply answer(to);
            return Instance::of(instance).set(request(until), view(name), value(given), answer);
        });
    }
    static std::int32_t remove(void *instance, const request_c *until, slice_c name, reply_c *to)
    {
        return guarded<Catching>(to, [&] {
            reply answer(to);
            return Instance::of(instance).remove(request(until), view(name), answer);
        });
    }
    static std::int32_t list(void *instance, const request_c *until,
                             prefect_secrets_listing *names, reply_c *to)
    {
        return guarded<Catching>(to, [&] {
            reply answer(to);
            listing place(names);
            return Instance::of(instance).list(request(until), place, answer);
        });
    }
    static std::int32_t refresh(void *instance, const request_c *until, reply_c *to)
    {
        return guarded<Catching>(to, [&] {
            reply answer(to);
            return Instance::of(instance).refresh(request(until), answer);
        });
    }

    static prefect_secrets_provider filled(std::string_view id) noexcept
    {
        static_assert(answers<get_call, T>::value,
                      "a provider has: status get(const request &, std::string_view, reply &)");
        prefect_secrets_provider it{};
        it.struct_size = sizeof it;
        it.major = PREFECT_SECRETS_PROVIDER_MAJOR;
        it.minor = PREFECT_SECRETS_PROVIDER_MINOR;
        it.id = slice(id);
        it.create = create;
        it.destroy = destroy;
        it.get = get;
        if constexpr (can<get_many_call, get_many_name, T>()) {
            it.capabilities |= PREFECT_SECRETS_GET_MANY;
            it.get_many = get_many;
        }
        if constexpr (can<set_call, set_name, T>()) {
            it.capabilities |= PREFECT_SECRETS_SET;
            it.set = set;
        }
        if constexpr (can<remove_call, remove_name, T>()) {
            it.capabilities |= PREFECT_SECRETS_DELETE;
            it.delete_ = remove;
        }
        if constexpr (can<list_call, list_name, T>()) {
            it.capabilities |= PREFECT_SECRETS_LIST;
            it.list = list;
        }
        if constexpr (can<refresh_call, refresh_name, T>()) {
            it.capabilities |= PREFECT_SECRETS_REFRESH;
            it.refresh = refresh;
        }
        if constexpr (has<thread_safe_of, T>::value)
            it.capabilities |= PREFECT_SECRETS_THREAD_SAFE;
        if constexpr (has<honors_deadlines_of, T>::value)
            it.capabilities |= PREFECT_SECRETS_HONORS_DEADLINES;
        return it;
    }
};

} // namespace detail

// The table of a plugin whose instances are T: what prefect_secrets_provider_v1 returns. id is 1 to
// 64 of a-z 0-9 -, and lives as long as the library; the first one given stays.
template <class T, bool Catching = PREFECT_SECRETS_EXCEPTIONS != 0>
const prefect_secrets_provider *plugin(const char *id) noexcept
{
    static const prefect_secrets_provider it =
        detail::table<T, detail::made<T>, Catching>::filled(id);
    return &it;
}

} // namespace prefect_secrets

#endif
