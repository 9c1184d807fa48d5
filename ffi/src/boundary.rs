//! The one way to define an exported function.
//!
//! ```text
//! export! {
//!     fallible fn prefect_secrets_noun_verb(noun: &Noun, name: &str, made: Out<Made>) {
//!         made.write(noun.verb(name)?);
//!         Ok(Status::Ok)
//!     }
//!
//!     plain fn prefect_secrets_noun_size(noun: &Noun) -> usize {
//!         noun.size()
//!     }
//! }
//! ```
//!
//! The type of a parameter is an [`Argument`](crate::argument::Argument): what C passes, and how it
//! is checked. The body sees what has passed the checks. A `fallible` function gets one more
//! parameter, the address for the error, and its body returns `Result<Status, Error>`. A `plain`
//! one returns its value, or the fallback of its type when a check fails. A panic becomes
//! *panicked*, or that fallback, and never leaves.

use prefect_secrets_core::abi::{Slice, Status, caught};
use prefect_secrets_core::{Error, Kind};

use crate::error::Failure;

macro_rules! export {
    ($(
        $(#[doc = $doc:literal])*
        $kind:ident fn $name:ident($($parameter:ident: $type:ty),* $(,)?) $(-> $returns:ty)? $body:block
    )*) => {
        $(export!(@$kind $name($($parameter: $type),*) $(-> $returns)? $body);)*

        /// What this file exports, as C sees it.
        #[cfg(test)]
        pub(crate) const EXPORTED: &[crate::boundary::Signature] = &[$(
            export!(@signature $kind $name($($type),*) $(-> $returns)?),
        )*];
    };

    (@fallible $name:ident($($parameter:ident: $type:ty),*) $body:block) => {
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(
            $($parameter: <$type as crate::argument::Argument>::C,)*
            error: *mut *mut crate::error::Failure,
        ) -> i32 {
            let call = || {
                $(
                    // SAFETY: the caller keeps what the header promises of every argument, until
                    // this function returns.
                    let $parameter = unsafe {
                        <$type as crate::argument::Argument>::take($parameter, stringify!($parameter))
                    }?;
                )*
                $body
            };
            // SAFETY: the caller promises a place for an error, or null.
            unsafe { crate::boundary::fallible(call, error) }
        }
    };

    (@plain $name:ident($($parameter:ident: $type:ty),*) $body:block) => {
        export!(@plain $name($($parameter: $type),*) -> () $body);
    };

    (@plain $name:ident($($parameter:ident: $type:ty),*) -> $returns:ty $body:block) => {
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(
            $($parameter: <$type as crate::argument::Argument>::C),*
        ) -> <$returns as crate::boundary::Returned>::C {
            crate::boundary::plain::<$returns>(|| {
                $(
                    // SAFETY: the caller keeps what the header promises of every argument, until
                    // this function returns.
                    let $parameter = unsafe {
                        <$type as crate::argument::Argument>::take($parameter, stringify!($parameter))
                    }?;
                )*
                Ok($body)
            })
        }
    };

    (@signature fallible $name:ident($($type:ty),*)) => {
        crate::boundary::Signature {
            name: stringify!($name),
            returns: "int32_t",
            arguments: &[
                $(<$type as crate::argument::Argument>::SPELLING,)*
                "prefect_secrets_error **",
            ],
        }
    };

    (@signature plain $name:ident($($type:ty),*)) => {
        export!(@signature plain $name($($type),*) -> ())
    };

    (@signature plain $name:ident($($type:ty),*) -> $returns:ty) => {
        crate::boundary::Signature {
            name: stringify!($name),
            returns: <$returns as crate::boundary::Returned>::SPELLING,
            arguments: &[$(<$type as crate::argument::Argument>::SPELLING),*],
        }
    };
}

/// An exported function, as C sees it.
#[cfg(test)]
pub(crate) struct Signature {
    pub(crate) name: &'static str,
    pub(crate) returns: &'static str,
    pub(crate) arguments: &'static [&'static str],
}

/// What a plain function returns.
pub(crate) trait Returned {
    /// What C receives.
    type C;
    /// How the header spells that.
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests hold it against the header"))]
    const SPELLING: &'static str;
    /// What C receives when an argument is refused.
    const FALLBACK: Self::C;

    fn give(self) -> Self::C;
}

/// Types that C receives as they are.
macro_rules! returned_as_it_is {
    ($($type:ty, $spelling:literal, $fallback:expr;)*) => {$(
        impl Returned for $type {
            type C = $type;
            const SPELLING: &'static str = $spelling;
            const FALLBACK: $type = $fallback;

            fn give(self) -> $type {
                self
            }
        }
    )*};
}
returned_as_it_is! {
    (), "void", ();
    usize, "size_t", 0;
    i32, "int32_t", -1;
    i64, "int64_t", 0;
    Slice, "prefect_secrets_slice", Slice::EMPTY;
}

impl Returned for Status {
    type C = i32;
    const SPELLING: &'static str = "int32_t";
    const FALLBACK: i32 = Status::Invalid as i32;

    fn give(self) -> i32 {
        self as i32
    }
}

/// Runs the body of a function that can fail, and reports its failure.
///
/// # Safety
/// `error` is null, or a place for one pointer.
#[inline]
pub(crate) unsafe fn fallible(
    call: impl FnOnce() -> Result<Status, Error>,
    error: *mut *mut Failure,
) -> i32 {
    let failure = match caught(call) {
        Some(Ok(status)) => return status as i32,
        Some(Err(failure)) => failure,
        None => panicked(),
    };
    // SAFETY: passed on.
    unsafe { report(failure, error) }
}

/// Runs the body of a function that returns a plain value.
#[inline]
pub(crate) fn plain<T: Returned>(call: impl FnOnce() -> Result<T, Error>) -> T::C {
    match caught(call) {
        Some(Ok(value)) => value.give(),
        _ => T::FALLBACK,
    }
}

/// What is reported after a panic.
#[cold]
pub(crate) fn panicked() -> Error {
    Error::new(Kind::Panicked, "the library panicked", "report it, with what the program asked for")
}

/// # Safety
/// `error` is null, or a place for one pointer.
#[cold]
unsafe fn report(failure: Error, error: *mut *mut Failure) -> i32 {
    let status = Status::from(failure.kind());
    if !error.is_null() {
        // SAFETY: promised by the caller.
        unsafe { error.write(Box::into_raw(Failure::of(&failure))) };
    }
    status as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_status_with_an_error() {
        let mut error = std::ptr::null_mut();
        // SAFETY: the place is a local variable.
        let status = unsafe { fallible(|| panic!("planted"), &raw mut error) };
        assert_eq!(status, Status::Panicked as i32);
        // SAFETY: a failure stores a new error.
        let error = unsafe { Box::from_raw(error) };
        assert_eq!(error.status(), Status::Panicked);
    }

    #[test]
    fn a_panic_in_a_plain_function_becomes_its_fallback() {
        let size = plain(|| -> Result<usize, Error> { panic!("planted") });
        assert_eq!(size, 0);
    }
}
