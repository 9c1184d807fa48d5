/* A provider as a C++ class that can do everything: secrets in its own memory. */
#ifndef MEMORY_HPP
#define MEMORY_HPP

#include "check.hpp"

#include <atomic>
#include <map>
#include <mutex>

class memory {
public:
    static constexpr bool thread_safe = true;
    static constexpr bool honors_deadlines = true;

    ps::status get(const ps::request &request, std::string_view name, ps::reply &reply)
    {
        CHECK(request.remaining() > 0ns);
        CHECK(!request.should_stop());
        if (name == "DATED")
            return reply.text_with_json("7", "\"7\"",
                                        {ps::time_point(std::chrono::seconds(4102444800)), "third"});
        if (name == "DOCUMENT")
            return reply.json("{\"a\":1}");
        if (name == "IN_PLACE") {
            const ps::span<std::byte> place = reply.reserve(3);
            CHECK(place.size() == 3 && place[0] == std::byte(0));
            std::memcpy(place.data(), "abc", 3);
            return reply.commit(ps::value_form::text, 2);
        }
        if (name == "OUTAGE")
            return reply.fail(ps::status::unavailable, "the shelf is out of reach",
                              "fetch a ladder");
        const std::lock_guard<std::mutex> lock(mutex_);
        const auto found = kept_.find(name);
        return found == kept_.end() ? ps::status::absent : reply.text(found->second);
    }

    ps::status get_many(const ps::request &request, ps::batch &batch)
    {
        batches++;
        for (std::size_t i = 0; i < batch.size(); i++) {
            if (batch.name(i) == "FORGOTTEN")
                continue;
            ps::reply reply = batch.reply(i);
            batch.answer(i, get(request, batch.name(i), reply));
        }
        return ps::status::ok;
    }

    ps::status set(const ps::request &, std::string_view name, const ps::value &value,
                   ps::reply &reply)
    {
        if (value.text().size() > 63)
            return reply.fail(ps::status::invalid, "it is too long", "give less");
        CHECK(value.form() != ps::value_form::text_with_json || !value.json().empty());
        const std::lock_guard<std::mutex> lock(mutex_);
        kept_[std::string(name)] = value.text();
        return ps::status::ok;
    }

    ps::status remove(const ps::request &, std::string_view name, ps::reply &)
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        return kept_.erase(std::string(name)) ? ps::status::ok : ps::status::absent;
    }

    ps::status list(const ps::request &, ps::listing &listing, ps::reply &)
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        for (const auto &one : kept_)
            if (const ps::status status = listing.add(one.first); status != ps::status::ok)
                return status;
        return ps::status::ok;
    }

    ps::status refresh(const ps::request &, ps::reply &)
    {
        refreshes++;
        return ps::status::ok;
    }

    std::atomic<int> batches{0}, refreshes{0};

private:
    std::mutex mutex_;
    std::map<std::string, std::string, std::less<>> kept_;
};

#endif
