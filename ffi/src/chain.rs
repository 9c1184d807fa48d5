//! `prefect_secrets_chain`.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;

use prefect_secrets_core::abi::{Slice, Status, caught};
use prefect_secrets_core::{Answer, Chain, Deadline, Error, Rest, Secret, Take, copy};

use crate::argument::{Argument, Asked, Out, Output, bytes, present, text};
use crate::boundary::panicked;
use crate::call::Said;
use crate::entries::{Entries, Places};
use crate::error::Failure;
use crate::explanation::Explained;
use crate::names::Names;
use crate::options::Opening;
use crate::value::ToSet;

/// A chain that C goes on holding.
#[derive(Clone, Copy)]
pub(crate) struct Handle<'a>(&'a Chain);

impl Argument for Handle<'_> {
    type C = *const Chain;
    const SPELLING: &'static str = "const prefect_secrets_chain *";

    #[inline]
    unsafe fn take(c: *const Chain, parameter: &'static str) -> Result<Self, Error> {
        // SAFETY: not null, so it is a handle that was given out and not closed yet.
        Ok(Self(unsafe { &*present(c, parameter)? }))
    }
}

impl<'a> Handle<'a> {
    /// One more holder, for what may outlive the call.
    pub(crate) fn shared(self) -> Arc<Chain> {
        // SAFETY: every handle comes from `Arc::into_raw`, and has not been given back.
        unsafe { Arc::increment_strong_count(self.0) };
        // SAFETY: as above; the count that was just added is this one's.
        unsafe { Arc::from_raw(self.0) }
    }

    /// Does `work`, apart from the caller if that may leave early.
    fn does<T: Send + 'static>(
        self,
        call: &Deadline,
        work: impl FnOnce(&Chain, &Deadline) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.shared().cancellable(call, work)
    }

    /// The answer, if it is in memory.
    pub(crate) fn get_now(self, name: &str) -> Option<Answer> {
        self.0.get_now(name)
    }

    /// Takes the secret if it is in memory and nothing can have ended the call. What is left to ask,
    /// else.
    #[inline]
    fn memory(self, name: Asked<'_>, call: Said<'_>, take: &mut Take<'_>) -> Option<Left<'a>> {
        if !call.has_just_begun() {
            return Some(Left::All);
        }
        self.0.in_memory(name.0, take).map(Left::Rest)
    }

    #[inline(never)]
    fn ask(self, name: Asked<'_>, call: Said<'_>, left: Left<'_>) -> Answer {
        let (name, call) = (name.text()?, call.deadline()?);
        match left {
            Left::Rest(rest) if !call.is_running() => rest.get(name, &call),
            _ if call.cancellation().is_none() => self.0.get(name, &call),
            _ => self.shared().get_cancellable(name, &call),
        }
    }

    /// As [`ask`](Self::ask), for the text: how long it is, and `to` holds it, if it fits there.
    #[inline]
    fn ask_into(
        self,
        name: Asked<'_>,
        call: Said<'_>,
        left: Left<'_>,
        to: &mut [MaybeUninit<u8>],
    ) -> Result<Option<usize>, Error> {
        match left {
            Left::Rest(rest) if call.is_nothing() => ask_into(rest, name, to),
            left => self.ask_into_as_said(name, call, left, to),
        }
    }

    #[cold]
    fn ask_into_as_said(
        self,
        name: Asked<'_>,
        call: Said<'_>,
        left: Left<'_>,
        to: &mut [MaybeUninit<u8>],
    ) -> Result<Option<usize>, Error> {
        let deadline = call.deadline()?;
        if let (Left::Rest(rest), false) = (&left, deadline.is_running()) {
            return rest.get_into(name.text()?, &deadline, to);
        }
        Ok(self.ask(name, call, left)?.map(|secret| copy(secret.expose_text(), to)))
    }
}

/// For a call of which nothing was said.
#[inline(never)]
fn ask_into(
    rest: Rest<'_>,
    name: Asked<'_>,
    to: &mut [MaybeUninit<u8>],
) -> Result<Option<usize>, Error> {
    rest.get_into(name.text()?, &Deadline::default(), to)
}

