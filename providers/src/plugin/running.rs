//! Where a plugin runs, and what it gets there.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use prefect_secrets_core::Error;
use prefect_secrets_core::abi::raised_privileges;

/// Where a plugin runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// In this process, trusted.
    InProcess,
    /// The same library, in a process of its own.
    Process,
    /// A program that speaks the wire itself.
    Exec,
}

/// How long a plugin's process may take to start when nothing is said: 5 seconds.
const START_TIMEOUT: Duration = Duration::from_secs(5);
/// The variables that every plugin's process gets, as far as there are such.
const PASSED: [&str; 8] = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ"];
/// Where programs are when nobody says, and in a set-uid program.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What the configuration says of where a plugin runs.
#[derive(Clone)]
pub struct Running {
    /// Where; what the manifest says if this is `None`, and in a process of its own if that is
    /// silent, too.
    pub isolation: Option<Isolation>,
    /// Whether its process is locked in further, see `docs/isolation.md`. In-process it cannot be.
    pub sandbox: bool,
    /// Files and folders that it may read there, beside those of the system.
    pub sandbox_read: Vec<PathBuf>,
    /// How long its process may take to start.
    pub start_timeout: Duration,
    /// The environment of its process; if this is `None`, what every plugin's process gets.
    pub environment: Option<Vec<(OsString, OsString)>>,
    /// `prefect-secrets-plugin-host`, if it is not where it is looked for.
    pub plugin_host: Option<PathBuf>,
}

impl Default for Running {
    fn default() -> Self {
        Self {
            isolation: None,
            sandbox: false,
            sandbox_read: Vec::new(),
            start_timeout: START_TIMEOUT,
            environment: None,
            plugin_host: None,
        }
    }
}

impl Running {
    /// In a process of its own, whatever the manifest says.
    pub fn in_child() -> Self {
        Self { isolation: Some(Isolation::Process), ..Self::default() }
    }

    /// Takes the variables that every plugin's process gets, and those called `more`, from `look`.
    #[must_use]
    pub fn environment(
        mut self,
        more: &[String],
        look: impl Fn(&OsStr) -> Option<OsString>,
    ) -> Self {
        self.environment = Some(passed(more, look));
        self
    }

    /// The environment of its process.
    pub(super) fn variables(&self) -> Vec<(OsString, OsString)> {
        let own = || passed(&[], |name| std::env::var_os(name));
        self.environment.clone().unwrap_or_else(own)
    }

    /// Where a plugin runs whose manifest says `manifest`.
    pub(super) fn isolation(&self, manifest: Option<Isolation>) -> Result<Isolation, Error> {
        match (self.isolation, manifest) {
            (Some(Isolation::InProcess), Some(Isolation::Exec)) => Err(Error::invalid(
                "the plugin is a program, which cannot run in this process",
                "take `isolation` out of the provider's configuration",
            )),
            (_, Some(Isolation::Exec)) => Ok(Isolation::Exec),
            (Some(Isolation::Exec), _) => Err(Error::invalid(
                "the configuration wants a program, and the plugin is a library",
                "write isolation = \"process\", or take it out",
            )),
            (Some(Isolation::InProcess), _) if self.sandbox => Err(Error::invalid(
                "a plugin in this process cannot have a sandbox",
                "write isolation = \"process\", or take `sandbox` out",
            )),
            (Some(said), _) => Ok(said),
            (None, Some(Isolation::InProcess)) if !self.sandbox => Ok(Isolation::InProcess),
            (None, _) => Ok(Isolation::Process),
        }
    }
}

/// The variables that every plugin's process gets, and those called `more`, as far as there are such.
fn passed(more: &[String], look: impl Fn(&OsStr) -> Option<OsString>) -> Vec<(OsString, OsString)> {
    if raised_privileges() {
        // Whoever started the program chose the rest.
        return vec![("PATH".into(), PATH.into())];
    }
    let names = PASSED.into_iter().chain(more.iter().map(String::as_str));
    let variable = |name: &str| {
        let said = look(OsStr::new(name)).or_else(|| (name == "PATH").then(|| PATH.into()));
        said.map(|value| (name.into(), value))
    };
    names.filter_map(variable).collect()
}
