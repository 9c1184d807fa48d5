//! Where this code stands: what was installed with it is found from there, wherever that is.

use std::ffi::{CStr, OsStr, c_void};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The folder of the library or the program that holds this code, without links.
pub(super) fn own_folder() -> Option<PathBuf> {
    let mut file = own_file()?.canonicalize().ok()?;
    file.pop();
    Some(file)
}

fn own_file() -> Option<PathBuf> {
    let mut found = MaybeUninit::<libc::Dl_info>::zeroed();
    let place = own_file as *const c_void;
    // SAFETY: an address of this code, and a place for the answer.
    if unsafe { libc::dladdr(place, found.as_mut_ptr()) } == 0 {
        return None;
    }
    // SAFETY: filled in, as the result says; zeroes are valid, too.
    let name = unsafe { found.assume_init() }.dli_fname;
    if name.is_null() {
        return None;
    }
    // SAFETY: the dynamic linker's own text, which lives as long as what is loaded.
    let path = Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes()));
    // Of the program itself it is what the program was called by, which may lead anywhere.
    if path.is_absolute() { Some(path.to_owned()) } else { std::env::current_exe().ok() }
}
