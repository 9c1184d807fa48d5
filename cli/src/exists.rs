//! `exists NAME`.

use prefect_secrets_core::Error;

use crate::arguments::Exists;
use crate::exit::Exit;
use crate::within::waiting;

pub(crate) fn run(exists: &Exists) -> Result<Exit, Error> {
    let (chain, deadline) = exists.asked.within.open()?;
    let name = &exists.asked.name;
    let exists = match chain.get_now(name) {
        Some(Ok(answer)) => answer.is_some(),
        // A secret may exist, or not, whose value cannot be had.
        _ => waiting(&chain, "asking for", name, || chain.exists(name, &deadline))?,
    };
    Ok(if exists { Exit::Found } else { Exit::NotFound })
}
