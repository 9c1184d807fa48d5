//! A secret as the address that C holds.

use std::ffi::c_void;
use std::sync::Arc;

use crate::secret::{Inner, Secret};

impl Secret {
    /// One holder of this secret, as an address; [`Secret::from_raw`] takes it back.
    #[inline]
    pub fn into_raw(self) -> *const c_void {
        Arc::into_raw(self.0).cast::<c_void>()
    }

    /// The holder that [`Secret::into_raw`] turned into an address.
    ///
    /// # Safety
    /// `raw` comes from [`Secret::into_raw`], and no more holders are made of it (or kept from
    /// being dropped) than were turned into addresses.
    #[inline]
    pub unsafe fn from_raw(raw: *const c_void) -> Self {
        // SAFETY: promised by the caller; the address is that of the `Inner` it was made from.
        Self(unsafe { Arc::from_raw(raw.cast::<Inner>()) })
    }
}
