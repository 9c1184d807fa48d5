//! `exists NAME`.

use prefect_secrets_core::Error;

use crate::arguments::Exists;
use crate::exit::Exit;

pub(crate) fn run(exists: &Exists) -> Result<Exit, Error> {
    let (chain, deadline) = exists.asked.within.open()?;
    let exists = chain.exists(&exists.asked.name, &deadline)?;
    Ok(if exists { Exit::Found } else { Exit::NotFound })
}
