//! `prefect_secrets_value`: a value to be written.

use prefect_secrets_core::abi::Value;
use prefect_secrets_core::{Error, Secret};

use crate::argument::Argument;
use crate::growing;

/// A copy of what the caller wants written.
pub(crate) struct ToSet(pub(crate) Secret);

impl Argument for ToSet {
    type C = *const Value;
    const SPELLING: &'static str = "const prefect_secrets_value *";

    unsafe fn take(c: *const Value, parameter: &'static str) -> Result<Self, Error> {
        // SAFETY: passed on.
        let value = unsafe { growing::read(c, parameter) }?;
        // SAFETY: the caller promises that both texts are readable during the call.
        Ok(Self(unsafe { value.to_secret() }?))
    }
}
