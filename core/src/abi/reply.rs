//! The host's side of the reply: memory for the value, and the rules of committing it.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;
use std::time::{Duration, SystemTime};

use super::answer::{self, LARGEST_VALUE};
use super::layout::{Commit, FORM_TEXT, Reply, Slice, size_of};
use super::scratch::{CANARY, Scratch};
use super::status::Status;
use crate::buffer::Buffer;
use crate::error::Error;
use crate::provider::Answer;
use crate::secret::{Form, Secret};
use crate::short::ProviderName;

/// The longest message that is taken from a provider, in bytes.
const LONGEST_MESSAGE: usize = 1024;
/// The bytes of a commit as this version knows it.
const WHOLE: usize = std::mem::size_of::<Commit>();

/// A reply that the host hands out for one call.
pub(super) struct HostReply<'a> {
    raw: Reply,
    state: State<'a>,
}

struct State<'a> {
    /// Where short values are written, in a call that has such a place.
    scratch: Option<&'a mut Scratch>,
    short: Short,
    /// What few calls need: one look tells that there is nothing of it.
    rare: Option<Box<Rare>>,
}

/// What became of the scratch.
#[derive(Default)]
enum Short {
    #[default]
    Unused,
    Reserved,
    /// Text, so many bytes of what was written into it.
    Committed(usize),
}

#[derive(Default)]
struct Rare {
    reserved: Option<Buffer>,
    committed: Option<Found>,
    failure: Option<(String, String)>,
    /// The first rule of the ABI that the provider broke in this call.
    broken: Option<&'static str>,
}

struct Found {
    value: Buffer,
    form: Form,
    expires_at: Option<SystemTime>,
    revision: Option<Box<str>>,
}

impl<'a> HostReply<'a> {
    /// For a call with at most one value, which goes into `scratch` if it fits.
    #[inline]
    pub(super) fn with(scratch: &'a mut Scratch) -> Self {
        Self::made(Some(scratch))
    }

    pub(super) fn new() -> Self {
        Self::made(None)
    }

    #[inline]
    fn made(scratch: Option<&'a mut Scratch>) -> Self {
        let raw = Reply {
            struct_size: size_of::<Reply>(),
            reserved: 0,
            host: ptr::null_mut(),
            reserve: Some(reserve),
            commit: Some(commit),
            fail: Some(fail),
        };
        Self { raw, state: State { scratch, short: Short::Unused, rare: None } }
    }

    /// The pointer for the provider. The reply stays where it is until the call has returned.
    #[inline]
    pub(super) fn raw(&mut self) -> *mut Reply {
        self.raw.host = ptr::from_mut(&mut self.state).cast::<c_void>();
        &raw mut self.raw
    }

    /// What nearly every get brings: a short text or nothing, and no rule broken. Then nothing in this
    /// has to be dropped.
    #[inline]
    pub(super) fn usual(&mut self, status: i32) -> Option<Option<&[u8]>> {
        self.state.usual(status)
    }

    /// Any other answer of a get.
    pub(super) fn other(&mut self, status: i32, provider: &ProviderName) -> Answer {
        self.state.other(status, provider)
    }

    /// The outcome of a call that has nothing that could be absent.
    pub(super) fn done(&mut self, status: i32) -> Result<(), Error> {
        if self.outcome(status)? {
            return Ok(());
        }
        Err(answer::fault("it answered \"absent\" to a call that has no such answer"))
    }

    /// The outcome of a call without a value: `true` done, `false` absent.
    pub(super) fn outcome(&mut self, status: i32) -> Result<bool, Error> {
        let rare = self.state.rare.take().map(|rare| *rare).unwrap_or_default();
        match Status::from_raw(status) {
            _ if rare.broken.is_some() => Err(rare.failed(status)),
            Some(Status::Ok) => Ok(true),
            Some(Status::Absent) => Ok(false),
            _ => Err(rare.failed(status)),
        }
    }
}

