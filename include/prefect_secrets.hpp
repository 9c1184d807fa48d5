/*
 * prefect_secrets.hpp: secrets for C++ programs, over prefect_secrets.h.
 *
 * C++17 or later, header only; link the library that the C header belongs to. With exceptions or
 * with values, and without exceptions and RTTI at all. This is a whole program:
 *
 *     #include <iostream>
 *     #include "prefect_secrets.hpp"
 *
 *     int main()
 *     {
 *         auto password = prefect_secrets::get("DB_PASSWORD");
 *
 *         if (password.found())
 *             std::cout << "a password of " << password->text().size() << " bytes\n";
 *         else if (password.absent())
 *             std::cout << "no provider has it\n";
 *         else
 *             std::cout << password.error().message() << '\n';
 *         return password.found() ? 0 : 1;
 *     }
 *
 *     c++ -std=c++17 -Iinclude password.cpp -lprefect_secrets -o password
 *
 * The same with exceptions, from a chain of its own and within two seconds:
 *
 *     prefect_secrets::chain chain = prefect_secrets::chain::open().value();
 *     prefect_secrets::secret password = chain.require("DB_PASSWORD", std::chrono::seconds(2));
 *     std::optional<prefect_secrets::secret> token = chain.find("API_TOKEN");
 *
 * What prefect_secrets.h says of names, values, threads, forks and the log is true here. Beside it:
 *
 * - Three answers. A function that may find nothing returns an answer, which is found, absent or
 *   failed; it has no conversion to bool, which could tell only two of them apart. A function that
 *   does what it is told or fails returns a result, which is ok or failed.
 * - Exceptions are asked for: get never throws on account of what a provider says. require throws
 *   failure, and not_found if no provider has the name; find throws failure alone. Everything else
 *   throws failure by value() of its result, or by or_throw() of its answer. Without exceptions
 *   (-fno-exceptions) these do not exist. Beyond that only memory that runs out throws, where
 *   something is allocated.
 * - Ownership: chain, secret, error, names, explanation, cancellation and queue end what they own.
 *   They move and do not copy. An owner is as large as a pointer (an error: two words),
 *   and calling through it costs what the call in C does. Another holder of a secret is made by
 *   retain(), so that it is seen. A moved-from owner is empty, like a default-made one: asking it
 *   is status::invalid, an empty text or 0, and never undefined. A moved-from error, result or
 *   answer keeps its status.
 * - Text comes out as std::string_view, bytes as span<const std::byte>, borrowed from the object
 *   that was asked, and gone with it; moving the object keeps them, but ends the iterators of names
 *   and of an explanation. A NUL follows each text. What goes in is borrowed for the call. A
 *   std::string made of a secret's text is a copy that nobody wipes: pass the view on, or get_into
 *   a wiping_buffer.
 * - Memory: nothing here allocates but options, get_many, start_get of a chain (the callable) and
 *   exceptions.
 * - Threads: as in C, every function of a const object may be called from any thread. Moving,
 *   assigning and destroying are for one thread, after every other use.
 * - handle() lends the object of the C interface, release_handle() gives it away, and the explicit
 *   constructor takes one: what is not here is there.
 */
#ifndef PREFECT_SECRETS_HPP
#define PREFECT_SECRETS_HPP

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast" // what follows is C
#endif
#include "prefect_secrets.h"
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include "prefect_secrets_provider.hpp"

#include <initializer_list>
#include <ratio>
#include <vector>

// What is returned lives in the object that was asked: clang warns where that one is gone at once.
#if defined(__clang__)
#define PREFECT_SECRETS_BORROWED [[clang::lifetimebound]]
#else
#define PREFECT_SECRETS_BORROWED
#endif

namespace prefect_secrets {

namespace detail {

template <auto End>
struct ender {
    template <class C>
    void operator()(C *owned) const noexcept
    {
        End(owned);
    }
};

// An owner of an object of the C interface.
template <class C, auto End>
class owner {
public:
    constexpr owner() noexcept = default;
    explicit owner(C *owned) noexcept : c_(owned) {}

