//! `delete NAME`.

use std::io::Write;

use prefect_secrets_core::Error;

use crate::arguments::Delete;
use crate::config_file::ConfigFile;
use crate::exit::Exit;
use crate::within::waiting;

pub(crate) fn run(delete: &Delete) -> Result<Exit, Error> {
    let (chain, deadline) = delete.asked.within.open()?;
    let name = &delete.asked.name;
    let from = delete.from.as_deref();
    let deleted = match ConfigFile::behind(&chain, from) {
        Some(file) => file.and_then(|file| file.delete(name, &deadline)),
        None => waiting(&chain, "deleting", name, || chain.delete(from, name, &deadline)),
    };
    if deleted.map_err(|error| error.about(name))? {
        return Ok(Exit::Found);
    }
    let _ = writeln!(std::io::stderr(), "prefect-secrets: no secret {name:?} there to delete");
    Ok(Exit::NotFound)
}
