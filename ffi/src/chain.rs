//! `prefect_secrets_chain`.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;

use prefect_secrets_core::abi::{Slice, Status};
use prefect_secrets_core::{Answer, Chain, Deadline, Error, Secret};

use crate::argument::{Argument, Out, Output, present, text};
use crate::entries::{Entries, Places};
use crate::error::Failure;
use crate::explanation::Explained;
use crate::names::Names;
use crate::options::Opening;
use crate::value::ToSet;

impl Argument for &Chain {
    type C = *const Chain;
    const SPELLING: &'static str = "const prefect_secrets_chain *";

    #[inline]
    unsafe fn take(c: *const Chain, parameter: &'static str) -> Result<Self, Error> {
        // SAFETY: not null, so it is a handle that was given out and not closed yet.
        Ok(unsafe { &*present(c, parameter)? })
    }
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
    fn of(answer: Answer) -> Self {
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

/// Copies `secret` and a NUL into `buffer`, if they fit, and says how long the secret is.
fn copy(secret: &Secret, buffer: &mut [MaybeUninit<u8>], length: Out<'_, usize>) -> Status {
    let text = secret.expose_text();
    let status = match buffer.get_mut(..=text.len()) {
        Some(place) => {
            let (body, nul) = place.split_at_mut(text.len());
            body.write_copy_of_slice(text);
            nul[0].write(0);
            Status::Ok
        }
        None => Status::BufferTooSmall,
    };
    length.write(text.len());
    status
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
        chain: &Chain,
        name: &str,
        call: Deadline,
        secret: Out<'_, Secret>,
    ) {
        let Some(found) = chain.get(name, &call)? else { return Ok(Status::Absent) };
        secret.write(found);
        Ok(Status::Ok)
    }

    fallible fn prefect_secrets_chain_get_into(
        chain: &Chain,
        name: &str,
        call: Deadline,
        buffer: Places<'_, u8>,
        capacity: usize,
        length: Out<'_, usize>,
    ) {
        let buffer = buffer.of(capacity)?;
        let mut place = Some((buffer, length));
        let mut status = Status::Absent;
        chain.get_with(name, &call, &mut |found| {
            if let Some((buffer, length)) = place.take() {
                status = copy(found, buffer, length);
            }
        })?;
        Ok(status)
    }

    fallible fn prefect_secrets_chain_get_many(
        chain: &Chain,
        names: Entries<'_, Slice>,
        count: usize,
        call: Deadline,
        results: Places<'_, Outcome>,
    ) {
        let results = results.of(count)?;
        // SAFETY: the caller promises the names during the call.
        let name = |&name: &Slice| unsafe { text(name, "names[]") };
        let names = names.of(count)?.iter().map(name).collect::<Result<Vec<_>, _>>()?;
        for (result, answer) in results.iter_mut().zip(chain.get_many(&names, &call)) {
            result.write(Outcome::of(answer));
        }
        Ok(Status::Ok)
    }

    fallible fn prefect_secrets_chain_exists(chain: &Chain, name: &str, call: Deadline) {
        Ok(whether(chain.exists(name, &call)?))
    }

    fallible fn prefect_secrets_chain_set(
        chain: &Chain,
        provider: &str,
        name: &str,
        value: ToSet,
        call: Deadline,
    ) {
        chain.set(named(provider), name, &value.0, &call)?;
        Ok(Status::Ok)
    }

    fallible fn prefect_secrets_chain_delete(
        chain: &Chain,
        provider: &str,
        name: &str,
        call: Deadline,
    ) {
        Ok(whether(chain.delete(named(provider), name, &call)?))
    }

    fallible fn prefect_secrets_chain_list(
        chain: &Chain,
        call: Deadline,
        names: Out<'_, Box<Names>>,
    ) {
        names.write(Names::of(&chain.list(&call)?));
        Ok(Status::Ok)
    }

    fallible fn prefect_secrets_chain_refresh(chain: &Chain, call: Deadline) {
        chain.refresh(&call)?;
        Ok(Status::Ok)
    }

    fallible fn prefect_secrets_chain_explain(
        chain: &Chain,
        name: &str,
        call: Deadline,
        explanation: Out<'_, Box<Explained>>,
    ) {
        explanation.write(Explained::of(&chain.explain(name, &call)?));
        Ok(Status::Ok)
    }

    fallible fn prefect_secrets_chain_load_trace(
        chain: &Chain,
        provider: &str,
        trace: Out<'_, Slice>,
    ) {
        let Some(text) = chain.load_trace(provider) else { return Ok(Status::Absent) };
        trace.write(Slice::of(text.as_bytes()));
        Ok(Status::Ok)
    }
}