/// What a get has not asked yet.
enum Left<'a> {
    Rest(Rest<'a>),
    All,
}

/// A handle that is given back.
impl Argument for Option<Arc<Chain>> {
    type C = *mut Chain;
    const SPELLING: &'static str = "prefect_secrets_chain *";

    unsafe fn take(c: *mut Chain, _: &'static str) -> Result<Self, Error> {
        // SAFETY: a handle that was given out comes back once, after its last use.
        Ok((!c.is_null()).then(|| unsafe { Arc::from_raw(c) }))
    }
}

impl Output for Arc<Chain> {
    type C = *mut Chain;
    const POINTER: &'static str = "prefect_secrets_chain **";

    fn give(self) -> *mut Chain {
        Self::into_raw(self).cast_mut()
    }
}

/// `prefect_secrets_result`, as the header declares it.
#[repr(C)]
pub(crate) struct Outcome {
    pub(crate) status: i32,
    pub(crate) reserved: u32,
    pub(crate) secret: *mut c_void,
    pub(crate) error: *mut Failure,
}

impl Outcome {
    pub(crate) fn of(answer: Answer) -> Self {
        let (status, secret, error) = match answer {
            Ok(Some(secret)) => (Status::Ok, Output::give(secret), ptr::null_mut()),
            Ok(None) => (Status::Absent, ptr::null_mut(), ptr::null_mut()),
            Err(error) => {
                let failure = Failure::of(&error);
                (failure.status(), ptr::null_mut(), Box::into_raw(failure))
            }
        };
        Self { status: status as i32, reserved: 0, secret, error }
    }
}

/// Releases secrets that the caller is not told of.
///
/// # Safety
/// All of `results` were written, and nobody has seen them.
#[cold]
unsafe fn take_back(results: &mut [MaybeUninit<Outcome>]) {
    for result in results {
        // SAFETY: promised by the caller.
        let Outcome { secret, .. } = unsafe { result.assume_init_read() };
        if !secret.is_null() {
            // SAFETY: a holder that was given out here.
            drop(unsafe { Secret::from_raw(secret) });
        }
        result.write(Outcome::of(Ok(None)));
    }
}

/// A yes or no as a status.
fn whether(there: bool) -> Status {
    if there { Status::Ok } else { Status::Absent }
}

/// The provider that the caller names; the empty name leaves it to the chain.
fn named(provider: &str) -> Option<&str> {
    (!provider.is_empty()).then_some(provider)
}

