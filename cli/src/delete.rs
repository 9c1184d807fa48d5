//! `delete NAME`.

use std::io::Write;

use prefect_secrets_core::Error;

use crate::arguments::Delete;
use crate::exit::Exit;
use crate::within::waiting;

pub(crate) fn run(delete: &Delete) -> Result<Exit, Error> {
    let (chain, deadline) = delete.asked.within.open()?;
    let name = &delete.asked.name;
    let from = delete.from.as_deref();
    if waiting(&chain, "deleting", name, || chain.delete(from, name, &deadline))? {
        return Ok(Exit::Found);
    }
    let _ = writeln!(std::io::stderr(), "prefect-secrets: no secret {name:?} there to delete");
    Ok(Exit::NotFound)
}
