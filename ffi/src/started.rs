//! Gets that go on while the program does something else.

use std::ffi::c_void;

use prefect_secrets_core::abi::Status;
use prefect_secrets_core::{Answer, Deadline, Error};

use crate::argument::Argument;
use crate::chain::{Handle, Outcome};
use crate::error::Failure;

/// `prefect_secrets_done_fn`, as the header declares it.
pub(crate) type Callback = unsafe extern "C" fn(*mut c_void, i32, *mut c_void, *mut Failure);

/// Who takes an outcome.
pub(crate) struct Done(Callback);

impl Argument for Done {
    type C = Option<Callback>;
    const SPELLING: &'static str = "prefect_secrets_done_fn *";

    unsafe fn take(c: Option<Callback>, parameter: &'static str) -> Result<Self, Error> {
        c.map(Self).ok_or_else(|| {
            Error::invalid(
                format!("the argument `{parameter}` is NULL"),
                "pass the function that takes the outcome",
            )
        })
    }
}

/// The caller's own pointer, which comes back with the outcome and is never looked at.
#[derive(Clone, Copy)]
pub(crate) struct UserData(pub(crate) *mut c_void);

// SAFETY: it is handed back and nothing else; the header says that this may be on another thread.
unsafe impl Send for UserData {}

impl Done {
    fn tell(self, user_data: UserData, answer: Answer) {
        let Outcome { status, secret, error, .. } = Outcome::of(answer);
        // SAFETY: the caller promises a function that takes this, on any thread.
        unsafe { (self.0)(user_data.0, status, secret, error) }
    }
}

export! {
    fallible fn prefect_secrets_chain_start_get(
        chain: Handle<'_>,
        name: &str,
        call: Deadline,
        done: Done,
        user_data: *mut c_void,
    ) {
        let user_data = UserData(user_data);
        let done = move |answer| done.tell(user_data, answer);
        chain.shared().start_get(name, &call, Box::new(done))?;
        Ok(Status::Ok)
    }
}