    // Whether it owns anything.
    explicit operator bool() const noexcept { return c_ != nullptr; }
    C *handle() const noexcept { return c_.get(); }
    [[nodiscard]] C *release_handle() noexcept { return c_.release(); }

private:
    std::unique_ptr<C, ender<End>> c_;
};

// Steps through what has size() and [].
template <class Of, class Item>
class cursor {
public:
    using value_type = Item;
    using reference = Item;
    using pointer = void;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    cursor() noexcept = default;
    cursor(const Of *of, std::size_t at) noexcept : of_(of), at_(at) {}
    Item operator*() const noexcept { return (*of_)[at_]; }
    cursor &operator++() noexcept
    {
        ++at_;
        return *this;
    }
    cursor operator++(int) noexcept
    {
        cursor before = *this;
        ++at_;
        return before;
    }
    friend bool operator==(const cursor &a, const cursor &b) noexcept { return a.at_ == b.at_; }
    friend bool operator!=(const cursor &a, const cursor &b) noexcept { return a.at_ != b.at_; }

private:
    const Of *of_ = nullptr;
    std::size_t at_ = 0;
};

} // namespace detail

// The version of the library, as "1.2.3".
inline std::string_view version() noexcept { return prefect_secrets_version(); }

// ---- the error --------------------------------------------------------------------------------

// A failure: who, which name, why, and what to do next. The texts live as long as it.
class error {
public:
    // No failure: status::ok and empty texts.
    error() noexcept = default;
    // The status that a function of C returned, and the error that it stored, if any.
    error(prefect_secrets::status of, prefect_secrets_error *owned) noexcept
        : c_(owned), status_(of)
    {
    }
    prefect_secrets::status status() const noexcept { return status_; }
    std::error_code code() const noexcept { return make_error_code(status_); }
    // All of it in one sentence.
    std::string_view message() const noexcept PREFECT_SECRETS_BORROWED
    {
        if (!c_)
            return failed() ? to_string(status_) : std::string_view();
        return detail::view(prefect_secrets_error_message(handle()));
    }
    // The provider that failed; empty if the fault is the caller's or the configuration's.
    std::string_view provider() const noexcept
    {
        return detail::view(prefect_secrets_error_provider(handle()));
    }
    // The name that was asked for; empty if none was.
    std::string_view name() const noexcept
    {
        return detail::view(prefect_secrets_error_name(handle()));
    }
    // What happened.
    std::string_view what() const noexcept PREFECT_SECRETS_BORROWED
    {
        return c_ ? detail::view(prefect_secrets_error_what(handle())) : message();
    }
    // What to do next.
    std::string_view next_step() const noexcept
    {
        return detail::view(prefect_secrets_error_next_step(handle()));
    }

    // NULL if the status is all there is.
    const prefect_secrets_error *handle() const noexcept { return c_.handle(); }

#if PREFECT_SECRETS_EXCEPTIONS
    [[noreturn]] void raise() const
    {
        throw failure(status_, message(), provider(), name(), what(), next_step());
    }
#endif

    // Whether it is a failure at all.
    bool failed() const noexcept
    {
        return status_ != prefect_secrets::status::ok && status_ != prefect_secrets::status::absent;
    }

private:
    detail::owner<prefect_secrets_error, prefect_secrets_error_free> c_;
    prefect_secrets::status status_ = prefect_secrets::status::ok;
};

#if PREFECT_SECRETS_EXCEPTIONS
// No provider has the name: not a failure, and so no kind of it.
class not_found : public std::exception {
public:
    explicit not_found(std::string_view name)
        : texts_(std::make_shared<const texts>(
              texts{std::string(name), "no provider has the secret " + std::string(name)}))
    {
    }
    const char *what() const noexcept override { return texts_->message.c_str(); }
    // Which name was asked for.
    std::string_view name() const noexcept { return texts_->name; }

private:
    struct texts {
        std::string name, message;
    };
    std::shared_ptr<const texts> texts_;
};
#endif

// ---- results and answers ----------------------------------------------------------------------

// Done, or failed.
template <class T>
class [[nodiscard]] result {
public:
    result(std::int32_t status, prefect_secrets_error *error, T value) noexcept
        : value_(std::move(value)), error_(static_cast<prefect_secrets::status>(status), error)
    {
    }

    bool ok() const noexcept { return status() == prefect_secrets::status::ok; }
    explicit operator bool() const noexcept { return ok(); }
    prefect_secrets::status status() const noexcept { return error_.status(); }
    // Of status::ok and empty when it is ok.
    const prefect_secrets::error &error() const & noexcept { return error_; }
    prefect_secrets::error error() && noexcept { return std::move(error_); }

    // What was made; an empty one if it failed.
    T &operator*() & noexcept { return value_; }
    const T &operator*() const & noexcept { return value_; }
    T operator*() && noexcept { return std::move(value_); }
    T *operator->() noexcept PREFECT_SECRETS_BORROWED { return &value_; }
    const T *operator->() const noexcept PREFECT_SECRETS_BORROWED { return &value_; }

#if PREFECT_SECRETS_EXCEPTIONS
    // What was made, or a thrown failure.
    T value() &&
    {
        if (!ok())
            error_.raise();
        return std::move(value_);
    }
#endif

private:
    T value_;
    prefect_secrets::error error_;
};

template <>
class [[nodiscard]] result<void> {
public:
    result(std::int32_t status, prefect_secrets_error *error) noexcept
        : error_(static_cast<prefect_secrets::status>(status), error)
    {
    }

