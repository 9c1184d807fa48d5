//! The C functions that SecretSpec's header declares, over the crate that does the work.

use std::ffi::{CStr, CString, c_char};
use std::ptr;

/// What a request in JSON is answered, in JSON; for `secretspec_free`. Null if that cannot be told.
///
/// # Safety
/// `request` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn secretspec_resolve(request: *const c_char) -> *mut c_char {
    // SAFETY: the caller gives a C string. The crate catches its own panics.
    let request = unsafe { CStr::from_ptr(request) };
    let answer = request.to_str().map(secretspec::resolve_json);
    answer.ok().and_then(|json| CString::new(json).ok()).map_or(ptr::null_mut(), CString::into_raw)
}

/// Gives an answer back.
///
/// # Safety
/// `answer` came from `secretspec_resolve`, and this is the first time; or it is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn secretspec_free(answer: *mut c_char) {
    if !answer.is_null() {
        // SAFETY: it was made by `into_raw` above.
        drop(unsafe { CString::from_raw(answer) });
    }
}
