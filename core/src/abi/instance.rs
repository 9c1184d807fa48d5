//! One instance of a foreign provider: every call into its table.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::creation::Creation;
use super::layout::{
    FORM_JSON, FORM_TEXT, FORM_TEXT_WITH_JSON, Listing, Reply, Slice, Value, size_of,
};
use super::left::Left;
use super::reply::HostReply;
use super::request::request;
use super::scratch::Scratch;
use super::settings::Settings;
use super::status::Status;
use super::table::Checked;
use super::turn::{Taken, Turn};
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::provider::{Answer, Capabilities};
use crate::secret::{Form, Secret};
use crate::short::ProviderName;
use crate::take::copy;

/// One instance of a foreign provider.
pub(super) struct Instance {
    pub(super) checked: Checked,
    pub(super) pointer: *mut c_void,
    pub(super) name: Arc<str>,
    /// The same, as its secrets carry it.
    by: ProviderName,
    /// What the provider was created from; it may look there until it is destroyed.
    creation: Option<Box<Creation>>,
    /// `None` for a provider that is thread-safe.
    turn: Option<Turn>,
    /// Set when it panicked or did not come back: it is not called again, and never destroyed.
    pub(super) poisoned: AtomicBool,
    /// Calls that may still be inside.
    pub(super) left: Left,
}

// SAFETY: a provider may be called from any thread, one at a time; `turn` sees to the latter
// unless the provider is marked thread-safe.
unsafe impl Send for Instance {}
// SAFETY: as above.
unsafe impl Sync for Instance {}

impl Instance {
    /// # Safety
    /// The functions in the table are what the header says, for the life of the process.
    pub(super) unsafe fn create(
        checked: Checked,
        name: &str,
        settings: Settings,
    ) -> Result<Self, Error> {
        let name: Arc<str> = name.into();
        let creation = Creation::new(Arc::clone(&name), settings);
        let mut pointer = ptr::null_mut();
        let mut reply = HostReply::new();
        let Some(create) = checked.table.create else { return Err(missing()) };
        // SAFETY: the caller promises the function; what it is created from lives until destroy.
        let status = unsafe { create(creation.raw(), &raw mut pointer, reply.raw()) };
        if !reply.outcome(status)? {
            return Err(Error::new(
                Kind::Internal,
                "create answered \"absent\"",
                "the provider breaks the provider ABI; report it to its author",
            ));
        }
        let safe =
            Capabilities::from_bits(checked.table.capabilities).has(Capabilities::THREAD_SAFE);
        let turn = (!safe).then(Turn::new);
        let poisoned = AtomicBool::new(false);
        let (by, creation, left) = (ProviderName::from(&name), Some(creation), Left::none());
        Ok(Self { checked, pointer, name, by, creation, turn, poisoned, left })
    }

    #[inline]
    pub(super) fn usable(&self) -> Result<(), Error> {
        if !self.poisoned.load(Ordering::Relaxed) {
            if !self.left.is_overdue() {
                return Ok(());
            }
            self.poisoned.store(true, Ordering::Relaxed);
        }
        Err(given_up())
    }

    /// Waits for a turn, if this provider takes one caller at a time.
    #[inline(always)]
    pub(super) fn enter(&self, deadline: &Deadline) -> Result<Entered<'_>, Error> {
        self.usable()?;
        let turn = match &self.turn {
            None => None,
            Some(turn) => Some(self.take(turn, deadline)?),
        };
        Ok(Entered { instance: self, _turn: turn })
    }

    #[cold]
    fn take<'a>(&self, turn: &'a Turn, deadline: &Deadline) -> Result<Taken<'a>, Error> {
        let taken = turn.take(deadline)?;
        self.usable()?; // the one before may have panicked
        Ok(taken)
    }

    /// Keeps an instance that panicked from being called again.
    #[inline]
    fn mark<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &outcome
            && error.kind() == Kind::Panicked
        {
            self.poisoned.store(true, Ordering::Relaxed);
        }
        outcome
    }
}

/// The right to call into an instance, until it is dropped.
pub(super) struct Entered<'a> {
    instance: &'a Instance,
    _turn: Option<Taken<'a>>,
}

impl Deref for Entered<'_> {
    type Target = Instance;
    fn deref(&self) -> &Instance {
        self.instance
    }
}

