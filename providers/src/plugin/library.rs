//! `dlopen`, of exactly the file that was checked.

use std::ffi::{OsString, c_void};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicU64, Ordering};

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use prefect_secrets_core::abi::Table;
use prefect_secrets_core::{Error, Kind};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

const ENTRY: &[u8] = b"prefect_secrets_provider_v1";

type Entry = unsafe extern "C" fn() -> *const Table;

/// Opens the library in `file` for the life of the process, and returns the table that its entry
/// gives.
pub(super) fn open(file: &File) -> Result<*const Table, Error> {
    // SAFETY: this runs the library's constructors; who may have written it was checked.
    let library = unsafe { Library::open(Some(fresh_path(file)), RTLD_NOW | RTLD_LOCAL) };
    let library = library.map_err(|error| {
        Error::invalid(
            format!("the dynamic linker refused the library: {}", reason(&error)),
            "install the libraries that it needs, or report it to the plugin's author",
        )
    })?;
    // SAFETY: the header declares the entry as a function of this type.
    let entry = unsafe { library.get::<Entry>(ENTRY) }.map(|entry| *entry);
    // Never unloaded: its code may be running, or be called at exit, long after the last instance.
    std::mem::forget(library);
    let entry = entry.map_err(|_| {
        Error::invalid(
            "the dynamic linker finds no entry in the library",
            "report it to the plugin's author",
        )
    })?;
    same_file(file, entry as *const c_void)?;
    // SAFETY: the function stands in the file that was checked to define it.
    Ok(unsafe { entry() })
}

/// A path to the descriptor of `file` that was never used before in this process: the dynamic
/// linker compares names before it looks at files, and a reused `/proc/self/fd/3` gave the library
/// that was opened through it earlier (glibc 2.36, measured).
fn fresh_path(file: &File) -> OsString {
    static USED: AtomicU64 = AtomicU64::new(1);
    // Where the counter is comes first: this library may be in the process twice, each with its own.
    let place = (&raw const USED) as usize as u128;
    let mut digits = place << 64 | u128::from(USED.fetch_add(1, Ordering::Relaxed));
    let mut path = String::from("/proc/self/fd");
    // The number in binary, `/` for 0 and `/.` for 1: 128 digits at most, and all the same path.
    while digits > 0 {
        path.push_str(if digits & 1 == 0 { "/" } else { "/." });
        digits >>= 1;
    }
    path.push_str(&format!("/{}", file.as_raw_fd()));
    path.into()
}

fn reason(error: &libloading::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}

/// Whether `address` lies in a mapping of `file`.
fn same_file(file: &File, address: *const c_void) -> Result<(), Error> {
    let unknown = |error: std::io::Error| {
        Error::new(
            Kind::Unavailable,
            format!("the kernel does not say which file was loaded: {error}"),
            "make /proc available to this process",
        )
    };
    // Compared with a mapping of our own: on btrfs and overlayfs the kernel shows another device
    // number for mappings than for files.
    // SAFETY: a mapping of one page at a place of the kernel's choice, which is not read.
    let own = unsafe {
        mmap(std::ptr::null_mut(), 1, ProtFlags::READ, MapFlags::PRIVATE, file, 0)
    }
    .map_err(|error| unknown(error.into()))?;
    let found = mapped([own as usize, address as usize]);
    // SAFETY: our own mapping, which nothing points into.
    unsafe { munmap(own, 1) }.map_err(|error| unknown(error.into()))?;
    match found.map_err(unknown)? {
        [Some(own), Some(theirs)] if own.file == theirs.file && theirs.executable => Ok(()),
        _ => Err(Error::invalid(
            "the entry that the dynamic linker found is no function of this library",
            "build the plugin so that it defines its entry itself",
        )),
    }
}

/// What is mapped at an address.
struct Mapping {
    /// Device and inode, as the kernel prints them.
    file: String,
    executable: bool,
}

/// What is mapped at each address.
fn mapped(addresses: [usize; 2]) -> std::io::Result<[Option<Mapping>; 2]> {
    let mut found = [None, None];
    for line in BufReader::new(File::open("/proc/self/maps")?).split(b'\n') {
        // start-end permissions offset device inode path, where the path may be any bytes.
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        let mut words = line.split_ascii_whitespace();
        let Some((start, end)) = words.next().and_then(|range| range.split_once('-')) else {
            continue;
        };
        let (Ok(start), Ok(end)) =
            (usize::from_str_radix(start, 16), usize::from_str_radix(end, 16))
        else {
            continue;
        };
        for (address, found) in addresses.iter().zip(&mut found) {
            if (start..end).contains(address) {
                let mut words = words.clone();
                let (permissions, _offset) = (words.next(), words.next());
                *found = words.next().zip(words.next()).map(|(device, inode)| Mapping {
                    file: format!("{device} {inode}"),
                    executable: permissions.is_some_and(|said| said.contains('x')),
                });
            }
        }
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    Ok(found)
}
