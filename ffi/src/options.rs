//! `prefect_secrets_options`: what a chain is opened from.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use prefect_secrets_core::Error;
use prefect_secrets_core::abi::{Imported, Settings, Slice, Table};
use prefect_secrets_providers::Opener;

use crate::argument::{Argument, bytes, text};
use crate::entries::Entries;
use crate::growing::{self, Growing};

/// As the header declares it.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Options {
    pub(crate) struct_size: u32,
    pub(crate) reserved: u32,
    pub(crate) config_path: Slice,
    pub(crate) providers: *const *const HostProvider,
    pub(crate) provider_count: usize,
}

/// As the header declares it.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct HostProvider {
    pub(crate) struct_size: u32,
    pub(crate) reserved: u32,
    pub(crate) name: Slice,
    pub(crate) provider: *const Table,
    pub(crate) settings: Slice,
}

// SAFETY: numbers, pointers and slices, the size in front.
unsafe impl Growing for Options {
    const FIRST: usize = 40;
}
// SAFETY: as above.
unsafe impl Growing for HostProvider {
    const FIRST: usize = 48;
}

/// The caller's wishes; `None` for the usual.
pub(crate) struct Opening(Option<Options>);

impl Argument for Opening {
    type C = *const Options;
    const SPELLING: &'static str = "const prefect_secrets_options *";

    unsafe fn take(c: *const Options, parameter: &'static str) -> Result<Self, Error> {
        if c.is_null() {
            return Ok(Self(None));
        }
        // SAFETY: passed on.
        let options = unsafe { growing::read(c, parameter) }?;
        growing::check_reserved(options.reserved, parameter)?;
        Ok(Self(Some(options)))
    }
}

impl Opening {
    /// What opens such a chain. Creates the providers that the host brings.
    ///
    /// # Safety
    /// The call that the options were passed to has not returned, and the tables in them are what
    /// the header says.
    pub(crate) unsafe fn opener(&self) -> Result<Opener, Error> {
        let mut opener = Opener::new();
        let Some(options) = &self.0 else { return Ok(opener) };
        // SAFETY: the caller promises the bytes during the call.
        let path = unsafe { bytes(options.config_path, "config_path") }?;
        if path.contains(&0) {
            return Err(Error::invalid(
                "the path of the configuration holds a NUL",
                "give the path without it; the length goes beside the text, not into it",
            ));
        }
        if !path.is_empty() {
            opener = opener.config_path(OsStr::from_bytes(path));
        }
        // SAFETY: the caller promises `provider_count` entries during the call.
        let providers = unsafe { Entries::at(options.providers, "providers") };
        for &provider in providers.of(options.provider_count)? {
            // SAFETY: passed on.
            opener = opener.provider(Arc::new(unsafe { imported(provider) }?));
        }
        Ok(opener)
    }
}

/// # Safety
/// As for [`Opening::opener`].
unsafe fn imported(theirs: *const HostProvider) -> Result<Imported, Error> {
    // SAFETY: passed on.
    let theirs = unsafe { growing::read(theirs, "providers[]") }?;
    growing::check_reserved(theirs.reserved, "providers[]")?;
    // SAFETY: the caller promises the text during the call.
    let name = unsafe { text(theirs.name, "providers[]->name") }?;
    if name.is_empty() || name.contains('\0') {
        return Err(Error::invalid(
            "a provider of the host has no name, or a NUL in it",
            "give it a name; the chain, errors and the configuration call it so",
        ));
    }
    // SAFETY: the caller promises the text during the call.
    let settings = match unsafe { bytes(theirs.settings, "providers[]->settings") }? {
        [] => Settings::none(),
        json => Settings::from_json(json).ok_or_else(|| {
            Error::invalid(
                "the settings of the host's provider are no JSON object",
                "give one JSON object, or nothing",
            )
            .by(name)
        })?,
    };
    // SAFETY: the caller promises the table and its functions until the chain is closed; nothing
    // here calls it later. A null table is refused.
    unsafe { Imported::create(theirs.provider, name, settings) }
}
