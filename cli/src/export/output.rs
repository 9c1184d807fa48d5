//! Where an export goes: to stdout, or into a file in one piece.

use std::fs::Permissions;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use prefect_secrets_core::{Error, Kind};
use tempfile::NamedTempFile;

use crate::arguments::Export;
use crate::confirm::confirm;
use crate::output::{straight, unwritten};
use crate::signals::Held;

/// Asks, if values would be shown on a terminal. Before any of them is fetched: a person may take
/// longer to answer than a secret may take to come.
pub(super) fn may_show(export: &Export) -> Result<bool, Error> {
    if export.yes || export.output.is_some() || !std::io::stdout().is_terminal() {
        return Ok(true);
    }
    let question = "The values would be shown on this terminal. Show them?";
    let shown = confirm(question, "--yes shows them without asking; --output writes a file")?;
    if !shown {
        let said = "prefect-secrets: nothing was shown; --output FILE writes a file instead";
        let _ = writeln!(std::io::stderr(), "{said}");
    }
    Ok(shown)
}

/// Puts `bytes` into `file`, else to stdout.
pub(super) fn put(file: Option<&Path>, bytes: &[u8]) -> Result<(), Error> {
    let Some(path) = file else {
        let written = straight().and_then(|mut out| out.write_all(bytes));
        return written.map_err(|error| unwritten("the secrets", &error));
    };
    if let Ok(there) = path.symlink_metadata()
        && !there.is_file()
    {
        let kind = if there.is_symlink() { "a symbolic link" } else { "no regular file" };
        return Err(Error::invalid(
            format!("{} is {kind}: nothing was written", path.display()),
            "name the file itself, or leave --output out and send stdout there",
        ));
    }
    replace(path, bytes).map_err(|error| {
        let what = format!("{} cannot be written: {error}", path.display());
        Error::new(Kind::Unavailable, what, "look at its folder, and the space that is left")
    })
}

/// Writes a new file of the owner's alone beside the old one, and puts it into its place.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    // Ctrl-C would leave it beside the file, with the values in it.
    let signals = Held::begin()?;
    let new = NamedTempFile::with_prefix_in(".prefect-secrets-", folder.unwrap_or(Path::new(".")));
    // Its own error names the new file, which means nothing to anybody.
    let new = new.map_err(|error| std::io::Error::from(error.kind()))?;
    // Whatever the mask of the process says.
    new.as_file().set_permissions(Permissions::from_mode(0o600))?;
    new.as_file().write_all(bytes)?;
    new.as_file().sync_all()?;
    if signals.came() {
        return Err(std::io::ErrorKind::Interrupted.into());
    }
    new.persist(path)?;
    Ok(())
}
