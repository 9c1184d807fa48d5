//! Structs that a caller fills, and that grow at their end.

use std::ptr;

use prefect_secrets_core::abi::Value;
use prefect_secrets_core::{Error, Kind};

use crate::argument::present;

/// No struct of any version is as large as this.
const ABSURD: usize = 64 << 10;

/// A struct that starts with its size as a `u32`.
///
/// # Safety
/// Every pattern of bits is a value of it, and its first four bytes are that size.
pub(crate) unsafe trait Growing {
    /// What it was in the first version: a smaller one was never filled.
    const FIRST: usize;
}

// SAFETY: numbers and slices, the size in front.
unsafe impl Growing for Value {
    const FIRST: usize = 40;
}

/// A copy of the part that both sides know. *Invalid* without a size, and *unsupported* if the
/// caller asks for something that this version does not know.
///
/// # Safety
/// `theirs` is null, or points at as many readable bytes as its first member says.
#[inline]
pub(crate) unsafe fn read<T: Growing>(
    theirs: *const T,
    parameter: &'static str,
) -> Result<T, Error> {
    let theirs = present(theirs, parameter)?;
    // SAFETY: not null, and every version starts with its size.
    let size = unsafe { theirs.cast::<u32>().read() } as usize;
    if !(T::FIRST..ABSURD).contains(&size) {
        return Err(Error::invalid(
            format!("the struct_size of `{parameter}` is {size}, which no version of it has"),
            "set struct_size to the sizeof of the struct",
        ));
    }
    // SAFETY: every pattern of bits is a `T`, zeros too.
    let mut ours: T = unsafe { std::mem::zeroed() };
    let known = size.min(size_of::<T>());
    // SAFETY: the caller promises `size` readable bytes, and no more than ours has are copied.
    unsafe { ptr::copy_nonoverlapping(theirs.cast::<u8>(), (&raw mut ours).cast::<u8>(), known) };
    // SAFETY: what is left of the `size` readable bytes.
    let unknown =
        unsafe { std::slice::from_raw_parts(theirs.cast::<u8>().add(known), size - known) };
    if unknown.iter().any(|&byte| byte != 0) {
        return Err(Error::new(
            Kind::Unsupported,
            format!("`{parameter}` asks for something that this version of the library lacks"),
            "use a library as new as the header, or leave the newer members 0",
        ));
    }
    Ok(ours)
}

/// Refuses a reserved member that is not 0, so that it can get a meaning later.
#[inline]
pub(crate) fn check_reserved(reserved: u32, parameter: &'static str) -> Result<(), Error> {
    if reserved == 0 {
        return Ok(());
    }
    Err(Error::invalid(
        format!("a reserved member of `{parameter}` is not 0"),
        "set the whole struct to 0 before filling it",
    ))
}
