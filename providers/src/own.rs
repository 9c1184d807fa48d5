//! What belongs to one process and not to its forked children.

use std::mem;
use std::ops::Deref;
use std::sync::Arc;

use arc_swap::{ArcSwapOption, Guard};
use prefect_secrets_core::Error;
use prefect_secrets_core::abi::fork;

/// A value of the process that made it. Dropped in another one it is leaked: its descriptors are
/// the parent's, and a thread that a lock in it waits for does not exist in the child.
pub(crate) struct Own<T> {
    generation: u64,
    value: Option<T>,
}

impl<T> Own<T> {
    fn new(value: T) -> Self {
        Self { generation: fork::generation(), value: Some(value) }
    }

    /// Whether it was made in this process, and not in one that this was forked from.
    fn is_ours(&self) -> bool {
        self.generation == fork::generation()
    }
}

impl<T> Deref for Own<T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.value.as_ref().expect("taken by drop only")
    }
}

impl<T> Drop for Own<T> {
    fn drop(&mut self) {
        if !self.is_ours() {
            mem::forget(self.value.take());
        }
    }
}

/// Made at the first use, and again in every forked child.
pub(crate) struct PerProcess<T>(ArcSwapOption<Own<T>>);

impl<T> PerProcess<T> {
    /// Nothing yet.
    pub(crate) fn empty() -> Self {
        Self(ArcSwapOption::empty())
    }

    /// The one of this process. Takes no lock: the thread that held it may be gone after a fork.
    /// Two threads may both make one, and one of the two is dropped.
    pub(crate) fn get(&self, make: impl Fn() -> Result<T, Error>) -> Result<Arc<Own<T>>, Error> {
        let mut current = self.0.load_full();
        loop {
            if let Some(own) = current.as_ref().filter(|own| own.is_ours()) {
                return Ok(Arc::clone(own));
            }
            let made = Some(Arc::new(Own::new(make()?)));
            let previous = Guard::into_inner(self.0.compare_and_swap(&current, made.clone()));
            let was = |own: &Option<Arc<Own<T>>>| own.as_ref().map(Arc::as_ptr);
            current = if was(&previous) == was(&current) { made } else { previous };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_process_made_is_leaked_and_made_again() {
        let (value, place) = (Arc::new(()), PerProcess::empty());
        let make = || Ok(Arc::clone(&value));
        let first = place.get(make).unwrap();
        assert!(Arc::ptr_eq(&first, &place.get(make).unwrap()), "it is made once");
        assert_eq!(Arc::strong_count(&value), 2);

        let mut parents = Own::new(Arc::clone(&value));
        parents.generation += 1;
        place.0.store(Some(Arc::new(parents)));
        drop(first);
        assert!(place.get(make).unwrap().is_ours());
        drop(place);
        assert_eq!(Arc::strong_count(&value), 2, "the one of another process is leaked");
    }
}
