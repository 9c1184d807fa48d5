//! What is published now, to readers that take no lock.
//!
//! A reader writes down in a slot of its thread what it is about to read, looks whether that is still
//! published, reads, and clears the slot (a *hazard pointer*: M. Michael, IEEE TPDS 15/6, 2004). A
//! writer publishes something else, waits until no slot holds what was there before, and drops that.
//!
//! A reader's store must be seen before its second look. A fence between them would take as long as
//! all the rest of a read; so the writer, which is rare, has the system put one into every running
//! thread (`membarrier`). Where the system does not do that, readers have a fence of their own.

#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering, compiler_fence, fence};
use std::thread;
use std::time::Duration;

use rustix::thread::{MembarrierCommand, membarrier, membarrier_query};

use crate::slot::{self, Slot};

/// Whether readers have fences of their own, because writers cannot put them there.
static READERS_FENCE: AtomicBool = AtomicBool::new(false);
/// Whether all of them know that, which takes a moment once it has been decided.
static ALL_FENCE: AtomicBool = AtomicBool::new(false);
/// How many reads there are without a slot.
static COUNTED: AtomicUsize = AtomicUsize::new(0);

/// Something that is replaced as a whole.
pub(crate) struct Published<T> {
    /// From [`Arc::into_raw`].
    current: AtomicPtr<T>,
    holds: PhantomData<Arc<T>>,
}

/// What is published, while it is being read.
pub(crate) struct Reading<'a, T> {
    value: &'a T,
    /// Where that is written down; else it is counted.
    slot: Option<&'static Slot>,
}

impl<T> Deref for Reading<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.value
    }
}

impl<T> Drop for Reading<'_, T> {
    #[inline]
    fn drop(&mut self) {
        match self.slot {
            Some(slot) => slot.clear(),
            None => {
                // Not below none: a signal's handler may have forked during the read.
                let _ = COUNTED
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1));
            }
        }
    }
}

impl<T: Send + Sync> Published<T> {
    pub(crate) fn new(first: Arc<T>) -> Self {
        static ASKED: AtomicBool = AtomicBool::new(false);
        if !ASKED.load(Ordering::Acquire) {
            if !membarrier_query().contains_command(MembarrierCommand::PrivateExpedited) {
                // Nothing has been published before.
                READERS_FENCE.store(true, Ordering::Relaxed);
                ALL_FENCE.store(true, Ordering::Release);
            }
            ASKED.store(true, Ordering::Release);
        }
        Self { current: AtomicPtr::new(Arc::into_raw(first).cast_mut()), holds: PhantomData }
    }

    /// What is published. Writers wait until it is let go: the reader does so soon, and publishes
    /// nothing before.
    #[inline]
    pub(crate) fn read(&self) -> Reading<'_, T> {
        // It is not free if a signal came during a read, and the handler reads too.
        let Some(slot) = slot::of_this_thread().filter(|slot| slot.is_free()) else {
            return self.read_counted();
        };
        let mut current = self.current.load(Ordering::Acquire);
        loop {
            slot.hold(current);
            if READERS_FENCE.load(Ordering::Relaxed) {
                fence(Ordering::SeqCst);
            } else {
                compiler_fence(Ordering::SeqCst);
            }
            let now = self.current.load(Ordering::Acquire);
            if now == current {
                // SAFETY: from `Arc::into_raw`. It was published after the slot held it, so a writer
                // sees the slot before it drops this.
                return Reading { value: unsafe { &*current }, slot: Some(slot) };
            }
            current = now;
        }
    }

    #[cold]
    #[inline(never)]
    fn read_counted(&self) -> Reading<'_, T> {
        COUNTED.fetch_add(1, Ordering::SeqCst);
        // SAFETY: from `Arc::into_raw`. A writer that has replaced it sees the count before it drops it.
        Reading { value: unsafe { &*self.current.load(Ordering::SeqCst) }, slot: None }
    }

    /// Has later reads see `next`, and lets go of what was there before: when this returns, nobody is
    /// reading it any more.
    pub(crate) fn publish(&self, next: Arc<T>) {
        let before = self.current.swap(Arc::into_raw(next).cast_mut(), Ordering::SeqCst);
        fence_readers();
        slot::wait_for_readers_of(before);
        while COUNTED.load(Ordering::SeqCst) > 0 {
            thread::sleep(Duration::from_micros(20));
        }
        // SAFETY: from `Arc::into_raw`, taken out by this thread alone, and read by nobody.
        drop(unsafe { Arc::from_raw(before) });
    }
}

impl<T> Drop for Published<T> {
    fn drop(&mut self) {
        // SAFETY: from `Arc::into_raw`; nobody reads what is not shared any more.
        drop(unsafe { Arc::from_raw(*self.current.get_mut()) });
    }
}

/// Every reader passes a fence before this returns.
fn fence_readers() {
    fence(Ordering::SeqCst);
    if ALL_FENCE.load(Ordering::Acquire) {
        return;
    }
    if !READERS_FENCE.load(Ordering::SeqCst) {
        // Registering takes no time but the first.
        let fenced = membarrier(MembarrierCommand::RegisterPrivateExpedited)
            .and_then(|()| membarrier(MembarrierCommand::PrivateExpedited));
        if fenced.is_ok() {
            return;
        }
    }
    // The system could do it when the first chain was opened, and somebody has forbidden it since. A
    // store is seen by everybody long before a second has passed.
    READERS_FENCE.store(true, Ordering::SeqCst);
    thread::sleep(Duration::from_secs(1));
    ALL_FENCE.store(true, Ordering::Release);
}

