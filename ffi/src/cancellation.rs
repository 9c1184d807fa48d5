//! `prefect_secrets_cancellation`.

use prefect_secrets_core::Cancellation;
use prefect_secrets_core::abi::Status;

use crate::argument::{Out, boxed};

boxed!(Cancellation, "prefect_secrets_cancellation");

export! {
    fallible fn prefect_secrets_cancellation_new(cancellation: Out<'_, Box<Cancellation>>) {
        cancellation.write(Box::new(Cancellation::new()));
        Ok(Status::Ok)
    }

    plain fn prefect_secrets_cancellation_cancel(cancellation: &Cancellation) {
        cancellation.cancel()
    }

    plain fn prefect_secrets_cancellation_free(cancellation: Option<Box<Cancellation>>) {
        drop(cancellation)
    }
}
