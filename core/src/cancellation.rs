//! That a caller has no use for an answer any more.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::abi::PerProcess;

/// The wish of a caller that calls end early. Clones are the same wish; one may stand in many calls,
/// see [`Deadline::or`](crate::Deadline::or). It cannot be taken back.
#[derive(Clone)]
pub struct Cancellation(Arc<State>);

struct State {
    cancelled: AtomicBool,
    /// Those whose wish is this one's, too.
    parents: Vec<Cancellation>,
    /// Of one process: a lock that a parent's thread held is never let go in a child.
    watchers: PerProcess<Mutex<HashMap<u64, Wake>>>,
}

type Wake = Arc<dyn Fn() + Send + Sync>;

impl Cancellation {
    /// Not cancelled yet.
    pub fn new() -> Self {
        Self::with(Vec::new())
    }

    /// One that is cancelled with `self`, and can be cancelled by itself.
    #[must_use]
    pub fn child(&self) -> Self {
        Self::with(vec![self.clone()])
    }

    /// One that is cancelled with any of `parents`, and can be cancelled by itself.
    pub fn with(parents: Vec<Self>) -> Self {
        let watchers = PerProcess::empty();
        Self(Arc::new(State { cancelled: AtomicBool::new(false), parents, watchers }))
    }

    /// Ends the calls that this stands in, now and later.
    pub fn cancel(&self) {
        if self.0.cancelled.swap(true, Ordering::SeqCst) {
            return;
        }
        let Some(watchers) = self.0.watchers.made() else { return };
        let watchers =
            std::mem::take(&mut *watchers.lock().unwrap_or_else(PoisonError::into_inner));
        for wake in watchers.into_values() {
            wake();
        }
    }

    /// Whether somebody has cancelled it.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst) || self.0.parents.iter().any(Self::is_cancelled)
    }

    /// Calls `wake` when it is cancelled, on the thread that cancels; at once if it is cancelled
    /// already. Until the watch is dropped, and perhaps once more meanwhile.
    #[must_use]
    pub fn watch(&self, wake: impl Fn() + Send + Sync + 'static) -> Watch {
        let mut watch = Watch(Vec::new());
        let wake: Wake = Arc::new(wake);
        self.add(&wake, &mut watch);
        if self.is_cancelled() {
            wake();
        }
        watch
    }

    fn add(&self, wake: &Wake, watch: &mut Watch) {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut watchers = self.watchers().lock().unwrap_or_else(PoisonError::into_inner);
        watchers.insert(id, Arc::clone(wake));
        drop(watchers);
        watch.0.push((self.clone(), id));
        self.0.parents.iter().for_each(|parent| parent.add(wake, watch));
    }

    fn watchers(&self) -> &Mutex<HashMap<u64, Wake>> {
        self.0.watchers.get(Mutex::default)
    }
}

impl Default for Cancellation {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Cancellation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cancellation").field(&self.is_cancelled()).finish()
    }
}

/// Somebody who waits for a cancellation, until this is dropped.
pub struct Watch(Vec<(Cancellation, u64)>);

impl Drop for Watch {
    fn drop(&mut self) {
        for (cancellation, id) in self.0.drain(..) {
            let mut watchers =
                cancellation.watchers().lock().unwrap_or_else(PoisonError::into_inner);
            let gone = watchers.remove(&id);
            drop(watchers);
            drop(gone); // what it holds may be more than memory
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    fn counted(cancellation: &Cancellation) -> (Watch, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        let theirs = Arc::clone(&count);
        let wake = move || {
            theirs.fetch_add(1, Ordering::SeqCst);
        };
        (cancellation.watch(wake), count)
    }

    #[test]
    fn who_watches_is_woken_once_and_who_comes_late_at_once() {
        let cancellation = Cancellation::new();
        let (_watch, woken) = counted(&cancellation);
        let (gone, never) = counted(&cancellation);
        drop(gone);
        assert!(!cancellation.is_cancelled());
        cancellation.clone().cancel();
        cancellation.cancel();
        assert!(cancellation.is_cancelled());
        assert_eq!(woken.load(Ordering::SeqCst), 1);
        assert_eq!(never.load(Ordering::SeqCst), 0);
        let (_late, late) = counted(&cancellation);
        assert_eq!(late.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_child_is_cancelled_with_any_parent_and_no_parent_with_it() {
        let (one, other) = (Cancellation::new(), Cancellation::new());
        let child = Cancellation::with(vec![one.clone(), other.clone()]);
        let (_watch, woken) = counted(&child);
        child.child().cancel();
        assert!(!child.is_cancelled());
        other.cancel();
        assert!(child.is_cancelled() && !one.is_cancelled());
        assert_eq!(woken.load(Ordering::SeqCst), 1);
    }
}
