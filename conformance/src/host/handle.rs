//! What a plugin hands back to the kit: a pointer to the kit's own state.

use std::ops::Deref;
use std::ptr::NonNull;

/// State that stays where it is, and that plugins hold the address of.
pub(super) struct Handle<T>(NonNull<T>);

// SAFETY: owned like a box; what is behind it says itself who may use it from where.
unsafe impl<T: Send> Send for Handle<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Handle<T> {}

impl<T> Handle<T> {
    pub(super) fn new(state: T) -> Self {
        Self(NonNull::from(Box::leak(Box::new(state))))
    }

    /// The address, for the `host` member of a struct.
    pub(super) fn address(&self) -> *mut std::ffi::c_void {
        self.0.as_ptr().cast()
    }
}

impl<T> Deref for Handle<T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: made by `new`, and freed only by `drop`.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        // SAFETY: made by `new` from a box, and not used after this.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}
