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
    let is_deleted = match ConfigFile::behind(&chain, from) {
        Some(file) => {
            let file = file.map_err(|error| error.about(name))?;
            let is_deleted = file.delete(name, &deadline)?;
            let others = if is_deleted { file.others(&chain, name, &deadline) } else { Vec::new() };
            for who in others {
                let _ =
                    writeln!(std::io::stderr(), "prefect-secrets: {name:?} is deleted, but {who}");
            }
            is_deleted
        }
        None => waiting(&chain, "deleting", name, || chain.delete(from, name, &deadline))
            .map_err(|error| ConfigFile::advised(error, &chain, from, "--from toml").about(name))?,
    };
    if is_deleted {
        return Ok(Exit::Found);
    }
    let _ = writeln!(std::io::stderr(), "prefect-secrets: no secret {name:?} there to delete");
    Ok(Exit::NotFound)
}
