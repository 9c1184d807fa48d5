//! The kit's reply: as a host's, and it notes what is wrong instead of stopping at the first.

use std::ffi::c_void;
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use prefect_secrets_core::Buffer;
use prefect_secrets_core::abi::{
    self, Commit, FORM_JSON, FORM_TEXT, FORM_TEXT_WITH_JSON, Slice, Status,
};

use super::era::{Era, Fenced, Placed};
use super::fault::Fault;
use super::handle::Handle;
use super::value::Given;

/// Behind every reserve. The first is the NUL that a host has there, too.
const CANARY: [u8; 17] = [
    0, 0xa7, 0x1c, 0xe3, 0x5b, 0xd9, 0x42, 0x8f, 0x36, 0x61, 0x9d, 0x04, 0xf2, 0x77, 0xc8, 0x1e,
    0xb3,
];
/// The largest reserve.
const LARGEST: usize = 64 << 20;

#[derive(Clone, Copy)]
#[repr(C)]
struct Raw {
    struct_size: u32,
    reserved: u32,
    host: *mut c_void,
    reserve: unsafe extern "C" fn(*mut abi::Reply, usize) -> *mut u8,
    commit: unsafe extern "C" fn(*mut abi::Reply, *const Commit) -> i32,
    fail: unsafe extern "C" fn(*mut abi::Reply, Slice, Slice),
}

const _: () = assert!(size_of::<Raw>() == size_of::<abi::Reply>());

/// The reply of one call.
pub(super) struct Reply {
    placed: Placed<Raw>,
    state: Handle<Mutex<State>>,
}

// SAFETY: the struct is written once, and its state is behind a lock.
unsafe impl Send for Reply {}

struct State {
    era: Era,
    reserved: Option<Fenced>,
    committed: Option<(Fenced, Commit)>,
    faults: Vec<Fault>,
    failure: Option<(String, String)>,
}

/// What a call left in its reply.
pub(super) struct Left {
    pub(super) value: Option<Given>,
    pub(super) faults: Vec<Fault>,
    pub(super) failure: Option<(String, String)>,
}

impl Reply {
    pub(super) fn new(era: Era) -> Self {
        let state =
            State { era, reserved: None, committed: None, faults: Vec::new(), failure: None };
        let state = Handle::new(Mutex::new(state));
        let raw = Raw {
            struct_size: era.size_of::<abi::Reply>(),
            reserved: 0,
            host: state.address(),
            reserve,
            commit,
            fail,
        };
        Self { placed: Placed::new(era, raw), state }
    }

    pub(super) fn raw(&mut self) -> *mut abi::Reply {
        self.placed.as_mut_ptr().cast()
    }

    /// The call has returned: what is in the reply now is the answer.
    pub(super) fn close(&self) -> Left {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.look_for_an_overrun();
        let value =
            state.committed.take().and_then(|(memory, commit)| state.value(memory, &commit));
        Left { value, faults: std::mem::take(&mut state.faults), failure: state.failure.take() }
    }
}

