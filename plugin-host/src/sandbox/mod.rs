//! Locked in further, as far as the kernel can: [`paths`] limits what can be opened, [`calls`] what
//! the kernel can be asked for. What this process starts is locked in as well, and nothing of it
//! can be taken back.

mod calls;
mod paths;

use std::path::PathBuf;

use prefect_secrets_core::{Error, Kind};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};

use crate::arguments::What;

/// Locks this process in. `allowed` is what it may read beside the system and the plugin. Gives
/// what this kernel cannot keep the plugin from, in words, if there is anything.
pub(crate) fn enter(allowed: &[PathBuf], what: &What) -> Result<Option<String>, Error> {
    let (plugin, is_program) = match what {
        What::Library(path) => (path, false),
        What::Program(path, _) => (path, true),
    };
    let version = paths::limit(plugin, allowed)?;
    // What root may beyond other users: raw sockets, files that nobody may change, the network's set-up.
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
        .map_err(|error| {
            let what =
                format!("the powers of root cannot be given up, as a sandbox needs it: {error}");
            Error::new(Kind::Unsupported, what, ELSEWHERE)
        })?;
    calls::limit(is_program).map_err(|error| {
        let what =
            format!("this kernel does not limit system calls, as a sandbox needs it: {error}");
        Error::new(Kind::Unsupported, what, ELSEWHERE)
    })?;
    Ok(paths::gaps(version))
}

/// What to do where there is no sandbox.
const ELSEWHERE: &str = "run on a kernel with Landlock and seccomp (Linux 5.13 or later), or, if the \
                         plugin may run without a sandbox, take `sandbox` out of its configuration";
