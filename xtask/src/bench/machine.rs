//! Where and with what was measured.

use std::fs;
use std::process::Command;

use prefect_secrets_testing::workspace;
use serde::{Deserialize, Serialize};

/// Where, when and with what.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// Day and time, UTC.
    pub(crate) date: String,
    /// The commit, with a mark if files were changed.
    pub(crate) commit: String,
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) c_library: String,
    /// Compilers and other programs: name and version.
    pub(crate) versions: Vec<(String, String)>,
    /// Programs that wanted a core, in the minute before and at the end: more than 0 is noise.
    pub(crate) load_before: String,
    pub(crate) load_after: String,
}

impl Machine {
    /// This one, now. `more` names further versions.
    pub(crate) fn here(more: Vec<(String, String)>) -> Self {
        let mut versions = vec![
            ("rustc".into(), said("rustc", &["--version"])),
            ("cc".into(), said(&compiler(), &["--version"])),
        ];
        versions.extend(more);
        Self {
            date: said("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
            commit: said("git", &["describe", "--always", "--dirty", "--abbrev=12"]),
            cpu: cpu(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: said("uname", &["-srm"]),
            c_library: said("getconf", &["GNU_LIBC_VERSION"]),
            versions,
            load_before: load(),
            load_after: String::new(),
        }
    }

    /// Notes the load at the end.
    pub(crate) fn finished(&mut self) {
        self.load_after = load();
    }
}

fn compiler() -> String {
    std::env::var("CC").unwrap_or_else(|_| "cc".into())
}

/// The load of the last minute.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

fn cpu() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| line.split_once(": ")).map(|(_, name)| name.to_owned());
    name.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// The first line that a program says; `unknown` if it is not there.
pub(crate) fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(workspace()).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    match text.unwrap_or_default().lines().next() {
        Some(line) if !line.is_empty() => line.to_owned(),
        _ => "unknown".to_owned(),
    }
}