    bool ok() const noexcept { return status() == prefect_secrets::status::ok; }
    explicit operator bool() const noexcept { return ok(); }
    prefect_secrets::status status() const noexcept { return error_.status(); }
    const prefect_secrets::error &error() const & noexcept { return error_; }
    prefect_secrets::error error() && noexcept { return std::move(error_); }

#if PREFECT_SECRETS_EXCEPTIONS
    // Nothing, or a thrown failure.
    void value() const
    {
        if (!ok())
            error_.raise();
    }
#endif

private:
    prefect_secrets::error error_;
};

// Found, absent or failed: exactly one of the three.
template <class T>
class [[nodiscard]] answer {
public:
    answer(std::int32_t status, prefect_secrets_error *error, T value) noexcept
        : value_(std::move(value)), error_(static_cast<prefect_secrets::status>(status), error)
    {
    }

    bool found() const noexcept { return status() == prefect_secrets::status::ok; }
    bool absent() const noexcept { return status() == prefect_secrets::status::absent; }
    bool failed() const noexcept { return error_.failed(); }
    prefect_secrets::status status() const noexcept { return error_.status(); }
    const prefect_secrets::error &error() const & noexcept { return error_; }
    prefect_secrets::error error() && noexcept { return std::move(error_); }

    // What was found; an empty one otherwise.
    T &operator*() & noexcept { return value_; }
    const T &operator*() const & noexcept { return value_; }
    T operator*() && noexcept { return std::move(value_); }
    T *operator->() noexcept PREFECT_SECRETS_BORROWED { return &value_; }
    const T *operator->() const noexcept PREFECT_SECRETS_BORROWED { return &value_; }

#if PREFECT_SECRETS_EXCEPTIONS
    // What was found; nothing if it is absent; or a thrown failure.
    std::optional<T> or_throw() &&
    {
        if (failed())
            error_.raise();
        return found() ? std::optional<T>(std::move(value_)) : std::nullopt;
    }
#endif

private:
    T value_;
    prefect_secrets::error error_;
};

// The same when there is nothing to hand over: it is there (or was), it is absent, it failed.
template <>
class [[nodiscard]] answer<void> {
public:
    answer(std::int32_t status, prefect_secrets_error *error) noexcept
        : error_(static_cast<prefect_secrets::status>(status), error)
    {
    }

    bool found() const noexcept { return status() == prefect_secrets::status::ok; }
    bool absent() const noexcept { return status() == prefect_secrets::status::absent; }
    bool failed() const noexcept { return error_.failed(); }
    prefect_secrets::status status() const noexcept { return error_.status(); }
    const prefect_secrets::error &error() const & noexcept { return error_; }
    prefect_secrets::error error() && noexcept { return std::move(error_); }

#if PREFECT_SECRETS_EXCEPTIONS
    // Whether it is there (or was); or a thrown failure.
    bool or_throw() const
    {
        if (failed())
            error_.raise();
        return found();
    }
#endif

private:
    prefect_secrets::error error_;
};

// ---- the secret -------------------------------------------------------------------------------

// A value: immutable, shared by count, wiped when its last holder goes.
class secret : public detail::owner<prefect_secrets_secret, prefect_secrets_secret_release> {
public:
    using owner::owner;

    // One more holder of the same value.
    secret retain() const noexcept { return secret(prefect_secrets_secret_retain(handle())); }

    // The text: the bytes as they are stored, often UTF-8. This and the next two reveal the value.
    std::string_view text() const noexcept PREFECT_SECRETS_BORROWED
    {
        return detail::view(prefect_secrets_secret_text(handle()));
    }
    span<const std::byte> bytes() const noexcept
    {
        const std::string_view of = text();
        return {reinterpret_cast<const std::byte *>(of.data()), of.size()};
    }
    // The JSON view: one compact document, the value that Prefect hands to Python. Invalid if the
    // text is not UTF-8.
    result<std::string_view> json() const noexcept
    {
        prefect_secrets_slice json{};
        prefect_secrets_error *error = nullptr;
        const std::int32_t status = prefect_secrets_secret_json(handle(), &json, &error);
        return {status, error, detail::view(json)};
    }

    // The name of the provider that answered.
    std::string_view provider() const noexcept
    {
        return detail::view(prefect_secrets_secret_provider(handle()));
    }
    // When the value ends, if its place knows.
    std::optional<time_point> expires_at() const noexcept
    {
        const std::int64_t seconds = prefect_secrets_secret_expires_at(handle());
        if (seconds == 0)
            return std::nullopt;
        return time_point(std::chrono::seconds(seconds));
    }
    // Which one in a row of values it is, in the words of its place; empty if that does not know.
    std::string_view revision() const noexcept
    {
        return detail::view(prefect_secrets_secret_revision(handle()));
    }
};

// Overwrites size bytes at place, also where a compiler sees that nobody reads them again.
inline void wipe(void *place, std::size_t size) noexcept
{
    auto *byte = static_cast<volatile unsigned char *>(place);
    while (size--)
        *byte++ = 0;
}

// A place for get_into that wipes itself.
template <std::size_t Capacity>
class wiping_buffer {
public:
    wiping_buffer() noexcept = default;
    wiping_buffer(const wiping_buffer &) = delete;
    wiping_buffer &operator=(const wiping_buffer &) = delete;
    ~wiping_buffer() { wipe(bytes_, Capacity); }

