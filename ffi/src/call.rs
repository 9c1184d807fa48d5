//! `prefect_secrets_call`: how long a call may take, and what ends it early.

use std::marker::PhantomData;
use std::time::Duration;

use prefect_secrets_core::{Cancellation, Deadline, Error};

use crate::argument::Argument;
use crate::growing::{self, Growing};

/// As the header declares it.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Call {
    pub(crate) struct_size: u32,
    pub(crate) reserved: u32,
    pub(crate) timeout_ms: u64,
    pub(crate) cancellation: *const Cancellation,
}

// SAFETY: numbers and a pointer, the size in front.
unsafe impl Growing for Call {
    const FIRST: usize = 16;
}

impl Argument for Deadline {
    type C = *const Call;
    const SPELLING: &'static str = "const prefect_secrets_call *";

    #[inline]
    unsafe fn take(c: *const Call, parameter: &'static str) -> Result<Self, Error> {
        if c.is_null() {
            return Ok(Self::default());
        }
        // SAFETY: passed on.
        unsafe { deadline(c, parameter) }
    }
}

/// What the caller says of the call, not looked at yet; nothing is usual, and costs nothing.
#[derive(Clone, Copy)]
pub(crate) struct Said<'a>(*const Call, PhantomData<&'a Call>);

impl Said<'_> {
    /// Whether nothing was said.
    #[inline]
    pub(crate) fn is_nothing(self) -> bool {
        self.0.is_null()
    }

    /// Whether nothing can have ended the call yet, so that what is in memory may answer. A struct that
    /// does not look like the usual one is left to who looks closer.
    #[inline]
    pub(crate) fn has_just_begun(self) -> bool {
        if self.is_nothing() {
            return true;
        }
        // SAFETY: not null, so it starts with its size; and is as large as it says.
        unsafe {
            (&raw const (*self.0).struct_size).read_unaligned() == size_of::<Call>() as u32
                && (&raw const (*self.0).reserved).read_unaligned() == 0
                && (&raw const (*self.0).cancellation).read_unaligned().is_null()
        }
    }

    /// The deadline, for who has to wait.
    pub(crate) fn deadline(self) -> Result<Deadline, Error> {
        // SAFETY: as it was taken, and the call has not returned.
        unsafe { Deadline::take(self.0, "call") }
    }
}

impl Argument for Said<'_> {
    type C = *const Call;
    const SPELLING: &'static str = "const prefect_secrets_call *";

    #[inline]
    unsafe fn take(call: *const Call, _: &'static str) -> Result<Self, Error> {
        Ok(Self(call, PhantomData))
    }
}

/// # Safety
/// As for [`growing::read`]; and the cancellation is null, or one that was given out and not freed
/// yet.
unsafe fn deadline(c: *const Call, parameter: &'static str) -> Result<Deadline, Error> {
    // SAFETY: passed on.
    let call = unsafe { growing::read(c, parameter) }?;
    growing::check_reserved(call.reserved, parameter)?;
    let deadline = Deadline::within(match call.timeout_ms {
        u64::MAX => Duration::MAX,
        milliseconds => Duration::from_millis(milliseconds),
    });
    // SAFETY: promised by the caller.
    Ok(match unsafe { call.cancellation.as_ref() } {
        Some(cancellation) => deadline.or(cancellation),
        None => deadline,
    })
}
