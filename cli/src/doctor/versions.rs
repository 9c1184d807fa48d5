//! What this program is.

use std::env::consts::{ARCH, OS};
use std::ffi::CStr;

use prefect_secrets_core::abi::{MAJOR, MINOR};

use super::report::{Outcome, Report};

pub(super) fn examine(report: &mut Report) {
    let mut note =
        |subject: &str, what: String| report.note("versions", subject, Outcome::Ok, what);
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    note("program", format!("prefect-secrets {}, {build} build", env!("CARGO_PKG_VERSION")));
    // One version for the whole workspace, and the library is linked in.
    note(
        "library",
        format!("libprefect_secrets {}, part of the program", env!("CARGO_PKG_VERSION")),
    );
    note("provider ABI", format!("{MAJOR}.{MINOR}"));
    let system = rustix::system::uname();
    let text = |text: &CStr| text.to_string_lossy().into_owned();
    let [name, release, machine] = [system.sysname(), system.release(), system.machine()].map(text);
    note("system", format!("{name} {release}, {machine}"));
    let libc = if cfg!(target_env = "musl") { "musl" } else { "gnu" };
    note("target", format!("{ARCH}-unknown-{OS}-{libc}"));
    let cloud = if cfg!(feature = "cloud") { "cloud" } else { "none: built without Prefect Cloud" };
    note("features", cloud.into());
}
