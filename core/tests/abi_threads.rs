//! Threads and deadlines: who is serialised, who is abandoned, and what is left alone.
#![allow(unsafe_code, reason = "these tests speak C")]

mod abi_foreign;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use abi_foreign::{Foreign, answer, get_of};
use prefect_secrets_core::abi::Status;
use prefect_secrets_core::{Cancellation, Capabilities, Deadline, Kind, Provider};

#[test]
fn a_provider_that_is_not_thread_safe_is_called_by_one_at_a_time() {
    for more in [Capabilities::NONE, Capabilities::HONORS_DEADLINES] {
        let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (count, seen) = (Arc::clone(&inside), Arc::clone(&most));
        let mut foreign = Foreign::new(get_of(move |_, _, _| {
            seen.fetch_max(count.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::yield_now();
            count.fetch_sub(1, Ordering::SeqCst);
            Status::Absent as i32
        }));
        foreign.table.capabilities = more.bits();
        let provider = foreign.import();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let deadline = Deadline::within(Duration::from_secs(600));
                        assert!(provider.get("x", &deadline).is_ok());
                    }
                });
            }
        });
        assert_eq!(most.load(Ordering::SeqCst), 1, "calls overlapped");
    }
}

#[test]
fn calls_into_a_thread_safe_provider_overlap() {
    // Each waits inside for the other: one at a time, they would wait for ever.
    let both = Arc::new(Barrier::new(2));
    let mut foreign = Foreign::new(get_of(move |_, _, _| {
        both.wait();
        Status::Absent as i32
    }));
    foreign.table.capabilities =
        Capabilities::THREAD_SAFE.and(Capabilities::HONORS_DEADLINES).bits();
    let provider = foreign.import();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert!(provider.get("x", &Deadline::none()).is_ok()));
        }
    });
}

#[test]
fn a_provider_that_does_not_come_back_is_abandoned_at_the_deadline() {
    let (entered, release) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let finished = Arc::new(Barrier::new(2));
    let committed = Arc::new(AtomicUsize::new(usize::MAX));
    let foreign = {
        let (entered, release) = (Arc::clone(&entered), Arc::clone(&release));
        let (finished, committed) = (Arc::clone(&finished), Arc::clone(&committed));
        let mut foreign = Foreign::new(get_of(move |name, request, reply| {
            if name != "hang" {
                return answer(reply, b"good");
            }
            entered.wait();
            release.wait();
            // Long after its caller has gone: everything that it was given is still there.
            assert_eq!(request.remaining_ns(), 0);
            assert!(request.should_stop());
            let status = answer(reply, b"good");
            committed.store(status as usize, Ordering::SeqCst);
            finished.wait();
            status
        }));
        foreign.table.capabilities = Capabilities::THREAD_SAFE.bits();
        foreign
    };
    let destroyed = Arc::clone(&foreign.destroyed);
    let provider = foreign.import();
    let generous = Duration::from_secs(600);
    let found = provider.get("good", &Deadline::within(generous)).expect("an answer");
    assert!(found.is_some_and(|secret| secret.expose_text() == b"good"), "in time is taken");

    let start = Instant::now();
    let limit = Duration::from_millis(50);
    let error = std::thread::scope(|scope| {
        let call = scope.spawn(|| provider.get("hang", &Deadline::within(limit)));
        entered.wait();
        call.join().expect("it returns").expect_err("too late")
    });
    assert_eq!(error.kind(), Kind::TimedOut, "{error}");
    assert!(start.elapsed() >= limit && start.elapsed() < 100 * limit, "{:?}", start.elapsed());

    // Later calls fail at once, whatever time they have.
    for deadline in [Deadline::within(generous), Deadline::none()] {
        let error = provider.get("good", &deadline).expect_err("it is not asked again");
        assert_eq!(error.kind(), Kind::Panicked, "{error}");
    }
    drop(provider);
    assert_eq!(destroyed.load(Ordering::SeqCst), 0, "a call is still inside it");
    release.wait();
    finished.wait();
    assert_eq!(committed.load(Ordering::SeqCst), 0, "its reply was there to be written");
    assert_eq!(destroyed.load(Ordering::SeqCst), 0, "an abandoned instance is never destroyed");
}