    char *data() noexcept { return bytes_; }
    const char *data() const noexcept { return bytes_; }
    static constexpr std::size_t size() noexcept { return Capacity; }

private:
    char bytes_[Capacity] = {};
};

// ---- how a call goes --------------------------------------------------------------------------

// What ends calls early, as many as the program likes: call::cancelled_by. It lives until they have
// returned.
class cancellation
    : public detail::owner<prefect_secrets_cancellation, prefect_secrets_cancellation_free> {
public:
    using owner::owner;

    static result<cancellation> make() noexcept
    {
        prefect_secrets_cancellation *made = nullptr;
        prefect_secrets_error *error = nullptr;
        const std::int32_t status = prefect_secrets_cancellation_new(&made, &error);
        return {status, error, cancellation(made)};
    }

    // Ends every call that it stands in, now and later, with status::cancelled. From any thread, as
    // often as you like; not from a signal handler.
    void cancel() const noexcept { prefect_secrets_cancellation_cancel(handle()); }
};

// How long a call may take, 30 seconds unless something else is said, and what cancels it. A
// duration is one by itself.
class call {
public:
    call() noexcept = default;

    // Rounded up to milliseconds. Nothing, or less: only what is in memory answers. The largest
    // duration of its type: no deadline.
    template <class Rep, class Period>
    call(std::chrono::duration<Rep, Period> within) noexcept : usual_(false)
    {
        c_.timeout_ms = milliseconds(within);
    }
    // The time that is left until then, measured now: a call that is kept and used again has as
    // much time again. The last point of its type: no deadline.
    template <class Clock, class Duration>
    call(std::chrono::time_point<Clock, Duration> until) noexcept
        : call(until == until.max() ? seconds::max()
                                    : seconds(until.time_since_epoch()) -
                                          seconds(Clock::now().time_since_epoch()))
    {
    }
    static call without_deadline() noexcept { return std::chrono::milliseconds::max(); }

    // The same, and by ends it early; an empty one never does.
    call cancelled_by(const cancellation &by) const noexcept
    {
        call how = *this;
        how.c_.cancellation = by.handle();
        how.usual_ = false;
        return how;
    }
    call cancelled_by(const cancellation &&) const = delete; // it would be gone before the call

    // NULL for the usual.
    const prefect_secrets_call *c() const noexcept { return usual_ ? nullptr : &c_; }

private:
    // No point of time is too far away for it, and none of today is off by more than a microsecond.
    using seconds = std::chrono::duration<double>;

    template <class Rep, class Period>
    static std::uint64_t milliseconds(std::chrono::duration<Rep, Period> within) noexcept
    {
        using scale = std::ratio_divide<Period, std::milli>;
        if (!(within > within.zero()))
            return 0;
        if (!(within < within.max()))
            return UINT64_MAX;
        if constexpr (std::is_floating_point_v<Rep>) {
            const double exact = static_cast<double>(within.count()) * scale::num / scale::den;
            if (!(exact < 1e19))
                return UINT64_MAX;
            const auto whole = static_cast<std::uint64_t>(exact);
            return whole + (static_cast<double>(whole) < exact ? 1 : 0);
        } else {
            constexpr auto num = static_cast<std::uint64_t>(scale::num);
            constexpr auto den = static_cast<std::uint64_t>(scale::den);
            const auto count = static_cast<std::uint64_t>(within.count());
            if (count / den >= UINT64_MAX / num)
                return UINT64_MAX;
            return count / den * num + (count % den * num + den - 1) / den;
        }
    }

    prefect_secrets_call c_ = usual();
    bool usual_ = true;

    static prefect_secrets_call usual() noexcept
    {
        prefect_secrets_call it{};
        it.struct_size = sizeof it;
        it.timeout_ms = 30000;
        return it;
    }
};

// ---- the names and the explanation ------------------------------------------------------------

// A name that a provider lists; both texts live as long as the names.
struct listed {
    std::string_view name;
    std::string_view provider;
    bool shadowed = false; // an earlier provider lists it too, and answers in this one's stead
};

// The names that a chain lists: a range of listed. A name that two providers list is there twice.
class names : public detail::owner<prefect_secrets_names, prefect_secrets_names_free> {
public:
    using owner::owner;
    using iterator = detail::cursor<names, listed>;

