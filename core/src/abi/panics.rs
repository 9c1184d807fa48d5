//! Panics stop at the boundary, and say nothing.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::atomic::{AtomicBool, Ordering};

/// Keeps panics from being printed: the message might hold a value, and a library writes nothing
/// to the standard error. For a shared library, whose standard library is its own.
pub fn silence_panics() {
    // Not a `Once`: a child forked while another thread is inside one would wait for ever.
    static SILENCED: AtomicBool = AtomicBool::new(false);
    if !SILENCED.swap(true, Ordering::Relaxed) {
        set_hook(Box::new(|_| {}));
    }
}

/// What `call` returns; `None` if it panicked.
#[inline]
pub fn caught<T>(call: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(call)).map_err(drop_quietly).ok()
}

/// Drops what a panic carried, which may panic again, and again.
#[cold]
fn drop_quietly(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // Nothing promises that this one's drop ends; it is leaked.
        std::mem::forget(second);
    }
}
