//! What instances are created from.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::ptr;
use std::sync::{Mutex, PoisonError};

use prefect_secrets_core::Buffer;
use prefect_secrets_core::abi::{self, MAJOR, Settings, Slice, Status};

use super::era::{Era, Fenced, Placed};

#[derive(Clone, Copy)]
#[repr(C)]
struct Raw {
    struct_size: u32,
    major: u16,
    minor: u16,
    host: *mut c_void,
    name: Slice,
    settings: Slice,
    setting: unsafe extern "C" fn(*const abi::Create, Slice, *mut Slice) -> i32,
    log: unsafe extern "C" fn(*const abi::Create, u32, Slice),
}

const _: () = assert!(size_of::<Raw>() == size_of::<abi::Create>());

/// Lives until its instance is destroyed.
pub(super) struct Creation {
    placed: Placed<Raw>,
    _name: Fenced,
    _state: Box<State>,
}

// SAFETY: the struct is written once, and its state is behind a lock.
unsafe impl Send for Creation {}
// SAFETY: as above.
unsafe impl Sync for Creation {}

struct State {
    settings: Settings,
    /// What the plugin reads of them whole, with a fence behind.
    fenced: Fenced,
    looked_up: Mutex<BTreeMap<String, Buffer>>,
}

impl Creation {
    pub(super) fn new(era: Era, settings: &Settings) -> Self {
        let json = settings.as_json();
        let state = Box::new(State {
            settings: Settings::from_json(json).unwrap_or_else(Settings::none),
            fenced: Fenced::holding(json),
            looked_up: Mutex::default(),
        });
        let name = Fenced::holding(b"conformance");
        let raw = Raw {
            struct_size: era.size_of::<abi::Create>(),
            major: MAJOR,
            minor: era.minor(),
            host: ptr::from_ref(&*state).cast_mut().cast(),
            name: Slice::of(name.bytes()),
            settings: Slice::of(state.fenced.bytes()),
            setting,
            log,
        };
        Self { placed: Placed::new(era, raw), _name: name, _state: state }
    }

    pub(super) fn raw(&mut self) -> *const abi::Create {
        self.placed.as_mut_ptr().cast()
    }
}

unsafe extern "C" fn setting(create: *const abi::Create, key: Slice, value: *mut Slice) -> i32 {
    // SAFETY: a plugin passes what it was created from, before it is destroyed.
    let state = unsafe { &*(*create).host.cast::<State>() };
    // SAFETY: the plugin promises that the key is readable during the call.
    let Some(key) = (unsafe { key.text() }) else { return Status::Invalid as i32 };
    let mut looked_up = state.looked_up.lock().unwrap_or_else(PoisonError::into_inner);
    let found = match looked_up.get(key) {
        Some(found) => Slice::of(found.expose()),
        None => match state.settings.get(key) {
            Some(found) => Slice::of(looked_up.entry(key.into()).or_insert(found).expose()),
            None => return Status::Absent as i32,
        },
    };
    // SAFETY: the plugin promises a place for one slice.
    unsafe { value.write(found) };
    Status::Ok as i32
}

/// The kit keeps no log; the message is read, as a host would read it.
unsafe extern "C" fn log(_create: *const abi::Create, _level: u32, message: Slice) {
    // SAFETY: the plugin promises that the message is readable during the call.
    let text = unsafe { message.bytes() }.map(String::from_utf8_lossy);
    std::hint::black_box(text);
}