impl Entered<'_> {
    #[inline(always)]
    pub(super) fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        let mut scratch = Scratch::new();
        let mut reply = HostReply::with(&mut scratch);
        let status = self.ask(name, deadline, &mut reply)?;
        match reply.usual(status) {
            Some(found) => {
                let secret = found.map(|text| Secret::copy_of(&self.by, text));
                std::mem::forget(reply);
                Ok(secret)
            }
            None => self.mark(reply.other(status, &self.by)),
        }
    }

    /// The same for a caller that wants the text in a place of its own.
    #[inline(always)]
    pub(super) fn get_into(
        &self,
        name: &str,
        deadline: &Deadline,
        to: &mut [MaybeUninit<u8>],
    ) -> Result<Option<usize>, Error> {
        let mut scratch = Scratch::new();
        let mut reply = HostReply::with(&mut scratch);
        let status = self.ask(name, deadline, &mut reply)?;
        match reply.usual(status) {
            Some(found) => {
                let length = found.map(|text| copy(text, to));
                std::mem::forget(reply);
                Ok(length)
            }
            None => {
                let answer = self.mark(reply.other(status, &self.by))?;
                Ok(answer.map(|secret| copy(secret.expose_text(), to)))
            }
        }
    }

    #[inline(always)]
    fn ask(
        &self,
        name: &str,
        deadline: &Deadline,
        reply: &mut HostReply<'_>,
    ) -> Result<i32, Error> {
        let Some(function) = self.checked.table.get else { return Err(missing()) };
        let request = request(deadline);
        let name = Slice::of(name.as_bytes());
        // SAFETY: the table's promise; every argument lives until the call returns.
        Ok(unsafe { function(self.pointer, &raw const request, name, reply.raw()) })
    }

    pub(super) fn get_many(
        &self,
        names: &[&str],
        deadline: &Deadline,
    ) -> Result<Vec<Answer>, Error> {
        let Some(function) = self.checked.table.get_many else { return Err(missing()) };
        let request = request(deadline);
        let slices: Vec<Slice> = names.iter().map(|name| Slice::of(name.as_bytes())).collect();
        let mut replies: Vec<HostReply<'_>> = names.iter().map(|_| HostReply::new()).collect();
        let raw: Vec<*mut Reply> = replies.iter_mut().map(HostReply::raw).collect();
        // Statuses that do not exist: one that the provider forgets to set is a fault of its own.
        let mut statuses = vec![-1; names.len()];
        // SAFETY: the table's promise; the arrays have as many entries as there are names, and
        // nothing in them moves until the call returns.
        let status = unsafe {
            function(
                self.pointer,
                &raw const request,
                slices.as_ptr(),
                names.len(),
                raw.as_ptr(),
                statuses.as_mut_ptr(),
            )
        };
        if status != Status::Ok as i32 {
            // A failure of the whole call: its reason stands in the first reply.
            let told = replies.first_mut().map_or(Ok(()), |reply| reply.done(status));
            self.mark(told)?;
            return Err(missing());
        }
        let answers = replies.iter_mut().zip(statuses);
        Ok(answers.map(|(reply, status)| self.mark(reply.other(status, &self.by))).collect())
    }

    pub(super) fn set(&self, name: &str, value: &Secret, deadline: &Deadline) -> Result<(), Error> {
        let Some(function) = self.checked.table.set else { return Err(missing()) };
        let request = request(deadline);
        let (form, json) = match value.form() {
            Form::Json => (FORM_JSON, Slice::EMPTY),
            Form::Text => (FORM_TEXT, Slice::EMPTY),
            Form::Verbatim | Form::Cast(_) => {
                (FORM_TEXT_WITH_JSON, Slice::of(value.expose_json()?.as_bytes()))
            }
            Form::TextWithJson(json) => (FORM_TEXT_WITH_JSON, Slice::of(json.expose())),
        };
        let value = Value {
            struct_size: size_of::<Value>(),
            form,
            text: Slice::of(value.expose_text()),
            json,
        };
        let mut reply = HostReply::new();
        // SAFETY: the table's promise; every argument lives until the call returns.
        let status = unsafe {
            function(
                self.pointer,
                &raw const request,
                Slice::of(name.as_bytes()),
                &raw const value,
                reply.raw(),
            )
        };
        self.mark(reply.done(status))
    }

    pub(super) fn delete(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        let Some(function) = self.checked.table.delete else { return Err(missing()) };
        let request = request(deadline);
        let mut reply = HostReply::new();
        // SAFETY: the table's promise; every argument lives until the call returns.
        let status = unsafe {
            function(self.pointer, &raw const request, Slice::of(name.as_bytes()), reply.raw())
        };
        self.mark(reply.outcome(status))
    }

    pub(super) fn list(&self, deadline: &Deadline) -> Result<Vec<String>, Error> {
        let Some(function) = self.checked.table.list else { return Err(missing()) };
        let request = request(deadline);
        let mut names: Vec<String> = Vec::new();
        let mut listing = Listing {
            struct_size: size_of::<Listing>(),
            reserved: 0,
            host: ptr::from_mut(&mut names).cast::<c_void>(),
            add: Some(add),
        };
        let mut reply = HostReply::new();
        // SAFETY: the table's promise; every argument lives until the call returns.
        let status =
            unsafe { function(self.pointer, &raw const request, &raw mut listing, reply.raw()) };
        self.mark(reply.done(status))?;
        Ok(names)
    }

    pub(super) fn refresh(&self, deadline: &Deadline) -> Result<(), Error> {
        let Some(function) = self.checked.table.refresh else { return Err(missing()) };
        let request = request(deadline);
        let mut reply = HostReply::new();
        // SAFETY: the table's promise; every argument lives until the call returns.
        let status = unsafe { function(self.pointer, &raw const request, reply.raw()) };
        self.mark(reply.done(status))
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if *self.poisoned.get_mut() {
            // Leaked with what it was created from: it may still be using both.
            std::mem::forget(self.creation.take());
            return;
        }
        if let Some(destroy) = self.checked.table.destroy {
            // SAFETY: the table's promise; this was the last holder of the instance.
            unsafe { destroy(self.pointer) }
        }
    }
}

#[cold]
fn given_up() -> Error {
    Error::new(
        Kind::Panicked,
        "this provider panicked or did not come back from an earlier call",
        "open the chain again, and report it to the provider's author",
    )
}

/// The slots were checked when the table was copied.
#[cold]
fn missing() -> Error {
    Error::new(Kind::Internal, "a slot of the table went missing", "report it")
}

unsafe extern "C" fn add(listing: *mut Listing, name: Slice) -> i32 {
    // SAFETY: a provider passes the listing that it was given, during its call.
    let names =
        unsafe { listing.as_ref().and_then(|listing| listing.host.cast::<Vec<String>>().as_mut()) };
    // SAFETY: the provider promises that the name is readable during the call.
    match (names, unsafe { name.text() }) {
        (Some(names), Some(name)) if !name.contains('\0') => {
            names.push(name.to_owned());
            Status::Ok as i32
        }
        _ => Status::Invalid as i32,
    }
}
