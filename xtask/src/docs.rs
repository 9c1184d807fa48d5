//! `cargo xtask docs`: the pages that are made of the sources.

use prefect_secrets_packaging::reference;
use prefect_secrets_testing::workspace;

use crate::Outcome;

pub(crate) fn run() -> Outcome {
    let path = workspace().join(reference::FILE);
    std::fs::write(&path, reference::page())
        .map_err(|error| format!("{}: {error}", path.display()))?;
    println!("   written: {}", reference::FILE);
    Ok(())
}
