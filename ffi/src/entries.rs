//! Arrays: a pointer and a count that C passes side by side.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::slice;

use prefect_secrets_core::Error;
use prefect_secrets_core::abi::Slice;

use crate::argument::{Argument, present};
use crate::chain::Outcome;

/// Entries that C passes with a count. May be null if there are none.
pub(crate) struct Entries<'a, T>(*const T, &'static str, PhantomData<&'a [T]>);

impl<'a, T> Entries<'a, T> {
    /// # Safety
    /// If `pointer` is not null, as many entries as will be asked for are readable there for `'a`.
    pub(crate) unsafe fn at(pointer: *const T, parameter: &'static str) -> Self {
        Self(pointer, parameter, PhantomData)
    }

    /// The `count` entries.
    pub(crate) fn of(self, count: usize) -> Result<&'a [T], Error> {
        if count == 0 {
            return Ok(&[]);
        }
        let entries = present(self.0, self.1)?;
        check_count::<T>(count, self.1)?;
        // SAFETY: not null, of a size that memory can have; the caller promised the entries.
        Ok(unsafe { slice::from_raw_parts(entries, count) })
    }
}

/// Places that C passes with a count, to be written. May be null if there are none.
pub(crate) struct Places<'a, T>(*mut T, &'static str, PhantomData<&'a mut [T]>);

impl<'a, T> Places<'a, T> {
    /// The `count` places.
    #[inline]
    pub(crate) fn of(self, count: usize) -> Result<&'a mut [MaybeUninit<T>], Error> {
        if count == 0 {
            return Ok(&mut []);
        }
        let places = present(self.0, self.1)?.cast_mut();
        check_count::<T>(count, self.1)?;
        // SAFETY: not null, of a size that memory can have; the caller promised the places.
        Ok(unsafe { slice::from_raw_parts_mut(places.cast::<MaybeUninit<T>>(), count) })
    }
}

/// Refuses a count that no memory can have.
#[inline]
fn check_count<T>(count: usize, parameter: &'static str) -> Result<(), Error> {
    match count.checked_mul(size_of::<T>()) {
        Some(size) if size <= isize::MAX as usize => Ok(()),
        _ => Err(Error::invalid(
            format!("the count that goes with `{parameter}` is more than memory can hold"),
            "pass the number of entries",
        )),
    }
}

/// Pointers to entries, each with the C types that it stands for.
macro_rules! many {
    ($($kind:ident $type:ty, $pointer:ty, $spelling:literal;)*) => {$(
        impl Argument for $kind<'_, $type> {
            type C = $pointer;
            const SPELLING: &'static str = $spelling;

            #[inline]
            unsafe fn take(c: $pointer, parameter: &'static str) -> Result<Self, Error> {
                Ok(Self(c.cast(), parameter, PhantomData))
            }
        }
    )*};
}
many! {
    Entries Slice, *const Slice, "const prefect_secrets_slice *";
    Places u8, *mut c_void, "void *";
    Places Outcome, *mut Outcome, "prefect_secrets_result *";
}
