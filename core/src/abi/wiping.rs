//! Memory that is wiped before it is given back.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;

/// The system's memory, wiped when it is freed: the buffers of the HTTP stack, growing strings and
/// whatever else a value may pass through.
pub struct Wiping;

// SAFETY: every block comes from the system's allocator and goes back to it with its own layout.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller gives back a whole block of this layout, and uses it no more.
        unsafe {
            libc::explicit_bzero(block.cast(), layout.size());
            System.dealloc(block, layout);
        }
    }

    /// Never in place and never by the system's own means, which would leave the old block unwiped.
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises a size that is a layout's with this alignment.
        let larger = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: the caller promises that the size is not zero.
        let new = unsafe { System.alloc(larger) };
        if !new.is_null() {
            // SAFETY: both blocks have as many bytes as the smaller one, and are not the same.
            unsafe {
                ptr::copy_nonoverlapping(block, new, layout.size().min(size));
                self.dealloc(block, layout);
            }
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growing_keeps_the_content() {
        let layout = Layout::from_size_align(16, 8).unwrap();
        let larger = Layout::from_size_align(64, 8).unwrap();
        // SAFETY: every block is used with its own layout, and freed once.
        unsafe {
            let block = Wiping.alloc(layout);
            block.write_bytes(7, 16);
            let block = Wiping.realloc(block, layout, 64);
            assert!((0..16).all(|i| block.add(i).read() == 7));
            Wiping.dealloc(block, larger);
        }
    }
}