impl State {
    fn note(&mut self, fault: Fault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    fn look_for_an_overrun(&mut self) {
        let written = [self.reserved.as_ref(), self.committed.as_ref().map(|(memory, _)| memory)];
        if written.into_iter().flatten().any(|memory| !memory.bytes().ends_with(&CANARY)) {
            self.note(Fault::WrotePastReserve);
        }
    }

    /// The value in `memory`, if the commit describes one.
    fn value(&mut self, memory: Fenced, commit: &Commit) -> Option<Given> {
        let room = memory.bytes().len() - CANARY.len();
        let len = commit.text_len.checked_add(commit.json_len).filter(|&len| len <= room);
        let Some(len) = len else {
            self.note(Fault::CommittedMoreThanReserved);
            return None;
        };
        let (text, json) = memory.bytes()[..len].split_at(commit.text_len);
        let is_json = |bytes: &[u8]| {
            std::str::from_utf8(bytes).is_ok()
                && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
        };
        match commit.form {
            FORM_TEXT if json.is_empty() => {}
            FORM_JSON if json.is_empty() && is_json(text) => {}
            FORM_TEXT_WITH_JSON if is_json(json) => {}
            FORM_JSON if json.is_empty() => self.note(Fault::NotJson),
            FORM_TEXT_WITH_JSON => self.note(Fault::NotJson),
            _ => self.note(Fault::NoSuchForm),
        }
        let (text, json) = (Buffer::copy_of(text), Buffer::copy_of(json));
        let dated = commit.expires_at != 0 || commit.revision.len != 0;
        Some(Given { form: commit.form, text, json, dated })
    }
}

/// # Safety
/// `reply` is one of [`Reply::raw`], which still exists.
unsafe fn state<'a>(reply: *mut abi::Reply) -> MutexGuard<'a, State> {
    // SAFETY: promised by the caller; a reply made here always points at its state.
    let state = unsafe { &*(*reply).host.cast::<Mutex<State>>() };
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

unsafe extern "C" fn reserve(reply: *mut abi::Reply, len: usize) -> *mut u8 {
    // SAFETY: a plugin passes a reply that it was given.
    let mut state = unsafe { state(reply) };
    if state.committed.is_some() {
        state.note(Fault::ReservedAfterCommit);
        return ptr::null_mut();
    }
    if len > LARGEST {
        return ptr::null_mut();
    }
    state.look_for_an_overrun();
    let mut memory = Fenced::zeroed(len + CANARY.len());
    if state.era == Era::Strict {
        memory = memory.taken_away_at_last();
    }
    memory.bytes_mut()[len..].copy_from_slice(&CANARY);
    state.reserved.insert(memory).as_mut_ptr()
}

unsafe extern "C" fn commit(reply: *mut abi::Reply, commit: *const Commit) -> i32 {
    const REQUIRED: u32 = std::mem::offset_of!(Commit, expires_at) as u32;
    // SAFETY: a plugin passes a reply that it was given.
    let mut state = unsafe { state(reply) };
    // SAFETY: a commit that is not null starts with its size.
    let known = unsafe { commit.as_ref() }.map_or(0, |commit| commit.struct_size);
    let fault = if known < REQUIRED {
        Fault::CommitTooShort
    } else if state.committed.is_some() {
        Fault::CommittedTwice
    } else if let Some(memory) = state.reserved.take() {
        // SAFETY: every member of a commit may be zero.
        let mut whole: Commit = unsafe { std::mem::zeroed() };
        // SAFETY: the plugin promises as many bytes as it says.
        unsafe {
            let len = (known as usize).min(size_of::<Commit>());
            ptr::copy_nonoverlapping(commit.cast::<u8>(), (&raw mut whole).cast(), len);
        }
        // SAFETY: the plugin promises that the revision is readable during the call.
        let revision = unsafe { whole.revision.bytes() };
        if revision.is_none() {
            state.note(Fault::LengthWithoutPointer);
        }
        state.committed = Some((memory, whole));
        return Status::Ok as i32;
    } else {
        Fault::CommittedWithoutReserve
    };
    state.note(fault);
    Status::Invalid as i32
}

unsafe extern "C" fn fail(reply: *mut abi::Reply, what: Slice, next_step: Slice) {
    // SAFETY: a plugin passes a reply that it was given.
    let mut state = unsafe { state(reply) };
    // SAFETY: the plugin promises that both are readable during the call.
    let (what, next_step) = unsafe { (what.bytes(), next_step.bytes()) };
    if what.is_none() || next_step.is_none() {
        state.note(Fault::LengthWithoutPointer);
    }
    // As a host does: of bearable length, and on one line of whatever it is printed into.
    let text = |bytes: Option<&[u8]>| abi::one_line(bytes.unwrap_or_default());
    state.failure = Some((text(what), text(next_step)));
}