export! {
    fallible fn prefect_secrets_chain_open(options: Opening, chain: Out<'_, Arc<Chain>>) {
        #[cfg(not(test))]
        prefect_secrets_core::abi::silence_panics();
        // SAFETY: the call has not returned, and the caller promises the tables.
        let opener = unsafe { options.opener() }?;
        chain.write(Arc::new(opener.open()?));
        Ok(Status::Ok)
    }

    plain fn prefect_secrets_chain_close(chain: Option<Arc<Chain>>) {
        drop(chain)
    }

    fallible fn prefect_secrets_chain_get(
        chain: Handle<'_>,
        name: Asked<'_>,
        call: Said<'_>,
        secret: Out<'_, Secret>,
    ) {
        let mut take = Take::Shared(None);
        let found = match chain.memory(name, call, &mut take) {
            None => take.shared(),
            Some(left) => chain.ask(name, call, left)?,
        };
        let Some(found) = found else { return Ok(Status::Absent) };
        secret.write(found);
        Ok(Status::Ok)
    }

    fallible fn prefect_secrets_chain_get_into(
        chain: Handle<'_>,
        name: Asked<'_>,
        call: Said<'_>,
        buffer: Places<'_, u8>,
        capacity: usize,
        length: Out<'_, usize>,
    ) {
        let buffer = buffer.of(capacity)?;
        let mut take = Take::Copied { to: &mut *buffer, length: None };
        let found = match (chain.memory(name, call, &mut take), take) {
            (None, Take::Copied { length, .. }) => length,
            (None, Take::Shared(_)) => None,
            (Some(left), _) => chain.ask_into(name, call, left, buffer)?,
        };
        let Some(found) = found else { return Ok(Status::Absent) };
        length.write(found);
        Ok(if found < capacity { Status::Ok } else { Status::BufferTooSmall })
    }

    fallible fn prefect_secrets_chain_get_many(
        chain: Handle<'_>,
        names: Entries<'_, Slice>,
        count: usize,
        call: Said<'_>,
        results: Places<'_, Outcome>,
    ) {
        let (names, results) = (names.of(count)?, results.of(count)?);
        // SAFETY: the caller promises the names during the call.
        let name = |&name: &Slice| unsafe { text(name, "names[]") };
        // All of them first: who is told that one is none has been given nothing.
        names.iter().try_for_each(|slice| name(slice).map(drop))?;
        let deadline = call.deadline()?;
        let mut open = Vec::new();
        for (i, (slice, result)) in names.iter().zip(results.iter_mut()).enumerate() {
            let mut take = Take::Shared(None);
            // SAFETY: as above.
            let asked = Asked(unsafe { bytes(*slice, "names[]") }?);
            if chain.memory(asked, call, &mut take).is_some() {
                open.push((i, name(slice)?));
            }
            result.write(Outcome::of(Ok(take.shared())));
        }
        if open.is_empty() {
            return Ok(Status::Ok);
        }
        let names: Vec<&str> = open.iter().map(|(_, name)| *name).collect();
        let given = caught(|| match deadline.cancellation() {
            None => chain.0.get_many(&names, &deadline),
            Some(_) => chain.shared().get_many_cancellable(&names, &deadline),
        });
        let Some(given) = given else {
            // SAFETY: all of them were written.
            unsafe { take_back(results) };
            return Err(panicked());
        };
        for ((i, _), answer) in open.into_iter().zip(given) {
            results[i].write(Outcome::of(answer));
        }
        Ok(Status::Ok)
    }

    fallible fn prefect_secrets_chain_exists(chain: Handle<'_>, name: Asked<'_>, call: Said<'_>) {
        let mut nowhere = Take::Copied { to: &mut [], length: None };
        if chain.memory(name, call, &mut nowhere).is_none() {
            return Ok(Status::Ok);
        }
        let (name, call) = (name.text()?.to_owned(), call.deadline()?);
        Ok(whether(chain.does(&call, move |chain, call| chain.exists(&name, call))?))
    }

    fallible fn prefect_secrets_chain_set(
        chain: Handle<'_>,
        provider: &str,
        name: &str,
        value: ToSet,
        call: Deadline,
    ) {
        let (provider, name) = (provider.to_owned(), name.to_owned());
        chain.does(&call, move |chain, call| chain.set(named(&provider), &name, &value.0, call))?;
        Ok(Status::Ok)
    }

    fallible fn prefect_secrets_chain_delete(
        chain: Handle<'_>,
        provider: &str,
        name: &str,
        call: Deadline,
    ) {
        let (provider, name) = (provider.to_owned(), name.to_owned());
        let deleted =
            chain.does(&call, move |chain, call| chain.delete(named(&provider), &name, call))?;
        Ok(whether(deleted))
    }

    fallible fn prefect_secrets_chain_list(
        chain: Handle<'_>,
        call: Deadline,
        names: Out<'_, Box<Names>>,
    ) {
        names.write(Names::of(&chain.does(&call, Chain::list)?));
        Ok(Status::Ok)
    }

    fallible fn prefect_secrets_chain_refresh(chain: Handle<'_>, call: Deadline) {
        chain.does(&call, Chain::refresh)?;
        Ok(Status::Ok)
    }

    fallible fn prefect_secrets_chain_explain(
        chain: Handle<'_>,
        name: &str,
        call: Deadline,
        explanation: Out<'_, Box<Explained>>,
    ) {
        let name = name.to_owned();
        let explained = chain.does(&call, move |chain, call| chain.explain(&name, call))?;
        explanation.write(Explained::of(&explained));
        Ok(Status::Ok)
    }

    fallible fn prefect_secrets_chain_load_trace(
        chain: Handle<'_>,
        provider: &str,
        trace: Out<'_, Slice>,
    ) {
        let Some(text) = chain.0.load_trace(provider) else { return Ok(Status::Absent) };
        trace.write(Slice::of(text.as_bytes()));
        Ok(Status::Ok)
    }
}