    std::size_t size() const noexcept { return prefect_secrets_names_count(handle()); }
    bool empty() const noexcept { return size() == 0; }
    // at is below the size; else all of it is empty.
    listed operator[](std::size_t at) const noexcept
    {
        prefect_secrets_slice name{}, provider{};
        std::int32_t shadowed = 0;
        prefect_secrets_names_at(handle(), at, &name, &provider, &shadowed, nullptr);
        return {detail::view(name), detail::view(provider), shadowed != 0};
    }
    iterator begin() const noexcept { return {this, 0}; }
    iterator end() const noexcept { return {this, size()}; }
};

// What happened at one provider; the texts live as long as the explanation.
struct step {
    std::string_view provider;
    std::string_view outcome; // "found", "absent", "skipped", "not reached", "denied", ...
    std::string_view reason;  // more of it; may be empty
};

// How an answer came about: a range of step, in the order of asking.
class explanation
    : public detail::owner<prefect_secrets_explanation, prefect_secrets_explanation_free> {
public:
    using owner::owner;
    using iterator = detail::cursor<explanation, step>;

    // All of it as one JSON document; prefect_secrets.h describes it.
    std::string_view json() const noexcept
    {
        return detail::view(prefect_secrets_explanation_json(handle()));
    }
    std::size_t size() const noexcept { return prefect_secrets_explanation_count(handle()); }
    bool empty() const noexcept { return size() == 0; }
    // at is below the size; else all of it is empty.
    step operator[](std::size_t at) const noexcept
    {
        prefect_secrets_slice provider{}, outcome{}, reason{};
        prefect_secrets_explanation_at(handle(), at, &provider, &outcome, &reason, nullptr);
        return {detail::view(provider), detail::view(outcome), detail::view(reason)};
    }
    iterator begin() const noexcept { return {this, 0}; }
    iterator end() const noexcept { return {this, size()}; }
};

// ---- what a chain is opened from --------------------------------------------------------------

namespace detail {

// An instance that the program made itself: a share of it. Where one is abandoned at a deadline
// its share stays, and so does the object, for the call that may still be inside it.
template <class T>
struct shared {
    static T &of(void *instance) noexcept { return **static_cast<std::shared_ptr<T> *>(instance); }
    static void destroy(void *instance) noexcept
    {
        delete static_cast<std::shared_ptr<T> *>(instance);
    }
    // create is told nothing but settings: in them stands where the share is.
    static status create(const prefect_secrets_create *from, void **instance, reply &to)
    {
        std::uintptr_t where = 0;
        for (const char digit : creation(from).setting("share").value_or(""))
            where = where * 10 + static_cast<std::uintptr_t>(digit - '0');
        const auto *share = reinterpret_cast<const std::shared_ptr<void> *>(where);
        auto *own = new (std::nothrow) std::shared_ptr<T>(std::static_pointer_cast<T>(*share));
        if (!own)
            return to.fail(status::unavailable, "there was no memory", "try again");
        *instance = own;
        return status::ok;
    }
};

} // namespace detail

// What a chain is opened from; without any, what Prefect reads.
class options {
public:
    // The configuration file, as the system spells it.
    options &config_path(std::string_view path) &
    {
        path_ = path;
        return *this;
    }
    options &&config_path(std::string_view path) && { return std::move(config_path(path)); }

    // A provider of the program's own, a class as prefect_secrets_provider.hpp describes it, but
    // made by the program in any way. The configuration can place it by its name; if it does not,
    // it is asked before all others, those of here in their order. Each chain that is opened shares
    // it, and lets go of it when the chain has ended.
    template <class T, bool Catching = PREFECT_SECRETS_EXCEPTIONS != 0>
    options &provider(std::string_view name, std::shared_ptr<T> provider) &
    {
        static const prefect_secrets_provider table =
            detail::table<T, detail::shared<T>, Catching>::filled("cpp");
        // Without an object there is no table either: refused when the chain is opened.
        own_.push_back({std::string(name), provider ? &table : nullptr, {}, provider});
        return *this;
    }
    template <class T>
    options &&provider(std::string_view name, std::shared_ptr<T> provider) &&
    {
        return std::move(this->provider(name, std::move(provider)));
    }
    // The same by the table of prefect_secrets_provider.h, or of plugin<T>; settings is one JSON
    // object, or empty. prefect_secrets.h says how long table has to stay.
    options &provider(std::string_view name, const prefect_secrets_provider *table,
                      std::string_view settings = {}) &
    {
        own_.push_back({std::string(name), table, std::string(settings), nullptr});
        return *this;
    }
    options &&provider(std::string_view name, const prefect_secrets_provider *table,
                       std::string_view settings = {}) &&
    {
        return std::move(provider(name, table, settings));
    }

private:
    friend class chain;
    struct own {
        std::string name;
        const prefect_secrets_provider *table;
        std::string settings;
        std::shared_ptr<void> share;
    };
    std::string path_;
    std::vector<own> own_;
};

// ---- the chain --------------------------------------------------------------------------------

// Ordered providers; the first one that has the name answers.
class chain : public detail::owner<prefect_secrets_chain, prefect_secrets_chain_close> {
public:
    using owner::owner;

