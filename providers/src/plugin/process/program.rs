//! Where `prefect-secrets-plugin-host` is.

use std::ffi::{CStr, OsStr, c_void};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use prefect_secrets_core::Error;

use crate::plugin::trust;

/// What it is called.
pub(in crate::plugin) const HOST: &str = "prefect-secrets-plugin-host";
/// Where packages install it.
const INSTALLED: [&str; 2] = ["/usr/local/libexec/prefect-secrets", "/usr/libexec/prefect-secrets"];

/// The program that a plugin runs in, checked as a plugin is: at `configured`, or beside the file
/// that holds this code, or where packages put it.
pub(in crate::plugin) fn find(configured: Option<&Path>) -> Result<PathBuf, Error> {
    if let Some(path) = configured {
        return Ok(trust::open(path)?.path);
    }
    let places = places();
    match places.iter().find(|place| place.exists()) {
        Some(place) => Ok(trust::open(place)?.path),
        None => Err(Error::invalid(
            format!("the program {HOST} is nowhere, and the plugin wants a process of its own"),
            format!(
                "install it as {}, or write its path as plugin_host under [secrets], or \
                 isolation = \"in-process\" if the plugin is trusted",
                places.last().map_or(Path::new(HOST), |place| place).display()
            ),
        )),
    }
}

fn places() -> Vec<PathBuf> {
    let own = own_file().and_then(|file| file.canonicalize().ok());
    let folder = own.as_deref().and_then(Path::parent);
    let mut places: Vec<PathBuf> = Vec::new();
    if let Some(folder) = folder {
        places.push(folder.join(HOST));
        // From lib/, from lib/x86_64-linux-gnu/, from bin/.
        places.push(folder.join("../libexec/prefect-secrets").join(HOST));
        places.push(folder.join("../../libexec/prefect-secrets").join(HOST));
    }
    places.extend(INSTALLED.iter().map(|folder| Path::new(folder).join(HOST)));
    places
}

/// The library or the program that this function stands in.
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
