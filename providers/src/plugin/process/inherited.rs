//! What a forked child has open of its parent's connections, and closes.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering};

use prefect_secrets_core::abi::fork;

/// The descriptors of all connections, each with the generation that opened it; 0 in a free place.
/// No lock: the thread that held it may be gone after a fork. So one that another thread is opening or
/// closing in the instant of the fork may be missing, as one that finds no place. It is not closed then,
/// and ends with the child as every other does; neither process needs the other to close it.
static OPEN: [AtomicU64; 1024] = [const { AtomicU64::new(0) }; 1024];

/// A descriptor of a connection. It is closed when this is dropped, and in a forked child by
/// [`close`].
pub(super) struct Listed {
    // In this order: a number that was closed may be another's at once.
    _entry: Entry,
    descriptor: OwnedFd,
}

impl Listed {
    pub(super) fn new(descriptor: OwnedFd) -> Self {
        Self { _entry: Entry::new(descriptor.as_fd()), descriptor }
    }
}

impl AsFd for Listed {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

/// A descriptor in the list, which is to be closed after this was dropped.
pub(super) struct Entry {
    place: Option<&'static AtomicU64>,
    packed: u64,
}

impl Entry {
    pub(super) fn new(descriptor: BorrowedFd<'_>) -> Self {
        let packed = pack(fork::generation(), descriptor.as_raw_fd());
        Self { place: OPEN.iter().find(|place| swap(place, 0, packed)), packed }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            swap(place, self.packed, 0);
        }
    }
}

/// In a forked child: closes what its parent had open. Elsewhere nothing is there to be closed.
pub(super) fn close() {
    for place in &OPEN {
        let packed = place.load(Ordering::Acquire);
        let (generation, descriptor) = unpack(packed);
        if packed != 0 && generation != fork::generation() as u32 && swap(place, packed, 0) {
            // SAFETY: it was the parent's, whose connections are never used and never dropped in
            // this process, and taking it out of the list made it ours.
            unsafe { libc::close(descriptor) };
        }
    }
}

fn swap(place: &AtomicU64, from: u64, to: u64) -> bool {
    place.load(Ordering::Relaxed) == from
        && place.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
}

/// Never 0: one is added to the descriptor.
fn pack(generation: u64, descriptor: RawFd) -> u64 {
    u64::from(generation as u32) << 32 | u64::from(descriptor as u32 + 1)
}

fn unpack(packed: u64) -> (u32, RawFd) {
    ((packed >> 32) as u32, (packed as u32).wrapping_sub(1) as RawFd)
}