    // Reads the configuration and takes a snapshot of the environment and the files. Nothing is
    // asked over the network yet.
    static result<chain> open() noexcept
    {
        prefect_secrets_chain *opened = nullptr;
        prefect_secrets_error *error = nullptr;
        const std::int32_t status = prefect_secrets_chain_open(nullptr, &opened, &error);
        return {status, error, chain(opened)};
    }
    static result<chain> open(const options &from);

    // The secret called name: found, absent or failed.
    answer<secret> get(std::string_view name, const call &how = {}) const noexcept
    {
        prefect_secrets_secret *found = nullptr;
        prefect_secrets_error *error = nullptr;
        const std::int32_t status =
            prefect_secrets_chain_get(handle(), detail::slice(name), how.c(), &found, &error);
        return {status, error, secret(found)};
    }

#if PREFECT_SECRETS_EXCEPTIONS
    // The secret, or nothing if no provider has it; throws failure.
    std::optional<secret> find(std::string_view name, const call &how = {}) const
    {
        return get(name, how).or_throw();
    }
    // The secret; throws not_found, and failure.
    secret require(std::string_view name, const call &how = {}) const
    {
        if (std::optional<secret> found = find(name, how))
            return std::move(*found);
        throw not_found(name);
    }
#endif

    // The text of the secret, copied to buffer with a NUL behind it: its length without the NUL,
    // which takes one byte more of the capacity. If that is too small, the answer has failed with
    // status::buffer_too_small, the length is there all the same, and buffer is as it was.
    answer<std::size_t> get_into(std::string_view name, void *buffer, std::size_t capacity,
                                 const call &how = {}) const noexcept
    {
        std::size_t length = 0;
        prefect_secrets_error *error = nullptr;
        const std::int32_t status = prefect_secrets_chain_get_into(
            handle(), detail::slice(name), how.c(), buffer, capacity, &length, &error);
        return {status, error, length};
    }
    // The same into an array, a std::array, span, vector or string of bytes, or a wiping_buffer.
    template <class Buffer>
    auto get_into(std::string_view name, Buffer &&buffer, const call &how = {}) const noexcept
        -> std::enable_if_t<sizeof(*std::data(buffer)) == 1, answer<std::size_t>>
    {
        return get_into(name, std::data(buffer), std::size(buffer), how);
    }

    // The secrets of many names, a range of text that stays where it is: strings, views, literals.
    // The answers are in the order of the names. Each provider is asked once, for all the names
    // that none before it has.
    template <class Names>
    result<std::vector<answer<secret>>> get_many(const Names &names, const call &how = {}) const
    {
        using text = decltype(*std::begin(names));
        static_assert(std::is_lvalue_reference_v<text> || std::is_pointer_v<text> ||
                          std::is_same_v<std::remove_cv_t<text>, std::string_view>,
                      "this range makes each name anew, and it is gone at once: keep the names");
        std::vector<prefect_secrets_slice> slices;
        for (const std::string_view name : names)
            slices.push_back(detail::slice(name));
        return get_slices(slices, how);
    }
    result<std::vector<answer<secret>>> get_many(std::initializer_list<std::string_view> names,
                                                 const call &how = {}) const
    {
        return get_many<std::initializer_list<std::string_view>>(names, how);
    }

    // Whether a get would find it.
    answer<void> exists(std::string_view name, const call &how = {}) const noexcept
    {
        prefect_secrets_error *error = nullptr;
        const std::int32_t status =
            prefect_secrets_chain_exists(handle(), detail::slice(name), how.c(), &error);
        return {status, error};
    }

    // Writes value under name, in the place of any value that was there, with the first provider
    // that can write; or with the provider of that name.
    result<void> set(std::string_view name, const value &value, const call &how = {}) const noexcept
    {
        return set_in({}, name, value, how);
    }
    result<void> set_in(std::string_view provider, std::string_view name, const value &value,
                        const call &how = {}) const noexcept
    {
        prefect_secrets_error *error = nullptr;
        const std::int32_t status =
            prefect_secrets_chain_set(handle(), detail::slice(provider), detail::slice(name),
                                      value.c(), how.c(), &error);
        return {status, error};
    }

    // Removes name from the first provider that can delete; or from the provider of that name.
    // Found: it was there.
    answer<void> remove(std::string_view name, const call &how = {}) const noexcept
    {
        return remove_from({}, name, how);
    }
    answer<void> remove_from(std::string_view provider, std::string_view name,
                             const call &how = {}) const noexcept
    {
        prefect_secrets_error *error = nullptr;
        const std::int32_t status = prefect_secrets_chain_delete(
            handle(), detail::slice(provider), detail::slice(name), how.c(), &error);
        return {status, error};
    }