/// For a forked child, in which none of them goes on.
pub(crate) fn forget_counted() {
    COUNTED.store(0, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;

    /// Says what it is, until it is dropped.
    struct Value(AtomicU64);

    impl Value {
        fn number(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }
    }

    impl Drop for Value {
        fn drop(&mut self) {
            self.0.store(u64::MAX, Ordering::Relaxed);
        }
    }

    fn value(number: u64) -> Arc<Value> {
        Arc::new(Value(AtomicU64::new(number)))
    }

    /// Four threads read while one publishes: nobody reads what was dropped, or goes back.
    fn read_and_publish(rounds: u64) {
        let published = Published::new(value(0));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut last = 0;
                    while last < rounds {
                        let value = published.read();
                        let now = value.number();
                        thread::yield_now();
                        assert_eq!(now, value.number());
                        drop(value);
                        assert!(now >= last && now <= rounds, "{now} after {last}");
                        last = now;
                    }
                });
            }
            for round in 1..=rounds {
                let before = published.read().number();
                assert_eq!(before, round - 1);
                published.publish(value(round));
            }
        });
    }

    #[test]
    fn nobody_reads_what_was_dropped() {
        read_and_publish(3_000);
        // Where the system puts no fences into readers.
        READERS_FENCE.store(true, Ordering::SeqCst);
        ALL_FENCE.store(true, Ordering::SeqCst);
        read_and_publish(3_000);
    }

    #[test]
    fn a_forked_child_does_not_wait_for_the_readers_of_its_parent() {
        let published = Published::new(value(1));
        let (reading, done) = (AtomicUsize::new(0), AtomicBool::new(false));
        let wait = |_: Reading<'_, Value>| {
            reading.fetch_add(1, Ordering::SeqCst);
            while !done.load(Ordering::SeqCst) {
                thread::yield_now();
            }
        };
        thread::scope(|scope| {
            scope.spawn(|| wait(published.read()));
            scope.spawn(|| {
                let _first = published.read();
                wait(published.read());
            });
            while reading.load(Ordering::SeqCst) < 2 {
                thread::yield_now();
            }
            // SAFETY: the child calls nothing that takes a lock, and ends.
            let child = unsafe { libc::fork() };
            if child == 0 {
                // SAFETY: it sets a timer, which kills the child if it hangs.
                unsafe { libc::alarm(10) };
                published.publish(value(2));
                let seen = published.read().number();
                // SAFETY: it ends the process.
                unsafe { libc::_exit(if seen == 2 { 0 } else { 1 }) };
            }
            let mut status = -1;
            // SAFETY: the place is a local variable.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            done.store(true, Ordering::SeqCst);
            assert_eq!(status, 0);
        });
    }

    #[test]
    fn what_was_published_before_is_dropped_at_once() {
        let first = value(1);
        let published = Published::new(Arc::clone(&first));
        assert_eq!(Arc::strong_count(&first), 2);
        published.publish(value(2));
        assert_eq!(Arc::strong_count(&first), 1);
        let second = published.read().number();
        assert_eq!(second, 2);
    }

    #[test]
    fn a_read_within_a_read_is_counted_and_waited_for() {
        let published = Published::new(value(1));
        let (inside, outside) = (AtomicBool::new(false), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                let first = published.read();
                let second = published.read();
                inside.store(true, Ordering::SeqCst);
                thread::sleep(Duration::from_millis(50));
                assert_eq!(second.number(), 1, "it was dropped");
                drop(second);
                outside.store(true, Ordering::SeqCst);
                drop(first);
            });
            while !inside.load(Ordering::SeqCst) {
                thread::yield_now();
            }
            published.publish(value(2));
            assert!(outside.load(Ordering::SeqCst), "it was not waited for");
        });
    }

    #[test]
    fn a_thread_that_ends_leaves_its_slot_to_the_next_and_still_reads() {
        struct Late(Arc<Published<Value>>, Arc<AtomicU64>);
        impl Drop for Late {
            fn drop(&mut self) {
                // The thread's slot may be gone by now.
                let seen = self.0.read().number();
                self.1.fetch_add(seen, Ordering::Relaxed);
            }
        }
        thread_local!(static LATE: std::cell::OnceCell<Late> = const { std::cell::OnceCell::new() });
        let (published, seen) = (Arc::new(Published::new(value(7))), Arc::new(AtomicU64::new(0)));
        for _ in 0..100 {
            let (published, seen) = (Arc::clone(&published), Arc::clone(&seen));
            thread::spawn(move || {
                LATE.with(|late| late.set(Late(Arc::clone(&published), seen)).ok());
                assert_eq!(published.read().number(), 7);
            })
            .join()
            .unwrap();
        }
        assert_eq!(seen.load(Ordering::Relaxed), 700);
        published.publish(value(8));
    }
}
