//! Which process this is: a child that was forked is another one.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

static GENERATION: AtomicU64 = AtomicU64::new(0);
static WATCHED: AtomicBool = AtomicBool::new(false);

/// A number that is higher in a forked child than it was in the parent. What was made under
/// another generation belongs to the parent: connections, threads, locks held by its threads. A
/// child leaks such things; it never locks, uses or drops them.
pub fn generation() -> u64 {
    extern "C" fn in_the_child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }
    // Not a `Once`: a child forked while another thread is inside one would wait for ever. Two
    // threads may both watch, and then the number goes up by two.
    if !WATCHED.load(Ordering::Acquire) {
        // SAFETY: the handler adds to an atomic and nothing more, which is allowed after fork;
        // it stays mapped, because neither a program nor our library (`-z nodelete`) is unloaded.
        // The call can fail for want of memory only, and then no fork is noticed.
        unsafe { libc::pthread_atfork(None, None, Some(in_the_child)) };
        WATCHED.store(true, Ordering::Release);
    }
    GENERATION.load(Ordering::Relaxed)
}