#[test]
fn a_call_that_its_caller_cancelled_has_its_time_and_then_the_instance_is_given_up() {
    let release = Arc::new(Barrier::new(2));
    let entered = Arc::new(Barrier::new(2));
    let foreign = {
        let (entered, release) = (Arc::clone(&entered), Arc::clone(&release));
        let mut foreign = Foreign::new(get_of(move |name, _, reply| {
            if name == "hang" {
                entered.wait();
                release.wait();
            }
            answer(reply, b"good")
        }));
        foreign.table.capabilities = Capabilities::THREAD_SAFE.bits();
        foreign
    };
    let provider = foreign.import();
    let limit = Duration::from_millis(500);
    let cancelled = || {
        let cancellation = Cancellation::new();
        let deadline = Deadline::within(limit).or(&cancellation);
        std::thread::scope(|scope| {
            let call = scope.spawn(|| provider.get("hang", &deadline));
            entered.wait();
            cancellation.cancel();
            let error = call.join().expect("it returns").expect_err("nobody waited");
            assert_eq!(error.kind(), Kind::Cancelled, "{error}");
        });
    };
    let generous = Deadline::within(Duration::from_secs(600));
    // One that comes back in its time does no harm.
    cancelled();
    release.wait();
    std::thread::sleep(2 * limit);
    assert!(provider.get("good", &generous).is_ok_and(|found| found.is_some()));
    cancelled();
    std::thread::sleep(2 * limit);
    let error = provider.get("good", &generous).expect_err("it did not come back");
    assert_eq!(error.kind(), Kind::Panicked, "{error}");
    release.wait();
}

#[test]
fn who_only_waited_for_a_turn_does_not_give_the_instance_up() {
    let (entered, release) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let foreign = {
        let (entered, release) = (Arc::clone(&entered), Arc::clone(&release));
        let mut foreign = Foreign::new(get_of(move |name, _, reply| {
            if name == "slow" {
                entered.wait();
                release.wait();
            }
            answer(reply, b"good")
        }));
        foreign.table.capabilities = 0;
        foreign
    };
    let destroyed = Arc::clone(&foreign.destroyed);
    let provider = foreign.import();
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| provider.get("slow", &Deadline::none()));
        entered.wait();
        let error = provider.get("fast", &Deadline::within(Duration::from_millis(20)));
        let error = error.expect_err("it was not its turn");
        assert_eq!(error.kind(), Kind::TimedOut);
        release.wait();
        assert!(slow.join().expect("it returns").is_ok_and(|found| found.is_some()));
    });
    let found = provider.get("fast", &Deadline::within(Duration::from_secs(600)));
    assert!(found.is_ok_and(|found| found.is_some()), "the instance is as good as before");
    // A thread of the library that waited for its turn may hold the instance a little longer.
    drop(provider);
    let patience = Instant::now();
    while destroyed.load(Ordering::SeqCst) == 0 && patience.elapsed() < Duration::from_secs(60) {
        std::thread::yield_now();
    }
    assert_eq!(destroyed.load(Ordering::SeqCst), 1, "destroyed once, when the last call was over");
}

#[test]
fn a_foreign_provider_learns_the_deadline() {
    let mut foreign = Foreign::new(get_of(|name, request, _| {
        let fits = match name {
            "none" => request.remaining_ns() == u64::MAX && !request.should_stop(),
            "an hour" => {
                let remaining = Duration::from_nanos(request.remaining_ns());
                (Duration::from_secs(3500)..Duration::from_secs(3600)).contains(&remaining)
                    && !request.should_stop()
            }
            _ => request.remaining_ns() == 0 && request.should_stop(),
        };
        if fits { Status::Absent as i32 } else { Status::Invalid as i32 }
    }));
    foreign.table.capabilities =
        Capabilities::THREAD_SAFE.and(Capabilities::HONORS_DEADLINES).bits();
    let provider = foreign.import();
    for (name, deadline) in [
        ("none", Deadline::none()),
        ("an hour", Deadline::within(Duration::from_secs(3600))),
        ("past", Deadline::within(Duration::ZERO)),
    ] {
        assert!(provider.get(name, &deadline).is_ok(), "{name}");
    }
}
