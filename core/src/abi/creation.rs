//! What an instance is created from. It stays where it is until the instance is destroyed.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use super::layout::{Create, MAJOR, MINOR, Slice, size_of};
use super::reply::one_line;
use super::settings::Settings;
use super::status::Status;
use crate::buffer::Buffer;

/// The host's side of a [`Create`].
pub(super) struct Creation {
    raw: Create,
    name: Arc<str>,
    settings: Settings,
    /// Settings that were looked up, kept for as long as the provider may read them.
    looked_up: Mutex<BTreeMap<String, Buffer>>,
}

impl Creation {
    pub(super) fn new(name: Arc<str>, settings: Settings) -> Box<Self> {
        let raw = Create {
            struct_size: size_of::<Create>(),
            major: MAJOR,
            minor: MINOR,
            host: ptr::null_mut(),
            name: Slice::of(name.as_bytes()),
            settings: Slice::of(settings.as_json()),
            setting: Some(setting),
            log: Some(log),
        };
        let mut creation = Box::new(Self { raw, name, settings, looked_up: Mutex::default() });
        creation.raw.host = ptr::from_mut(&mut *creation).cast::<c_void>();
        creation
    }

    pub(super) fn raw(&self) -> *const Create {
        &raw const self.raw
    }
}

/// # Safety
/// `create` is null or what a provider was created from, and the provider is not yet destroyed.
unsafe fn creation<'a>(create: *const Create) -> Option<&'a Creation> {
    // SAFETY: promised by the caller; a `Create` made here always points at its creation.
    unsafe { create.as_ref().and_then(|create| create.host.cast::<Creation>().as_ref()) }
}

unsafe extern "C" fn setting(create: *const Create, key: Slice, value: *mut Slice) -> i32 {
    // SAFETY: a provider passes what it was created from, before it is destroyed.
    let Some(creation) = (unsafe { creation(create) }) else { return Status::Invalid as i32 };
    // SAFETY: the provider promises that the key is readable during the call.
    let Some(key) = (unsafe { key.text() }) else { return Status::Invalid as i32 };
    if value.is_null() {
        return Status::Invalid as i32;
    }
    let mut looked_up = creation.looked_up.lock().unwrap_or_else(PoisonError::into_inner);
    let slice = match looked_up.get(key) {
        Some(found) => Slice::of(found.expose()),
        None => {
            let Some(found) = creation.settings.get(key) else { return Status::Absent as i32 };
            Slice::of(looked_up.entry(key.into()).or_insert(found).expose())
        }
    };
    drop(looked_up);
    // SAFETY: the provider promises a place for one slice.
    unsafe { value.write(slice) };
    Status::Ok as i32
}

unsafe extern "C" fn log(create: *const Create, level: u32, message: Slice) {
    // SAFETY: a provider passes what it was created from, before it is destroyed.
    let Some(creation) = (unsafe { creation(create) }) else { return };
    // SAFETY: the provider promises that the message is readable during the call.
    let Some(message) = (unsafe { message.bytes() }).map(one_line) else { return };
    let provider = &*creation.name;
    match level {
        1 => tracing::error!(provider, "{message}"),
        2 => tracing::warn!(provider, "{message}"),
        3 => tracing::info!(provider, "{message}"),
        _ => tracing::debug!(provider, "{message}"),
    }
}
