/* Deadlines, cancellation, gets that go on without their caller, and the queue; with exceptions and
 * without. The environment is that of values.cpp. */
#include "memory.hpp"

#include <future>
#include <poll.h>
#include <thread>

using clock_type = std::chrono::steady_clock;

/* Answers LATER only when it is let, and STUBBORN likewise, deaf to its deadline. */
class slow {
public:
    static constexpr bool thread_safe = true;
    static constexpr bool honors_deadlines = true;

    ps::status get(const ps::request &request, std::string_view name, ps::reply &reply)
    {
        if (name != "LATER" && name != "STUBBORN")
            return ps::status::absent;
        inside++;
        while (!open && (name == "STUBBORN" || !request.should_stop()))
            std::this_thread::sleep_for(1ms);
        inside--;
        return open ? reply.text("at last") : ps::status::timed_out;
    }

    std::atomic<bool> open{false};
    std::atomic<int> inside{0};
};

template <class Condition>
void wait_until(Condition &&condition)
{
    while (!condition())
        std::this_thread::sleep_for(1ms);
}

struct fixture {
    std::shared_ptr<slow> provider = std::make_shared<slow>();
    ps::chain chain = *ps::chain::open(ps::options().provider("slow", provider));
    ps::cancellation stop = *ps::cancellation::make();
};

static void a_deadline()
{
    const fixture here;
    const auto start = clock_type::now();
    CHECK(fails(here.chain.get("LATER", 100ms), ps::status::timed_out));
    CHECK(fails(here.chain.get("LATER", clock_type::now() + 50ms), ps::status::timed_out));
    CHECK(clock_type::now() - start >= 149ms && clock_type::now() - start < 20s);
    CHECK(fails(here.chain.get("FROM_ENV", 0s), ps::status::timed_out)); /* slow comes first */
    CHECK(ps::chain::open()->get("FROM_ENV", 0s).found());               /* in memory */
}

static void a_cancelled_call()
{
    fixture here;
    const ps::call how = ps::call::without_deadline().cancelled_by(here.stop);
    std::thread canceller([&] {
        wait_until([&] { return here.provider->inside > 0; });
        here.stop.cancel();
        here.stop.cancel();
    });
    const auto cancelled = here.chain.get("STUBBORN", how); /* returns while it is inside */
    CHECK(fails(cancelled, ps::status::cancelled) && here.provider->inside == 1);
    CHECK(cancelled.error().code() == std::errc::operation_canceled);
    canceller.join();
    CHECK(fails(here.chain.list(how), ps::status::cancelled));
    CHECK(fails(here.chain.get("LATER", how), ps::status::cancelled));

    ps::cancellation other = std::move(here.stop);
    CHECK(!here.stop && other);
    here.stop.cancel(); /* an empty one: nothing happens */
    CHECK(here.chain.get("FROM_ENV", ps::call(5s).cancelled_by(here.stop)).found());
    here.provider->open = true;
    wait_until([&] { return here.provider->inside == 0; });
}

/* Counts its calls and its copies in the world. */
struct counting {
    counting(std::atomic<int> &calls, std::atomic<int> &alive) : calls_(&calls), alive_(&alive)
    {
        ++*alive_;
    }
    counting(const counting &other) : calls_(other.calls_), alive_(other.alive_) { ++*alive_; }
    counting &operator=(const counting &) = delete;
    ~counting() { --*alive_; }
    void operator()(ps::answer<ps::secret> answer) const
    {
        CHECK(answer.found() ? answer->text() == "four" : answer.absent());
        ++*calls_;
    }

private:
    std::atomic<int> *calls_, *alive_;
};

static void without_waiting()
{
    std::atomic<int> calls{0}, alive{0};
    fixture here;
    for (int i = 0; i < 200; i++)
        CHECK(here.chain.start_get(i % 2 ? "FROM_ENV" : "NOWHERE", counting(calls, alive)).ok());
    wait_until([&] { return alive == 0; });
    CHECK(calls == 200);

    /* Refused: not called, and gone. */
    const auto refused = here.chain.start_get(std::string_view("\xff", 1), counting(calls, alive));
    CHECK(fails(refused, ps::status::invalid) && calls == 200 && alive == 0);
    CHECK(fails(ps::chain().start_get("A", 5s, counting(calls, alive)), ps::status::invalid));

    /* A future, from a callable that only moves; the chain is closed meanwhile. */
    std::promise<ps::answer<ps::secret>> promise;
    auto later = promise.get_future();
    const auto hand_over = [&promise](ps::answer<ps::secret> answer) {
        promise.set_value(std::move(answer));
    };
    CHECK(here.chain.start_get("LATER", 60s, hand_over).ok());
    here.chain = ps::chain();
    here.provider->open = true;
    CHECK(later.get()->text() == "at last");

    fixture there;
    std::promise<ps::status> end;
    auto ended = end.get_future();
    CHECK(there.chain
              .start_get("LATER", ps::call(60s).cancelled_by(there.stop),
                         [end = std::move(end)](const ps::answer<ps::secret> &answer) mutable {
                             end.set_value(answer.status());
                         })
              .ok());
    there.stop.cancel();
    CHECK(ended.get() == ps::status::cancelled);
}

static void a_queue()
{
    const fixture here;
    const ps::queue queue = *ps::queue::make();
    pollfd readable = {queue.descriptor(), POLLIN, 0};
    CHECK(readable.fd >= 0 && queue.next().absent() && poll(&readable, 1, 0) == 0);

    int tags[3] = {};
    const ps::chain usual = *ps::chain::open();
    CHECK(queue.start_get(usual, "FROM_ENV", &tags[0]).ok());
    CHECK(poll(&readable, 1, 0) == 1); /* what is in memory is there at once */
    ps::answer<ps::outcome> next = queue.next();
    CHECK(next.found() && next->tag == &tags[0] && next->got.found());
    CHECK(next->got->text() == "four" && queue.next().absent());

    CHECK(queue.start_get(here.chain, "LATER", &tags[1], 20s).ok());
    CHECK(queue.start_get(here.chain, "LATER", &tags[2], 20ms).ok());
    CHECK(poll(&readable, 1, 20000) == 1);
    next = queue.next();
    CHECK(next.found() && next->tag == &tags[2] && next->got.failed());
    CHECK(next->got.status() == ps::status::timed_out);
    here.provider->open = true;
    CHECK(poll(&readable, 1, 20000) == 1 && queue.next()->got->text() == "at last");
    CHECK(fails(queue.start_get(ps::chain(), "A", nullptr), ps::status::invalid));

    const ps::queue none;
    CHECK(none.descriptor() == -1 && fails(none.next(), ps::status::invalid));
    CHECK(fails(none.start_get(here.chain, "A", nullptr), ps::status::invalid));
    /* What is under way when the queue goes is cancelled; nobody takes FROM_ENV. */
    here.provider->open = false;
    CHECK(queue.start_get(usual, "FROM_ENV", nullptr).ok());
    CHECK(queue.start_get(here.chain, "LATER", nullptr).ok());
}

int main()
{
    a_deadline();
    a_cancelled_call();
    without_waiting();
    a_queue();
    return 0;
}
