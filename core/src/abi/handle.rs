//! A secret as the address that C holds, and one whose text is written where it stays.

use std::ffi::c_void;
use std::sync::Arc;

use once_cell::race::OnceBox;

use crate::buffer::Buffer;
use crate::secret::{Form, Inner, Secret, Text};
use crate::short::{ProviderName, Short};

impl Secret {
    /// A copy of `text` as `provider` has it, in one piece with what is known of it if it is short.
    #[inline]
    pub(crate) fn copy_of(provider: &ProviderName, text: &[u8]) -> Self {
        if text.len() > Short::LONGEST {
            return Self::by(provider.clone(), Buffer::copy_of(text), Form::Text);
        }
        let secret = Arc::<Inner>::new_uninit();
        let place = Arc::as_ptr(&secret).cast_mut().cast::<Inner>();
        // Made where it stays: of a text that is moved there stays a copy, and to move all this takes
        // as long as to make it.
        // SAFETY: it was made above and has no other holder, and every member is given a value.
        let secret = unsafe {
            (&raw mut (*place).text).write(Text::Short(Short::empty()));
            if let Text::Short(short) = &mut (*place).text {
                short.write(text);
            }
            (&raw mut (*place).form).write(Form::Text);
            (&raw mut (*place).json).write(OnceBox::new());
            (&raw mut (*place).provider).write(provider.clone());
            (&raw mut (*place).expires_at).write(None);
            (&raw mut (*place).revision).write(None);
            secret.assume_init()
        };
        Self(secret)
    }

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
