//! `prefect_secrets_version`.

use std::ffi::{CStr, c_char};

use crate::boundary::Returned;

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => panic!("the version is text with a NUL behind it"),
    };

/// Text that lives as long as the program.
impl Returned for &'static CStr {
    type C = *const c_char;
    const SPELLING: &'static str = "const char *";
    const FALLBACK: *const c_char = c"".as_ptr();

    fn give(self) -> *const c_char {
        self.as_ptr()
    }
}

export! {
    plain fn prefect_secrets_version() -> &'static CStr {
        VERSION
    }
}
