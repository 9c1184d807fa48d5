//! `prefect_secrets_error`.

use prefect_secrets_core::Error;
use prefect_secrets_core::abi::{Slice, Status};

use crate::argument::boxed;
use crate::text::Text;

/// A failure whose texts C can borrow.
pub(crate) struct Failure {
    status: Status,
    message: Text,
    provider: Text,
    name: Text,
    what: Text,
    next_step: Text,
}

impl Failure {
    pub(crate) fn of(error: &Error) -> Box<Self> {
        Box::new(Self {
            status: Status::from(error.kind()),
            message: Text::of(&error.to_string()),
            provider: Text::of(error.provider().unwrap_or_default()),
            name: Text::of(error.name().unwrap_or_default()),
            what: Text::of(error.what()),
            next_step: Text::of(error.next_step()),
        })
    }

    pub(crate) fn status(&self) -> Status {
        self.status
    }
}

boxed!(Failure, "prefect_secrets_error");

export! {
    plain fn prefect_secrets_error_status(error: &Failure) -> Status {
        error.status()
    }

    plain fn prefect_secrets_error_message(error: &Failure) -> Slice {
        error.message.slice()
    }

    plain fn prefect_secrets_error_provider(error: &Failure) -> Slice {
        error.provider.slice()
    }

    plain fn prefect_secrets_error_name(error: &Failure) -> Slice {
        error.name.slice()
    }

    plain fn prefect_secrets_error_what(error: &Failure) -> Slice {
        error.what.slice()
    }

    plain fn prefect_secrets_error_next_step(error: &Failure) -> Slice {
        error.next_step.slice()
    }

    plain fn prefect_secrets_error_free(error: Option<Box<Failure>>) {
        drop(error)
    }
}
