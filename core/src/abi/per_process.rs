//! What belongs to one process and not to its forked children.

use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::fork;

/// Made at the first use, and again in every forked child. What a parent made is leaked there: a
/// thread that holds a lock in it does not exist in the child.
pub(crate) struct PerProcess<T> {
    current: AtomicPtr<Made<T>>,
    holds: PhantomData<T>,
}

struct Made<T> {
    generation: u64,
    value: T,
}

impl<T: Send + Sync> PerProcess<T> {
    /// Nothing yet.
    pub(crate) const fn empty() -> Self {
        Self { current: AtomicPtr::new(ptr::null_mut()), holds: PhantomData }
    }

    /// The one of this process. Takes no lock. Two threads may both make one; one of the two is
    /// dropped.
    pub(crate) fn get(&self, make: impl Fn() -> T) -> &T {
        let generation = fork::generation();
        loop {
            let current = self.current.load(Ordering::Acquire);
            // SAFETY: what stands here is freed by the drop of this place only.
            if let Some(made) = unsafe { current.as_ref() }
                && made.generation == generation
            {
                return &made.value;
            }
            let new = Box::into_raw(Box::new(Made { generation, value: make() }));
            let swapped =
                self.current.compare_exchange(current, new, Ordering::AcqRel, Ordering::Relaxed);
            if swapped.is_err() {
                // SAFETY: it was made above, and nobody else has seen it.
                drop(unsafe { Box::from_raw(new) });
            }
        }
    }
}

impl<T> PerProcess<T> {
    /// The one of this process, if it was made.
    pub(crate) fn made(&self) -> Option<&T> {
        // SAFETY: as in `get`.
        let made = unsafe { self.current.load(Ordering::Acquire).as_ref() }?;
        (made.generation == fork::generation()).then_some(&made.value)
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let current = *self.current.get_mut();
        if self.made().is_some() {
            // SAFETY: it came from a box, and this place is its last holder.
            drop(unsafe { Box::from_raw(current) });
        }
    }
}