impl State<'_> {
    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    fn breaks(&mut self, rule: &'static str) {
        self.rare().broken.get_or_insert(rule);
    }

    /// What nearly every get brings: a short text or nothing, and no rule broken.
    #[inline]
    fn usual(&mut self, status: i32) -> Option<Option<&[u8]>> {
        let Self { scratch: Some(scratch), short, rare: None } = self else { return None };
        let written = scratch.written()?;
        match short {
            Short::Committed(len) if status == Status::Ok as i32 => written.get(..*len).map(Some),
            Short::Unused | Short::Reserved if status == Status::Absent as i32 => Some(None),
            _ => None,
        }
    }

    /// Any other answer.
    #[cold]
    fn other(&mut self, status: i32, provider: &ProviderName) -> Answer {
        let mut rare = self.rare.take().map(|rare| *rare).unwrap_or_default();
        // What was committed out of the scratch may stand elsewhere by now; its place does not.
        let scratch = self.scratch.as_mut().map(|scratch| scratch.written());
        let whole = !matches!(scratch, Some(None))
            && rare.value().is_none_or(|value| value.whole_mut().ends_with(&CANARY));
        if !whole {
            rare.broken.get_or_insert(OVERRUN);
        }
        let short = match (&self.short, scratch.flatten()) {
            (Short::Committed(len), Some(written)) => written.get(..*len),
            _ => None,
        };
        match (Status::from_raw(status), rare.committed.take(), short) {
            _ if rare.broken.is_some() => Err(rare.failed(status)),
            (Some(Status::Ok), Some(Found { value, form, expires_at, revision }), _) => {
                let secret = Secret::by(provider.clone(), value, form);
                Ok(Some(secret.dated(expires_at, revision)))
            }
            (Some(Status::Ok), None, Some(text)) => Ok(Some(Secret::copy_of(provider, text))),
            (Some(Status::Absent), None, None) => Ok(None),
            (Some(Status::Ok), ..) => {
                Err(answer::fault("it answered \"found\" without committing a value"))
            }
            (Some(Status::Absent), ..) => {
                Err(answer::fault("it committed a value and answered \"absent\""))
            }
            _ => Err(rare.failed(status)),
        }
    }

    /// Memory for a value that does not go into the scratch, or not any more.
    #[cold]
    fn reserve(&mut self, len: usize) -> *mut u8 {
        if self.is_committed() {
            self.breaks("it reserved after it had committed");
            return ptr::null_mut();
        }
        self.short = Short::Unused;
        self.rare().reserved = None;
        if len > LARGEST_VALUE {
            let what = format!(
                "the value has {len} bytes, more than the {LARGEST_VALUE} that a provider may give"
            );
            self.rare().failure = Some((what, "store a smaller value".into()));
            return ptr::null_mut();
        }
        let Some(mut buffer) = Buffer::try_zeroed(len, CANARY.len() - 1) else {
            return ptr::null_mut();
        };
        let whole = buffer.whole_mut();
        let end = whole.len() - CANARY.len();
        whole[end..].copy_from_slice(&CANARY);
        let place = whole.as_mut_ptr();
        self.rare().reserved = Some(buffer);
        place
    }

    fn is_committed(&self) -> bool {
        let long = self.rare.as_ref().is_some_and(|rare| rare.committed.is_some());
        long || matches!(self.short, Short::Committed(_))
    }

    /// Whether `commit` is what nearly every commit is, and then it is done: text without a date, in
    /// the scratch, and no rule broken.
    #[inline]
    fn commit_short(&mut self, commit: &Commit) -> bool {
        let text_alone = commit.form == FORM_TEXT && commit.json_len == 0;
        let undated = commit.expires_at <= 0 && commit.revision.len == 0;
        if let (Short::Reserved, Some(scratch)) = (&self.short, &mut self.scratch)
            && text_alone
            && undated
            && scratch.written().is_some_and(|written| commit.text_len <= written.len())
        {
            self.short = Short::Committed(commit.text_len);
            return true;
        }
        false
    }

    /// Any other commit.
    ///
    /// # Safety
    /// `commit` has `known` readable bytes.
    #[cold]
    unsafe fn commit(&mut self, commit: *const Commit, known: usize) -> i32 {
        const WITHOUT_DATES: usize = std::mem::offset_of!(Commit, expires_at);
        let outcome = if known < WITHOUT_DATES {
            Err("its commit is null or too short")
        } else {
            let mut whole = MaybeUninit::<Commit>::zeroed();
            let known = known.min(WHOLE);
            // SAFETY: promised by the caller; no more than our own struct has are copied, and every
            // pattern of bits is a commit.
            let whole = unsafe {
                ptr::copy_nonoverlapping(commit.cast::<u8>(), whole.as_mut_ptr().cast(), known);
                whole.assume_init()
            };
            self.found(&whole)
        };
        match outcome {
            Ok(()) => Status::Ok as i32,
            Err(rule) => {
                self.breaks(rule);
                Status::Invalid as i32
            }
        }
    }

    fn found(&mut self, commit: &Commit) -> Result<(), &'static str> {
        if self.is_committed() {
            return Err("it committed twice");
        }
        let reserved = self.rare.as_mut().and_then(|rare| rare.reserved.take());
        let mut value = match (std::mem::take(&mut self.short), reserved, &mut self.scratch) {
            (_, Some(value), _) => value,
            (Short::Reserved, None, Some(scratch)) => {
                Buffer::copy_with(scratch.written().ok_or(OVERRUN)?, &CANARY)
            }
            _ => return Err("it committed without a reserve"),
        };
        if !value.whole_mut().ends_with(&CANARY) {
            return Err(OVERRUN);
        }
        let (value, form) = answer::value(value, commit.form, commit.text_len, commit.json_len)?;
        // SAFETY: the provider promises that the revision is readable during the call.
        let revision =
            unsafe { commit.revision.bytes() }.ok_or("it gave a length without a pointer")?;
        let revision = (!revision.is_empty()).then(|| one_line(revision).into_boxed_str());
        let expires_at = u64::try_from(commit.expires_at)
            .ok()
            .filter(|&seconds| seconds > 0)
            .and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
        self.rare().committed = Some(Found { value, form, expires_at, revision });
        Ok(())
    }
}

