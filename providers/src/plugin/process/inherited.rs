//! What a forked child has open of its parent's connections, and closes.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering};

use prefect_secrets_core::abi::fork;
use rustix::fs::{FileType, fstat, fstatfs};

/// The file system of handles of processes, since Linux 6.9: each process is a file of its own there.
const HANDLES: u64 = 0x5049_4446;

/// The descriptors of all connections. No lock: the thread that held it may be gone after a fork.
///
/// A fork copies the descriptors a little before it copies this list, so what another thread opens or
/// closes meanwhile is wrong in the child. Therefore a number is closed only if it still is the file
/// that the list says; and what the list does not have stays open, and ends with the child as every
/// other descriptor does. Neither process needs the other to close it. The same holds for what finds
/// no place, and for handles of processes before Linux 6.9, which all are one file.
static OPEN: [Place; 1024] =
    [const { Place { holds: AtomicU64::new(0), file: AtomicU64::new(0) } }; 1024];

struct Place {
    /// The number and the generation that opened it; 0 if this is free.
    holds: AtomicU64,
    /// Which file it is.
    file: AtomicU64,
}

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
    place: Option<&'static Place>,
    holds: u64,
}

impl Entry {
    pub(super) fn new(descriptor: BorrowedFd<'_>) -> Self {
        let holds = pack(fork::generation(), descriptor.as_raw_fd());
        let place = file(descriptor).and_then(|file| {
            let place = OPEN.iter().find(|place| swap(&place.holds, 0, holds))?;
            place.file.store(file, Ordering::Release);
            Some(place)
        });
        Self { place, holds }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            swap(&place.holds, self.holds, 0);
        }
    }
}

/// In a forked child: closes what its parent had open. Elsewhere nothing is there to be closed.
pub(super) fn close() {
    for place in &OPEN {
        let holds = place.holds.load(Ordering::Acquire);
        let (generation, number) = unpack(holds);
        if holds == 0 || generation == fork::generation() as u32 || !swap(&place.holds, holds, 0) {
            continue;
        }
        // SAFETY: a number, which is asked about and not -1; if it is not open that is the answer.
        let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
        if file(descriptor) == Some(place.file.load(Ordering::Acquire)) {
            // SAFETY: it is the parent's, whose connections are never used and never dropped in
            // this process, and taking it out of the list made it ours.
            unsafe { libc::close(number) };
        }
    }
}

/// Which file this is, among those of its kind; `None` if its kind does not say.
fn file(descriptor: BorrowedFd<'_>) -> Option<u64> {
    let status = fstat(descriptor).ok()?;
    let says = match FileType::from_raw_mode(status.st_mode) {
        FileType::Socket | FileType::Fifo => true,
        _ => fstatfs(descriptor).is_ok_and(|system| system.f_type as u64 == HANDLES),
    };
    says.then_some(status.st_ino)
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
