//! `dlopen`, of exactly the file that was checked.

use std::ffi::c_void;
use std::fmt::Display;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use libloading::os::unix::{RTLD_LOCAL, RTLD_NOW};
use prefect_secrets_core::abi::Table;
use prefect_secrets_core::abi::witness::Witness;
use prefect_secrets_core::{Error, Kind};

use super::mapping;
use super::own::has_dynamic_linker;

const ENTRY: &[u8] = b"prefect_secrets_provider_v1\0";
const WITNESS: &[u8] = b"prefect_secrets_witness_v1\0";

/// The entry of a plugin, as the header declares it.
pub type Entry = unsafe extern "C" fn() -> *const Table;
type WitnessEntry = unsafe extern "C" fn() -> *const Witness;

/// A library that was opened, for the life of the process.
#[derive(Clone, Copy)]
pub struct Library {
    /// Gives the table.
    pub entry: Entry,
    /// The layout that a plugin in Rust was built with.
    pub witness: Option<*const Witness>,
}

/// Opens a library for the life of the process.
pub(super) fn open(file: &File, known_as: &Path) -> Result<Library, Error> {
    if !has_dynamic_linker() {
        return Err(Error::new(
            Kind::Unsupported,
            "a statically linked program cannot load plugins",
            "give it a process of its own (isolation = \"process\"), or link this program dynamically",
        ));
    }
    let path = fresh_path(file);
    // SAFETY: this runs the library's constructors; who may have written it was checked.
    let library =
        unsafe { libloading::os::unix::Library::open(Some(&path), RTLD_NOW | RTLD_LOCAL) };
    let library = library.map_err(|error| refused(&error, &path, known_as))?;
    // SAFETY: the header declares the entry as a function of this type.
    let entry = unsafe { library.get::<Entry>(ENTRY) }.map(|entry| *entry);
    // SAFETY: `export_provider!` makes the witness as a function of this type.
    let witness = unsafe { library.get::<WitnessEntry>(WITNESS) }.ok().map(|witness| *witness);
    // Never unloaded: its code may be running, or be called at exit, long after the last instance.
    std::mem::forget(library);
    let entry = entry.map_err(|error| refused(&error, &path, known_as))?;
    let entry_at = entry as *const c_void;
    let (own_entry, own_witness) = match witness {
        None => (mapping::of(file, [entry_at]).map_err(no_proc)?[0], false),
        Some(witness) => {
            mapping::of(file, [entry_at, witness as *const c_void]).map_err(no_proc)?.into()
        }
    };
    if !own_entry {
        return Err(Error::invalid(
            "the entry that the dynamic linker found is no function of this library",
            "build the plugin so that it defines its entry itself",
        ));
    }
    // One of a library that it depends on says nothing of this one.
    let witness = witness.filter(|_| own_witness);
    // SAFETY: the function stands in the file that was checked.
    Ok(Library { entry, witness: witness.map(|witness| unsafe { witness() }) })
}

/// The dynamic linker's refusal, with the path that people know.
fn refused(error: &libloading::Error, opened: &str, path: &Path) -> Error {
    if !Path::new("/proc/self/fd").exists() {
        return no_proc("/proc/self/fd is not there");
    }
    let reason = match std::error::Error::source(error) {
        Some(source) => source.to_string(),
        None => error.to_string(),
    };
    let reason = reason.replace(opened, &path.display().to_string());
    Error::invalid(
        format!("the dynamic linker refused the library: {reason}"),
        "install the libraries that it needs, or report it to the plugin's author",
    )
}

fn no_proc(why: impl Display) -> Error {
    Error::new(
        Kind::Unavailable,
        format!("the kernel does not say which file is loaded: {why}"),
        "make /proc available to this process",
    )
}

/// A path to the descriptor of `file` that was never used before in this process: the dynamic
/// linker compares names before it looks at files, and a reused `/proc/self/fd/3` gave the library
/// that was opened through it earlier (glibc 2.36, measured).
fn fresh_path(file: &File) -> String {
    static USED: AtomicU64 = AtomicU64::new(1);
    // Where the counter is belongs to it: this library may be in the process twice, each with its own.
    let place = (&raw const USED) as usize as u128;
    let mut digits = u128::from(USED.fetch_add(1, Ordering::Relaxed)) << 64 | place;
    let mut path = String::from("/proc/self/fd");
    // The number in binary, `/` for 0 and `/.` for 1: 128 digits at most, and all the same path.
    while digits > 0 {
        path.push_str(if digits & 1 == 0 { "/" } else { "/." });
        digits >>= 1;
    }
    path.push_str(&format!("/{}", file.as_raw_fd()));
    path
}
