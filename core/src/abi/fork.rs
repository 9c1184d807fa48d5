//! Which process this is: a child that was forked is another one.

use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

static GENERATION: AtomicU64 = AtomicU64::new(0);
static WATCH: Once = Once::new();

/// A number that is one higher in a forked child than it was in the parent. What was made under
/// another generation belongs to the parent: connections, threads, locks held by its threads. A
/// child leaks such things; it never locks, uses or drops them.
pub fn generation() -> u64 {
    extern "C" fn in_the_child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }
    WATCH.call_once(|| {
        // SAFETY: the handler adds to an atomic and nothing more, which is allowed after fork;
        // it stays mapped, because neither a program nor our library (`-z nodelete`) is unloaded.
        // The call can fail for want of memory only, and then no fork is noticed.
        unsafe { libc::pthread_atfork(None, None, Some(in_the_child)) };
    });
    GENERATION.load(Ordering::Relaxed)
}
