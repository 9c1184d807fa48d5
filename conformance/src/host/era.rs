//! Memory as hosts of several minors hand it over.

use std::ptr;

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use zeroize::Zeroize;

/// Which host the kit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    /// Of the minor that the kit was built with.
    Now,
    /// Of minor 0, with nothing to be read behind its structs, names and settings.
    First,
    /// Of a later minor: its structs have members that no plugin knows.
    Later,
    /// Of this minor, and what a call was given is taken away when it has returned.
    Strict,
}

impl Era {
    pub(crate) fn minor(self) -> u16 {
        match self {
            Self::Now | Self::Strict => prefect_secrets_core::abi::MINOR,
            Self::First => 0,
            Self::Later => prefect_secrets_core::abi::MINOR + 9,
        }
    }

    /// What a struct of type `T` says of its size.
    pub(crate) fn size_of<T>(self) -> u32 {
        let more = if self == Self::Later { LATER } else { 0 };
        (size_of::<T>() + more) as u32
    }
}

/// Bytes of members that a later minor has.
const LATER: usize = 64;
/// What stands in them: no address and no sensible number.
const GREASE: u8 = 0xa5;

/// A struct in memory as a host of some minor has it. It holds plain data, which is not dropped.
pub(crate) struct Placed<T> {
    memory: Memory,
    kind: std::marker::PhantomData<T>,
}

enum Memory {
    Heap(Box<[u64]>),
    Fenced(Fenced),
}

impl<T: Copy> Placed<T> {
    pub(crate) fn new(era: Era, value: T) -> Self {
        assert!(
            align_of::<T>() <= align_of::<u64>() && size_of::<T>().is_multiple_of(size_of::<u64>())
        );
        let memory = match era {
            Era::First => Memory::Fenced(Fenced::zeroed(size_of::<T>())),
            // With something to be read behind it: who does that is for another rule to find.
            Era::Strict => {
                Memory::Fenced(Fenced::zeroed(size_of::<T>() + LATER).taken_away_at_last())
            }
            Era::Now | Era::Later => {
                let words = era.size_of::<T>() as usize / size_of::<u64>();
                Memory::Heap(vec![u64::from_ne_bytes([GREASE; 8]); words].into_boxed_slice())
            }
        };
        let mut placed = Self { memory, kind: std::marker::PhantomData };
        // SAFETY: the memory is at least as large as `T` and aligned for it.
        unsafe { placed.as_mut_ptr().write(value) };
        placed
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut T {
        match &mut self.memory {
            Memory::Heap(words) => words.as_mut_ptr().cast(),
            Memory::Fenced(fenced) => fenced.as_mut_ptr().cast(),
        }
    }
}

/// Bytes that end where readable memory ends.
pub(crate) struct Fenced {
    start: *mut u8,
    pages: usize,
    len: usize,
    /// It is never given back: who uses it then is found.
    taken_away: bool,
}

// SAFETY: memory of its own, which is only written while it is borrowed mutably.
unsafe impl Send for Fenced {}
// SAFETY: as above.
unsafe impl Sync for Fenced {}

impl Fenced {
    pub(crate) fn zeroed(len: usize) -> Self {
        let page = rustix::param::page_size();
        let pages = len.div_ceil(page) * page;
        // SAFETY: a mapping at a place of the kernel's choice; its last page is then taken away.
        let start = unsafe {
            let start = mmap_anonymous(
                ptr::null_mut(),
                pages + page,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE,
            )
            .expect("memory for the kit");
            mprotect(start.add(pages), page, MprotectFlags::empty()).expect("a fence");
            start.cast::<u8>()
        };
        Self { start, pages: pages + page, len, taken_away: false }
    }

    /// When this is dropped nobody can use the memory any more, and nobody else gets it.
    pub(crate) fn taken_away_at_last(mut self) -> Self {
        self.taken_away = true;
        self
    }

    /// For a call of a host of this era.
    pub(crate) fn of(era: Era, bytes: &[u8]) -> Self {
        let fenced = Self::holding(bytes);
        if era == Era::Strict { fenced.taken_away_at_last() } else { fenced }
    }

    pub(crate) fn holding(bytes: &[u8]) -> Self {
        let mut fenced = Self::zeroed(bytes.len());
        // SAFETY: as many bytes as there are, of its own.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), fenced.as_mut_ptr(), bytes.len()) };
        fenced
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut u8 {
        // SAFETY: the bytes end where the last page begins.
        unsafe { self.start.add(self.pages - rustix::param::page_size() - self.len) }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: as above; they were made and are not written while they are borrowed.
        unsafe {
            let end = self.start.add(self.pages - rustix::param::page_size());
            std::slice::from_raw_parts(end.sub(self.len), self.len)
        }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        let (start, len) = (self.as_mut_ptr(), self.len);
        // SAFETY: as for `bytes`; borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(start, len) }
    }
}

impl Drop for Fenced {
    fn drop(&mut self) {
        self.bytes_mut().zeroize(); // settings and values are secret
        if self.taken_away {
            // SAFETY: the mapping of `zeroed`; from here on any use of it is the plugin's fault.
            let _ = unsafe { mprotect(self.start.cast(), self.pages, MprotectFlags::empty()) };
            return;
        }
        // SAFETY: the mapping of `zeroed`, which nothing points into any more.
        let unmapped = unsafe { munmap(self.start.cast(), self.pages) };
        debug_assert!(unmapped.is_ok());
    }
}
