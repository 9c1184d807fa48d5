//! Fetching all that is wanted, or saying why not.

use prefect_secrets_core::Error;

use super::{Handed, Wanted};
use crate::arguments::Within;
use crate::exit::Exit;
use crate::progress::Progress;

/// All that is wanted. If one of them cannot be had, every problem is told, and `Err` within says
/// how `command` ends. The chain is closed before this returns, and with it whatever it had started.
pub(crate) fn fetch(
    command: &str,
    mut wanted: Wanted,
    within: &Within,
) -> Result<Result<Vec<Handed>, Exit>, Error> {
    if let Some(exit) = wanted.refuse_duplicates(command) {
        return Ok(Err(exit));
    }
    let (chain, deadline) = within.open()?;
    let mut progress = Progress::begin();
    progress.tell(|| "listing the secrets".into());
    wanted.complete(&chain, &deadline)?;
    progress.tell(|| format!("fetching {} secrets", wanted.secrets.len()));
    let names: Vec<&str> = wanted.secrets.iter().map(|(name, _)| name.as_str()).collect();
    let answers = chain.get_many(&names, &deadline);
    progress.end();
    if let Some(exit) = wanted.refuse_duplicates(command) {
        return Ok(Err(exit));
    }
    let (mut handed, mut absent, mut failed) = (Vec::new(), false, false);
    for ((name, variable), answer) in wanted.secrets.into_iter().zip(answers) {
        match answer {
            Ok(Some(secret)) => handed.push(Handed { name, variable, secret }),
            Ok(None) => {
                crate::get::tell_absent(&name);
                absent = true;
            }
            Err(error) => {
                crate::report(&error.about(&name));
                failed = true;
            }
        }
    }
    Ok(match (failed, absent) {
        (true, _) => Err(Exit::Failure),
        (_, true) => Err(Exit::NotFound),
        _ => Ok(handed),
    })
}
