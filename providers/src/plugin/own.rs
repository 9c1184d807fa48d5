//! What this code is part of: where that stands, since what was installed with it is found from there,
//! and how it was linked.

use std::ffi::{CStr, OsStr, c_void};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::slice;

/// The folder of the library or the program that holds this code, without links.
pub(super) fn own_folder() -> Option<PathBuf> {
    let mut file = own_file()?.canonicalize().ok()?;
    file.pop();
    Some(file)
}

/// Whether this program was started with a dynamic linker: one that was linked with `-static` was not.
/// Its own `dlopen` would bring a second C library into the process, if it does anything at all.
pub(super) fn has_dynamic_linker() -> bool {
    unsafe extern "C" fn first(
        info: *mut libc::dl_phdr_info,
        _size: libc::size_t,
        has: *mut c_void,
    ) -> libc::c_int {
        // SAFETY: the C library gives one that is there for this call.
        let info = unsafe { &*info };
        // SAFETY: as many headers as it says.
        let headers = unsafe { slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
        // SAFETY: the flag below.
        unsafe { *has.cast() = headers.iter().any(|header| header.p_type == libc::PT_INTERP) };
        1 // The first is the program itself; no other is looked at.
    }
    let mut has = false;
    // SAFETY: the function keeps to its place for the answer.
    unsafe { libc::dl_iterate_phdr(Some(first), (&raw mut has).cast()) };
    has
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
