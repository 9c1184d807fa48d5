//! What instances are created from.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};

use prefect_secrets_core::Buffer;
use prefect_secrets_core::abi::{self, MAJOR, Settings, Slice, Status};

use super::era::{Era, Fenced, Placed};
use super::handle::Handle;

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

/// How many lines of the log are kept.
const MOST_LINES: usize = 1000;

/// Lives until its instance is destroyed.
pub(super) struct Creation {
    placed: Placed<Raw>,
    _name: Fenced,
    state: Handle<State>,
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
    /// Lines of the log, if they are kept.
    logged: Mutex<Option<Vec<Buffer>>>,
}

impl Creation {
    pub(super) fn new(era: Era, settings: &Settings) -> Self {
        let json = settings.as_json();
        let state = Handle::new(State {
            settings: Settings::from_json(json).unwrap_or_else(Settings::none),
            fenced: Fenced::holding(json),
            looked_up: Mutex::default(),
            logged: Mutex::default(),
        });
        let name = Fenced::holding(b"conformance");
        let raw = Raw {
            struct_size: era.size_of::<abi::Create>(),
            major: MAJOR,
            minor: era.minor(),
            host: state.address(),
            name: Slice::of(name.bytes()),
            settings: Slice::of(state.fenced.bytes()),
            setting,
            log,
        };
        Self { placed: Placed::new(era, raw), _name: name, state }
    }

    /// From now on the lines of the log are kept.
    pub(super) fn keep_log(&self) {
        let mut logged = self.state.logged.lock().unwrap_or_else(PoisonError::into_inner);
        logged.get_or_insert_default();
    }

    /// Whether a line of the log holds these bytes.
    pub(super) fn logged(&self, bytes: &[u8]) -> bool {
        let logged = self.state.logged.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = |line: &Buffer| line.expose().windows(bytes.len()).any(|part| part == bytes);
        logged.iter().flatten().any(holds)
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

unsafe extern "C" fn log(create: *const abi::Create, _level: u32, message: Slice) {
    // SAFETY: a plugin passes what it was created from, before it is destroyed.
    let state = unsafe { &*(*create).host.cast::<State>() };
    // SAFETY: the plugin promises that the message is readable during the call.
    let Some(message) = (unsafe { message.bytes() }) else { return };
    let mut logged = state.logged.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(lines) = logged.as_mut().filter(|lines| lines.len() < MOST_LINES) {
        lines.push(Buffer::copy_of(message));
    }
}