    // The names of every provider that can list them.
    result<names> list(const call &how = {}) const noexcept
    {
        prefect_secrets_names *listed = nullptr;
        prefect_secrets_error *error = nullptr;
        const std::int32_t status =
            prefect_secrets_chain_list(handle(), how.c(), &listed, &error);
        return {status, error, names(listed)};
    }

    // Reads every place anew. A provider that fails goes on with what it had; the others are
    // refreshed all the same, and the first failure is returned.
    result<void> refresh(const call &how = {}) const noexcept
    {
        prefect_secrets_error *error = nullptr;
        const std::int32_t status = prefect_secrets_chain_refresh(handle(), how.c(), &error);
        return {status, error};
    }

    // Asks for name, and tells what happened at every provider; a provider's failure is part of it.
    result<explanation> explain(std::string_view name, const call &how = {}) const noexcept
    {
        prefect_secrets_explanation *told = nullptr;
        prefect_secrets_error *error = nullptr;
        const std::int32_t status =
            prefect_secrets_chain_explain(handle(), detail::slice(name), how.c(), &told, &error);
        return {status, error, explanation(told)};
    }

    // How the plugin behind provider was loaded, one step a line; absent if it is no plugin, or not
    // in the chain. Lives until the chain is closed.
    answer<std::string_view> load_trace(std::string_view provider) const noexcept
    {
        prefect_secrets_slice trace{};
        prefect_secrets_error *error = nullptr;
        const std::int32_t status = prefect_secrets_chain_load_trace(
            handle(), detail::slice(provider), &trace, &error);
        return {status, error, detail::view(trace)};
    }

    // Starts a get and returns. If that is ok, done(answer<secret>) is called exactly once: when
    // there is an answer, at the deadline, or when it is cancelled, whichever is first; on a thread
    // of the library, perhaps before this returns. Else done is not called. done is moved here and
    // destroyed after its call; while it waits for something, others wait for it; an exception that
    // leaves it ends the program. The chain may be closed meanwhile. A std::promise that is moved
    // into done makes a future of it.
    template <class Done>
    result<void> start_get(std::string_view name, const call &how, Done &&done) const
    {
        using kept = std::decay_t<Done>;
        static_assert(std::is_invocable_v<kept &, answer<secret>>, "done(answer<secret>)");
        auto own = std::make_unique<kept>(std::forward<Done>(done));
        prefect_secrets_error *error = nullptr;
        const std::int32_t status = prefect_secrets_chain_start_get(
            handle(), detail::slice(name), how.c(),
            [](void *user_data, std::int32_t of, prefect_secrets_secret *found,
               prefect_secrets_error *failed) noexcept {
                const std::unique_ptr<kept> call(static_cast<kept *>(user_data));
                (*call)(answer<secret>(of, failed, secret(found)));
            },
            own.get(), &error);
        if (status == PREFECT_SECRETS_OK)
            static_cast<void>(own.release()); // it may be gone already
        return {status, error};
    }
    template <class Done>
    auto start_get(std::string_view name, Done &&done) const
        -> std::enable_if_t<std::is_invocable_v<std::decay_t<Done> &, answer<secret>>, result<void>>
    {
        return start_get(name, {}, std::forward<Done>(done));
    }

private:
    result<std::vector<answer<secret>>> get_slices(const std::vector<prefect_secrets_slice> &names,
                                                   const call &how) const
    {
        std::vector<prefect_secrets_result> results(names.size());
        std::vector<answer<secret>> answers;
        answers.reserve(names.size()); // so that nothing throws once there is something to own
        prefect_secrets_error *error = nullptr;
        const std::int32_t status = prefect_secrets_chain_get_many(
            handle(), names.data(), names.size(), how.c(), results.data(), &error);
        if (status == PREFECT_SECRETS_OK)
            for (const prefect_secrets_result &of : results)
                answers.emplace_back(of.status, of.error, secret(of.secret));
        return {status, error, std::move(answers)};
    }
};

inline result<chain> chain::open(const options &from)
{
    std::vector<options::own> brought = from.own_;
    std::vector<prefect_secrets_host_provider> own;
    std::vector<const prefect_secrets_host_provider *> pointers;
    own.reserve(brought.size()); // what is in it stays where it is
    for (options::own &one : brought) {
        if (one.share) // see detail::shared
            one.settings = "{\"share\":\"" +
                           std::to_string(reinterpret_cast<std::uintptr_t>(&one.share)) + "\"}";
        prefect_secrets_host_provider c{};
        c.struct_size = sizeof c;
        c.name = detail::slice(one.name);
        c.provider = one.table;
        c.settings = detail::slice(one.settings);
        own.push_back(c);
        pointers.push_back(&own.back());
    }
    prefect_secrets_options c{};
    c.struct_size = sizeof c;
    c.config_path = detail::slice(from.path_);
    c.providers = pointers.data();
    c.provider_count = pointers.size();

    prefect_secrets_chain *opened = nullptr;
    prefect_secrets_error *error = nullptr;
    const std::int32_t status = prefect_secrets_chain_open(&c, &opened, &error);
    return {status, error, chain(opened)};
}

// ---- the queue: gets in an event loop ---------------------------------------------------------

// What became of one get that was started: what it was given, and its answer.
struct outcome {
    void *tag;
    answer<secret> got;
};

// Where outcomes wait for an event loop, behind a descriptor. It belongs to the process that made
// it. When it goes, it cancels what is under way, and wipes what nobody took.
class queue : public detail::owner<prefect_secrets_queue, prefect_secrets_queue_free> {
public:
    using owner::owner;

