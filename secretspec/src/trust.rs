//! The host checks this program; nobody but this file checks the plugin that it starts.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use prefect_secrets_core::Error;
use prefect_secrets_providers::plugin::check_trusted;

const ANY_MAY_EXECUTE: u32 = 0o111;

/// Where the program at `path` is, without links, if only root or the user of this process could
/// have written it.
pub(crate) fn program(path: &Path) -> Result<PathBuf, Error> {
    let missing = |error: std::io::Error| {
        Error::invalid(
            format!("the SecretSpec plugin {} cannot be opened: {error}", path.display()),
            "install it, or correct its path among the `arguments` of the manifest",
        )
    };
    let path = fs::canonicalize(path).map_err(missing)?;
    let metadata = fs::metadata(&path).map_err(missing)?;
    check_trusted(&path, (metadata.dev(), metadata.ino()))?;
    if metadata.mode() & ANY_MAY_EXECUTE == 0 {
        return Err(Error::invalid(
            format!("{} is no program: nobody may execute it", path.display()),
            format!("if it is the plugin: chmod +x {}", path.display()),
        ));
    }
    Ok(path)
}
