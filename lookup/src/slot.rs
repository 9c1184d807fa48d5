//! Where a thread writes down what it is reading.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::thread;
use std::time::Duration;

/// What one thread is reading. Slots are never given back; a thread that ends leaves its slot to
/// another one. On a cache line of its own: its thread writes it with every read.
#[repr(align(64))]
pub(crate) struct Slot {
    holds: AtomicPtr<()>,
    taken: AtomicBool,
    next: AtomicPtr<Slot>,
}

/// All slots, as a list.
static SLOTS: AtomicPtr<Slot> = AtomicPtr::new(ptr::null_mut());

thread_local! {
    static MINE: Cell<Option<&'static Slot>> = const { Cell::new(None) };
    /// Leaves the slot when the thread ends.
    static OWNER: Owner = const { Owner };
}

struct Owner;

impl Drop for Owner {
    fn drop(&mut self) {
        if let Some(slot) = MINE.take() {
            slot.taken.store(false, Ordering::Release);
        }
    }
}

impl Slot {
    #[inline]
    pub(crate) fn is_free(&self) -> bool {
        self.holds.load(Ordering::Relaxed).is_null()
    }

    #[inline]
    pub(crate) fn hold<T>(&self, what: *mut T) {
        self.holds.store(what.cast(), Ordering::Release);
    }

    #[inline]
    pub(crate) fn clear(&self) {
        self.holds.store(ptr::null_mut(), Ordering::Release);
    }
}

/// The slot of this thread; none while the thread ends.
#[inline]
pub(crate) fn of_this_thread() -> Option<&'static Slot> {
    match MINE.get() {
        None => take_one(),
        mine => mine,
    }
}

#[cold]
fn take_one() -> Option<&'static Slot> {
    OWNER.try_with(|_| ()).ok()?;
    watch_forks();
    let free = all().find(|slot| {
        let taken = slot.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
        taken.is_ok()
    });
    let mine = free.unwrap_or_else(add);
    MINE.set(Some(mine));
    Some(mine)
}

fn add() -> &'static Slot {
    let slot: &'static Slot = Box::leak(Box::new(Slot {
        holds: AtomicPtr::default(),
        taken: AtomicBool::new(true),
        next: AtomicPtr::default(),
    }));
    let mut first = SLOTS.load(Ordering::Relaxed);
    loop {
        slot.next.store(first, Ordering::Relaxed);
        let this = ptr::from_ref(slot).cast_mut();
        match SLOTS.compare_exchange_weak(first, this, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => return slot,
            Err(other) => first = other,
        }
    }
}

fn all() -> impl Iterator<Item = &'static Slot> {
    // SAFETY: what stands in the list was leaked into it.
    let at = |place: &AtomicPtr<Slot>| unsafe { place.load(Ordering::Acquire).as_ref() };
    std::iter::successors(at(&SLOTS), move |slot| at(&slot.next))
}

/// Returns when no slot holds `what`. Somebody who reads for a short while may have been put off by the
/// system for a longer one.
pub(crate) fn wait_for_readers_of<T>(what: *const T) {
    let is_read = |slot: &Slot| slot.holds.load(Ordering::SeqCst).cast_const() == what.cast();
    for slot in all() {
        while is_read(slot) {
            thread::sleep(Duration::from_micros(20));
        }
    }
}

/// In a forked child the other threads do not exist, and what they were reading is read by nobody. Their
/// slots stay taken: to find out which one is ours is more than a child may do there.
fn watch_forks() {
    extern "C" fn in_the_child() {
        all().for_each(Slot::clear);
        crate::published::forget_counted();
    }
    // As in `prefect_secrets_core::abi::fork`: not a `Once`, and twice does no harm.
    static WATCHED: AtomicBool = AtomicBool::new(false);
    if !WATCHED.load(Ordering::Acquire) {
        // SAFETY: the handler follows pointers that are never freed and writes to atomics, which is
        // allowed after fork; and it stays mapped: neither a program nor our library is unloaded. For
        // want of memory only it is not called.
        unsafe { libc::pthread_atfork(None, None, Some(in_the_child)) };
        WATCHED.store(true, Ordering::Release);
    }
}
