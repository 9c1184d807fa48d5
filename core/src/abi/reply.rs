//! The host's side of the reply: memory for the value, and the rules of committing it.

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::answer::{self, LARGEST_VALUE};
use super::layout::{Commit, Reply, Slice, size_of};
use super::status::Status;
use crate::buffer::Buffer;
use crate::error::Error;
use crate::provider::Answer;
use crate::secret::{Form, Secret};

/// Stands behind every reserve; changed bytes there are an overrun. The first is the NUL that
/// follows every value, so that an overrun of one byte is seen.
const CANARY: [u8; 9] = [0, 0xa7, 0x1c, 0xe3, 0x5b, 0xd9, 0x42, 0x8f, 0x36];
/// The longest message that is taken from a provider, in bytes.
const LONGEST_MESSAGE: usize = 1024;

/// A reply that the host hands out for one call.
pub(super) struct HostReply {
    raw: Reply,
    state: State,
}

#[derive(Default)]
struct State {
    reserved: Option<Buffer>,
    committed: Option<Committed>,
    failure: Option<(String, String)>,
    /// The first rule of the ABI that the provider broke in this call.
    broken: Option<&'static str>,
}

struct Committed {
    value: Buffer,
    form: Form,
    expires_at: Option<SystemTime>,
    revision: Option<Box<str>>,
}

impl HostReply {
    pub(super) fn new() -> Self {
        let raw = Reply {
            struct_size: size_of::<Reply>(),
            reserved: 0,
            host: ptr::null_mut(),
            reserve: Some(reserve),
            commit: Some(commit),
            fail: Some(fail),
        };
        Self { raw, state: State::default() }
    }

    /// The pointer for the provider. The reply stays where it is until the call has returned.
    pub(super) fn raw(&mut self) -> *mut Reply {
        self.raw.host = ptr::from_mut(&mut self.state).cast::<c_void>();
        &raw mut self.raw
    }

    /// The answer of a get that returned `status`.
    pub(super) fn answer(mut self, status: i32, provider: &Arc<str>) -> Answer {
        self.state.look_for_an_overrun();
        match (Status::from_raw(status), self.state.committed.take()) {
            (Some(Status::Ok), Some(found)) if self.state.broken.is_none() => {
                let secret = Secret::new(provider, found.value, found.form);
                let undated = found.expires_at.is_none() && found.revision.is_none();
                Ok(Some(if undated {
                    secret
                } else {
                    secret.dated(found.expires_at, found.revision)
                }))
            }
            (Some(Status::Absent), None) if self.state.broken.is_none() => Ok(None),
            (Some(Status::Ok), None) => {
                Err(self.state.fault("it answered \"found\" without committing a value"))
            }
            (Some(Status::Absent), Some(_)) => {
                Err(self.state.fault("it committed a value and answered \"absent\""))
            }
            _ => Err(self.state.failed(status)),
        }
    }

    /// The outcome of a call that has nothing that could be absent.
    pub(super) fn done(self, status: i32) -> Result<(), Error> {
        if self.outcome(status)? {
            return Ok(());
        }
        let rule = "it answered \"absent\" to a call that has no such answer";
        Err(State::default().fault(rule))
    }

    /// The outcome of a call without a value: `true` done, `false` absent.
    pub(super) fn outcome(self, status: i32) -> Result<bool, Error> {
        match Status::from_raw(status) {
            _ if self.state.broken.is_some() => Err(self.state.failed(status)),
            Some(Status::Ok) => Ok(true),
            Some(Status::Absent) => Ok(false),
            _ => Err(self.state.failed(status)),
        }
    }
}

impl State {
    fn breaks(&mut self, rule: &'static str) {
        self.broken.get_or_insert(rule);
    }

    fn look_for_an_overrun(&mut self) {
        let buffer = match (&mut self.committed, &mut self.reserved) {
            (Some(committed), _) => &mut committed.value,
            (None, Some(reserved)) => reserved,
            (None, None) => return,
        };
        if !buffer.whole_mut().ends_with(&CANARY) {
            self.breaks("it wrote past the end of what it had reserved");
        }
    }

    fn fault(&self, rule: &'static str) -> Error {
        answer::fault(self.broken.unwrap_or(rule))
    }

    fn failed(self, status: i32) -> Error {
        if self.broken.is_some() {
            return self.fault("");
        }
        let (what, next_step) = self.failure.unwrap_or_default();
        answer::failure(status, what, next_step)
    }

