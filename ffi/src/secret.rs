//! `prefect_secrets_secret`.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ptr;
use std::time::UNIX_EPOCH;

use prefect_secrets_core::abi::{Slice, Status};
use prefect_secrets_core::{Error, Secret};

use crate::argument::{Argument, Out, Output, present};
use crate::boundary::Returned;

/// A secret that C goes on holding.
pub(crate) struct Held(ManuallyDrop<Secret>);

impl Argument for Held {
    type C = *const c_void;
    const SPELLING: &'static str = "const prefect_secrets_secret *";

    #[inline]
    unsafe fn take(c: *const c_void, parameter: &'static str) -> Result<Self, Error> {
        // SAFETY: not null, so it is a holder that was given out and not released yet; it is kept
        // from being dropped here.
        Ok(Self(ManuallyDrop::new(unsafe { Secret::from_raw(present(c, parameter)?) })))
    }
}

/// A secret that gets one more holder.
pub(crate) struct Retained(Secret);

impl Argument for Retained {
    type C = *mut c_void;
    const SPELLING: &'static str = "prefect_secrets_secret *";

    unsafe fn take(c: *mut c_void, parameter: &'static str) -> Result<Self, Error> {
        // SAFETY: passed on.
        let held = unsafe { Held::take(c, parameter) }?;
        Ok(Self(Secret::clone(&held.0)))
    }
}

impl Returned for Secret {
    type C = *mut c_void;
    const SPELLING: &'static str = "prefect_secrets_secret *";
    const FALLBACK: *mut c_void = ptr::null_mut();

    fn give(self) -> *mut c_void {
        self.into_raw().cast_mut()
    }
}

/// A holder that is given back.
impl Argument for Option<Secret> {
    type C = *mut c_void;
    const SPELLING: &'static str = "prefect_secrets_secret *";

    #[inline]
    unsafe fn take(c: *mut c_void, _: &'static str) -> Result<Self, Error> {
        // SAFETY: a holder that was given out comes back once, after its last use.
        Ok((!c.is_null()).then(|| unsafe { Secret::from_raw(c) }))
    }
}

impl Output for Secret {
    type C = *mut c_void;
    const POINTER: &'static str = "prefect_secrets_secret **";

    #[inline]
    fn give(self) -> *mut c_void {
        self.into_raw().cast_mut()
    }
}

export! {
    plain fn prefect_secrets_secret_text(secret: Held) -> Slice {
        Slice::of(secret.0.expose_text())
    }

    fallible fn prefect_secrets_secret_json(secret: Held, json: Out<'_, Slice>) {
        json.write(Slice::of(secret.0.expose_json()?.as_bytes()));
        Ok(Status::Ok)
    }

    plain fn prefect_secrets_secret_provider(secret: Held) -> Slice {
        Slice::of(secret.0.provider().as_bytes())
    }

    plain fn prefect_secrets_secret_expires_at(secret: Held) -> i64 {
        let since_1970 = secret.0.expires_at().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        since_1970.and_then(|since| since.as_secs().try_into().ok()).unwrap_or(0)
    }

    plain fn prefect_secrets_secret_revision(secret: Held) -> Slice {
        Slice::of(secret.0.revision().unwrap_or_default().as_bytes())
    }

    plain fn prefect_secrets_secret_retain(secret: Retained) -> Secret {
        secret.0
    }

    plain fn prefect_secrets_secret_release(secret: Option<Secret>) {
        drop(secret)
    }
}
