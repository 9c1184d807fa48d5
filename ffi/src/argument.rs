//! What C passes, and the check that it has to pass.

use std::ffi::c_void;
use std::marker::PhantomData;

use prefect_secrets_core::abi::Slice;
use prefect_secrets_core::{Error, check_name, is_plain};

/// The type of a parameter of an exported function.
pub(crate) trait Argument: Sized {
    /// What C passes.
    type C;
    /// How the header spells that.
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests hold it against the header"))]
    const SPELLING: &'static str;

    /// Checks what C passed as `parameter`.
    ///
    /// # Safety
    /// `c` keeps what the header promises of it until the call returns, and what is made of it is
    /// not used any longer.
    unsafe fn take(c: Self::C, parameter: &'static str) -> Result<Self, Error>;
}

/// A pointer that is not null, else *invalid*.
#[inline]
pub(crate) fn present<T>(pointer: *const T, parameter: &'static str) -> Result<*const T, Error> {
    if pointer.is_null() { Err(null(parameter)) } else { Ok(pointer) }
}

#[cold]
fn null(parameter: &'static str) -> Error {
    Error::invalid(
        format!("the argument `{parameter}` is NULL"),
        "pass the address that prefect_secrets.h asks for",
    )
}

/// The bytes of a slice, else *invalid*.
///
/// # Safety
/// `slice.len` bytes are readable at `slice.data`, unless that is null.
#[inline]
pub(crate) unsafe fn bytes<'a>(slice: Slice, parameter: &'static str) -> Result<&'a [u8], Error> {
    // SAFETY: passed on.
    match unsafe { slice.bytes() } {
        Some(bytes) => Ok(bytes),
        None => Err(dangling(parameter)),
    }
}

/// The text of a slice, else *invalid*.
///
/// # Safety
/// As for [`bytes`].
#[inline]
pub(crate) unsafe fn text<'a>(slice: Slice, parameter: &'static str) -> Result<&'a str, Error> {
    // SAFETY: passed on.
    utf8(unsafe { bytes(slice, parameter) }?, parameter)
}

/// The bytes as text, else *invalid*.
#[inline]
fn utf8<'a>(bytes: &'a [u8], parameter: &'static str) -> Result<&'a str, Error> {
    if is_plain(bytes) {
        // Names are short and mostly ASCII: seeing that takes a tenth of the general check.
        // SAFETY: ASCII is UTF-8.
        return Ok(unsafe { std::str::from_utf8_unchecked(bytes) });
    }
    std::str::from_utf8(bytes).map_err(|_| not_text(parameter))
}

#[cold]
fn dangling(parameter: &'static str) -> Error {
    Error::invalid(
        format!("the argument `{parameter}` has a length but no data"),
        "pass the address of the text along with its length",
    )
}

#[cold]
fn not_text(parameter: &'static str) -> Error {
    Error::invalid(
        format!("the argument `{parameter}` is not UTF-8"),
        "convert the text to UTF-8 first",
    )
}

impl Argument for &str {
    type C = Slice;
    const SPELLING: &'static str = "prefect_secrets_slice";

    #[inline]
    unsafe fn take(c: Slice, parameter: &'static str) -> Result<Self, Error> {
        // SAFETY: passed on.
        unsafe { text(c, parameter) }
    }
}

/// A name that is looked for before it is looked at: only what is not in memory is checked.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a>(pub(crate) &'a [u8]);

impl<'a> Asked<'a> {
    /// The name, if it is one, else *invalid*.
    #[inline]
    pub(crate) fn text(self) -> Result<&'a str, Error> {
        if is_plain(self.0) {
            // SAFETY: ASCII is UTF-8.
            return Ok(unsafe { std::str::from_utf8_unchecked(self.0) });
        }
        self.checked()
    }

    #[cold]
    fn checked(self) -> Result<&'a str, Error> {
        let name = utf8(self.0, "name")?;
        check_name(name)?;
        Ok(name)
    }
}

impl Argument for Asked<'_> {
    type C = Slice;
    const SPELLING: &'static str = "prefect_secrets_slice";

    #[inline]
    unsafe fn take(c: Slice, parameter: &'static str) -> Result<Self, Error> {
        // SAFETY: passed on.
        Ok(Self(unsafe { bytes(c, parameter) }?))
    }
}

impl Argument for usize {
    type C = usize;
    const SPELLING: &'static str = "size_t";

    unsafe fn take(c: usize, _: &'static str) -> Result<Self, Error> {
        Ok(c)
    }
}

/// The caller's own pointer, which is handed back and never looked at.
impl Argument for *mut c_void {
    type C = *mut c_void;
    const SPELLING: &'static str = "void *";

    unsafe fn take(c: *mut c_void, _: &'static str) -> Result<Self, Error> {
        Ok(c)
    }
}

/// Where one output goes. Not null.
pub(crate) struct Out<'a, T: Output>(*mut T::C, PhantomData<&'a mut T::C>);

/// What a function gives out through a pointer.
pub(crate) trait Output {
    /// What C receives.
    type C;
    /// How the header spells a pointer to that.
    const POINTER: &'static str;

    fn give(self) -> Self::C;
}

impl<T: Output> Out<'_, T> {
    /// Writes the output; once, when the call succeeds.
    #[inline]
    pub(crate) fn write(self, value: T) {
        // SAFETY: the pointer was checked, and its giver promised the place until the call returns.
        unsafe { self.0.write(value.give()) }
    }
}

impl<T: Output> Argument for Out<'_, T> {
    type C = *mut T::C;
    const SPELLING: &'static str = T::POINTER;

    #[inline]
    unsafe fn take(c: *mut T::C, parameter: &'static str) -> Result<Self, Error> {
        Ok(Self(present(c, parameter)?.cast_mut(), PhantomData))
    }
}

/// Types that C receives as they are.
macro_rules! output_as_it_is {
    ($($type:ty, $pointer:literal;)*) => {$(
        impl Output for $type {
            type C = $type;
            const POINTER: &'static str = $pointer;

            fn give(self) -> $type {
                self
            }
        }
    )*};
}
output_as_it_is! {
    Slice, "prefect_secrets_slice *";
    usize, "size_t *";
    i32, "int32_t *";
}

/// Objects that C holds as a pointer to a box: borrowed, given back, and given out.
macro_rules! boxed {
    ($type:ty, $c:literal) => {
        impl crate::argument::Argument for &$type {
            type C = *const $type;
            const SPELLING: &'static str = concat!("const ", $c, " *");

            unsafe fn take(
                c: *const $type,
                parameter: &'static str,
            ) -> Result<Self, prefect_secrets_core::Error> {
                // SAFETY: not null, so it is an object that was given out and not given back yet.
                Ok(unsafe { &*crate::argument::present(c, parameter)? })
            }
        }

        impl crate::argument::Argument for Option<Box<$type>> {
            type C = *mut $type;
            const SPELLING: &'static str = concat!($c, " *");

            unsafe fn take(
                c: *mut $type,
                _: &'static str,
            ) -> Result<Self, prefect_secrets_core::Error> {
                // SAFETY: an object that was given out comes back once, after every other use.
                Ok((!c.is_null()).then(|| unsafe { Box::from_raw(c) }))
            }
        }

        impl crate::argument::Output for Box<$type> {
            type C = *mut $type;
            const POINTER: &'static str = concat!($c, " **");

            fn give(self) -> *mut $type {
                Box::into_raw(self)
            }
        }
    };
}
pub(crate) use boxed;