    static result<queue> make() noexcept
    {
        prefect_secrets_queue *made = nullptr;
        prefect_secrets_error *error = nullptr;
        const std::int32_t status = prefect_secrets_queue_new(&made, &error);
        return {status, error, queue(made)};
    }

    // Readable while an outcome waits, for poll, select, epoll and the like; do not read, write or
    // close it. -1 of an empty queue.
    int descriptor() const noexcept { return prefect_secrets_queue_descriptor(handle()); }

    // Starts a get whose outcome comes here, with tag. What is in memory is there at once.
    result<void> start_get(const chain &of, std::string_view name, void *tag,
                           const call &how = {}) const noexcept
    {
        prefect_secrets_error *error = nullptr;
        const std::int32_t status = prefect_secrets_queue_start_get(
            handle(), of.handle(), detail::slice(name), how.c(), tag, &error);
        return {status, error};
    }

    // Takes the outcome that has waited longest; absent if none waits. Does not block.
    answer<outcome> next() const noexcept
    {
        void *tag = nullptr;
        prefect_secrets_result got{};
        prefect_secrets_error *error = nullptr;
        const std::int32_t status = prefect_secrets_queue_next(handle(), &tag, &got, &error);
        return {status, error, outcome{tag, {got.status, got.error, secret(got.secret)}}};
    }
};

// ---- in one line: the default chain -----------------------------------------------------------

// The secret called name, from the default chain, within 30 seconds.
inline answer<secret> get(std::string_view name) noexcept
{
    prefect_secrets_secret *found = nullptr;
    prefect_secrets_error *error = nullptr;
    const std::int32_t status = prefect_secrets_get(detail::slice(name), &found, &error);
    return {status, error, secret(found)};
}

#if PREFECT_SECRETS_EXCEPTIONS
// The same; nothing if no provider has it; throws failure.
inline std::optional<secret> find(std::string_view name) { return get(name).or_throw(); }

// The same; throws not_found, and failure.
inline secret require(std::string_view name)
{
    if (std::optional<secret> found = find(name))
        return std::move(*found);
    throw not_found(name);
}
#endif

// The one default chain of the process, for everything else; closing this handle does not end it.
inline result<chain> default_chain() noexcept
{
    prefect_secrets_chain *opened = nullptr;
    prefect_secrets_error *error = nullptr;
    const std::int32_t status = prefect_secrets_chain_default(&opened, &error);
    return {status, error, chain(opened)};
}

// Ends the default chain, as soon as no call is inside it and its handles are closed. A later use
// opens a new one.
inline void close_default_chain() noexcept { prefect_secrets_chain_close_default(); }

// ---- the log ----------------------------------------------------------------------------------

// Hands the log of the library, for the whole process, to log(log_level, std::string_view): one
// line without a line end and without a value, from any thread, from inside a call into the
// library, which it does not call itself. log stays for the life of the program, since another
// thread may be inside it even after it was replaced. An exception that leaves it ends the program.
template <class Log>
void set_log(Log &log) noexcept
{
    static_assert(std::is_object_v<Log>,
                  "an object that can be called: a lambda around a function, say");
    const void *place = std::addressof(log);
    prefect_secrets_log_set(
        [](void *user_data, std::uint32_t level, prefect_secrets_slice line) noexcept {
            (*static_cast<Log *>(user_data))(static_cast<log_level>(level), detail::view(line));
        },
        const_cast<void *>(place));
}

// Turns the log off, as it is at first.
inline void unset_log() noexcept { prefect_secrets_log_set(nullptr, nullptr); }

// ---- what this page promises, proven by the compiler ------------------------------------------

static_assert(static_cast<int>(status::cancelled) == PREFECT_SECRETS_CANCELLED);
static_assert(sizeof(chain) == sizeof(void *) && sizeof(secret) == sizeof(void *));
static_assert(!std::is_copy_constructible_v<secret> && !std::is_copy_assignable_v<secret>);
static_assert(std::is_nothrow_move_constructible_v<secret>);
static_assert(std::is_nothrow_move_constructible_v<answer<secret>>);
static_assert(!std::is_constructible_v<bool, answer<secret>>); // three answers, never two
static_assert(!std::is_constructible_v<bool, answer<void>>);

} // namespace prefect_secrets

#undef PREFECT_SECRETS_BORROWED

#endif