impl Rare {
    /// The value that was committed or at least reserved last.
    fn value(&mut self) -> Option<&mut Buffer> {
        let committed = self.committed.as_mut().map(|found| &mut found.value);
        committed.or(self.reserved.as_mut())
    }

    fn failed(self, status: i32) -> Error {
        if let Some(rule) = self.broken {
            return answer::fault(rule);
        }
        let (what, next_step) = self.failure.unwrap_or_default();
        answer::failure(status, what, next_step)
    }
}

const OVERRUN: &str = "it wrote past the end of what it had reserved";

/// A provider's words, of bearable length (1024 bytes), in UTF-8, on one line.
pub fn one_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST_MESSAGE)]);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// # Safety
/// `reply` is null or one of [`HostReply::raw`] whose call has not returned.
unsafe fn state<'a>(reply: *mut Reply) -> Option<&'a mut State<'a>> {
    // SAFETY: promised by the caller; a provider uses its reply from one thread at a time.
    unsafe { reply.as_ref().and_then(|reply| reply.host.cast::<State<'_>>().as_mut()) }
}

unsafe extern "C" fn reserve(reply: *mut Reply, len: usize) -> *mut u8 {
    // SAFETY: a provider passes the reply that it was given, during its call.
    let Some(state) = (unsafe { state(reply) }) else { return ptr::null_mut() };
    if let State { scratch: Some(scratch), short: Short::Unused | Short::Reserved, rare: None } =
        state
        && len <= Scratch::LONGEST
    {
        state.short = Short::Reserved;
        return scratch.hand_out(len);
    }
    state.reserve(len)
}

unsafe extern "C" fn commit(reply: *mut Reply, commit: *const Commit) -> i32 {
    // SAFETY: a provider passes the reply that it was given, during its call.
    let Some(state) = (unsafe { state(reply) }) else { return Status::Invalid as i32 };
    let known = if commit.is_null() {
        0
    } else {
        // SAFETY: a commit that is not null starts with its size, in every version.
        unsafe { (&raw const (*commit).struct_size).read() as usize }
    };
    // SAFETY: the provider promises that much; every pattern of bits is a commit.
    if known >= WHOLE && unsafe { state.commit_short(&commit.read_unaligned()) } {
        return Status::Ok as i32;
    }
    // SAFETY: as above, of what it says.
    unsafe { state.commit(commit, known) }
}

unsafe extern "C" fn fail(reply: *mut Reply, what: Slice, next_step: Slice) {
    // SAFETY: a provider passes the reply that it was given, during its call.
    let Some(state) = (unsafe { state(reply) }) else { return };
    // SAFETY: the provider promises that both texts are readable during the call.
    let said = |text: Slice| unsafe { text.bytes() }.map(one_line).unwrap_or_default();
    state.rare().failure = Some((said(what), said(next_step)));
}
