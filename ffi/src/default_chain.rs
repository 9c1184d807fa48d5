//! The default chain: one for the whole process, opened at its first use.
//!
//! There is no lock in it: a child forked while another thread is opening must not wait for that
//! thread. Two threads that come first both open one, and one of the two is closed again.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use prefect_secrets_core::abi::Status;
use prefect_secrets_core::{Chain, Deadline, Error, Secret};
use prefect_secrets_providers::Opener;

use crate::argument::Out;

static DEFAULT: ArcSwapOption<Chain> = ArcSwapOption::const_empty();

#[cold]
fn open() -> Result<Arc<Chain>, Error> {
    #[cfg(not(test))]
    prefect_secrets_core::abi::silence_panics();
    let opened = Arc::new(Opener::new().open()?);
    let before = DEFAULT.compare_and_swap(&None::<Arc<Chain>>, Some(Arc::clone(&opened)));
    Ok(before.as_ref().map_or(opened, Arc::clone))
}

export! {
    fallible fn prefect_secrets_get(name: &str, secret: Out<'_, Secret>) {
        let deadline = Deadline::default();
        let found = match &*DEFAULT.load() {
            Some(chain) => chain.get(name, &deadline)?,
            None => open()?.get(name, &deadline)?,
        };
        let Some(found) = found else { return Ok(Status::Absent) };
        secret.write(found);
        Ok(Status::Ok)
    }

    fallible fn prefect_secrets_chain_default(chain: Out<'_, Arc<Chain>>) {
        let default = match DEFAULT.load_full() {
            Some(default) => default,
            None => open()?,
        };
        chain.write(default);
        Ok(Status::Ok)
    }

    plain fn prefect_secrets_chain_close_default() {
        drop(DEFAULT.swap(None))
    }
}