    fn commit(&mut self, commit: &Commit, revision: Slice) -> Result<(), &'static str> {
        if self.committed.is_some() {
            return Err("it committed twice");
        }
        let mut value = self.reserved.take().ok_or("it committed without a reserve")?;
        if !value.whole_mut().ends_with(&CANARY) {
            return Err("it wrote past the end of what it had reserved");
        }
        let (value, form) = answer::value(value, commit.form, commit.text_len, commit.json_len)?;
        // SAFETY: the provider promises that the revision is readable during the call.
        let revision = unsafe { revision.bytes() }.ok_or("it gave a length without a pointer")?;
        let revision = (!revision.is_empty()).then(|| one_line(revision).into_boxed_str());
        let expires_at = u64::try_from(commit.expires_at)
            .ok()
            .filter(|&seconds| seconds > 0)
            .and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
        self.committed = Some(Committed { value, form, expires_at, revision });
        Ok(())
    }
}

/// A provider's words, of bearable length (1024 bytes), in UTF-8, on one line.
pub fn one_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST_MESSAGE)]);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// # Safety
/// `reply` is null or one of [`HostReply::raw`] whose call has not returned.
unsafe fn state<'a>(reply: *mut Reply) -> Option<&'a mut State> {
    // SAFETY: promised by the caller; a provider uses its reply from one thread at a time.
    unsafe { reply.as_ref().and_then(|reply| reply.host.cast::<State>().as_mut()) }
}

unsafe extern "C" fn reserve(reply: *mut Reply, len: usize) -> *mut u8 {
    // SAFETY: a provider passes the reply that it was given, during its call.
    let Some(state) = (unsafe { state(reply) }) else { return ptr::null_mut() };
    if state.committed.is_some() {
        state.breaks("it reserved after it had committed");
        return ptr::null_mut();
    }
    if len > LARGEST_VALUE {
        state.failure = Some((
            format!(
                "the value has {len} bytes, more than the {LARGEST_VALUE} that a provider may give"
            ),
            "store a smaller value".into(),
        ));
        return ptr::null_mut();
    }
    let Some(mut buffer) = Buffer::try_zeroed(len, CANARY.len() - 1) else {
        return ptr::null_mut();
    };
    let whole = buffer.whole_mut();
    let end = whole.len() - CANARY.len();
    whole[end..].copy_from_slice(&CANARY);
    state.reserved.insert(buffer).whole_mut().as_mut_ptr()
}

unsafe extern "C" fn commit(reply: *mut Reply, commit: *const Commit) -> i32 {
    const WITHOUT_DATES: u32 = std::mem::offset_of!(Commit, expires_at) as u32;
    // SAFETY: a provider passes the reply that it was given, during its call.
    let Some(state) = (unsafe { state(reply) }) else { return Status::Invalid as i32 };
    let known = if commit.is_null() {
        0
    } else {
        // SAFETY: a commit that is not null starts with its size, in every version.
        unsafe { (&raw const (*commit).struct_size).read() }
    };
    let outcome = if known < WITHOUT_DATES {
        Err("its commit is null or too short")
    } else {
        let mut whole = Commit {
            struct_size: 0,
            form: 0,
            text_len: 0,
            json_len: 0,
            expires_at: 0,
            revision: Slice::EMPTY,
        };
        let bytes = (known as usize).min(std::mem::size_of::<Commit>());
        // SAFETY: the provider promises `struct_size` readable bytes; no more than our own struct
        // has are copied, and every bit pattern of them is a commit.
        unsafe {
            ptr::copy_nonoverlapping(commit.cast::<u8>(), (&raw mut whole).cast::<u8>(), bytes);
        }
        let revision = whole.revision;
        state.commit(&whole, revision)
    };
    match outcome {
        Ok(()) => Status::Ok as i32,
        Err(rule) => {
            state.breaks(rule);
            Status::Invalid as i32
        }
    }
}

unsafe extern "C" fn fail(reply: *mut Reply, what: Slice, next_step: Slice) {
    // SAFETY: a provider passes the reply that it was given, during its call.
    let Some(state) = (unsafe { state(reply) }) else { return };
    // SAFETY: the provider promises that both texts are readable during the call.
    let said = |text: Slice| unsafe { text.bytes() }.map(one_line).unwrap_or_default();
    state.failure = Some((said(what), said(next_step)));
}
