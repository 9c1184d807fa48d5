//! A real Prefect 3 server, and Prefect's own client.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use crate::{Home, skip, workspace};

/// The packages of its virtual environment; `constraints.txt` beside the scripts pins the rest.
pub const PACKAGES: [&str; 2] = ["prefect==3.8.8", "fastapi==0.150.0"];

/// A real Prefect 3 server on loopback, from PyPI, with a home and a database of its own. It ends
/// when this is dropped, or its process ends.
pub struct Prefect3 {
    child: Child,
    pipe: Mutex<Option<(ChildStdin, BufReader<ChildStdout>)>>,
    address: String,
    auth_string: Option<String>,
    home: Home,
}

/// How a server is set up.
#[derive(Default)]
pub struct Setup<'a> {
    /// The user and the password that it wants, `user:password`.
    pub auth_string: Option<&'a str>,
    /// Whether it wants tokens against forged requests, and for how many seconds one is good.
    pub csrf_seconds: Option<u32>,
    /// Whether it has its web pages.
    pub ui: bool,
}

impl Prefect3 {
    /// Starts a server; where there is none, the calling test is [`skip`]ped.
    ///
    /// # Panics
    /// If it is there and does not start.
    pub fn start(setup: &Setup<'_>) -> Option<Self> {
        let python = python()?;
        let home = Home::new();
        let mut command = clean(&home, &python);
        command.arg(script("server.py")).arg("0");
        if let Some(auth) = setup.auth_string {
            command.env("PREFECT_SERVER_API_AUTH_STRING", auth);
        }
        if let Some(seconds) = setup.csrf_seconds {
            command.env("PREFECT_SERVER_CSRF_PROTECTION_ENABLED", "true");
            command.env("PREFECT_SERVER_CSRF_TOKEN_EXPIRATION", format!("PT{seconds}S"));
        }
        if setup.ui {
            command.env("PREFECT_SERVER_UI_ENABLED", "true");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("Python starts");
        let input = child.stdin.take().expect("a pipe");
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let said = line(&mut output);
        let address = said.strip_prefix("ready ").expect("the server says that it is ready").into();
        let auth_string = setup.auth_string.map(Into::into);
        Some(Self { child, pipe: Mutex::new(Some((input, output))), address, auth_string, home })
    }

    /// What `PREFECT_API_URL` is to say.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What `PREFECT_API_AUTH_STRING` is to say, if the server wants that.
    pub fn auth_string(&self) -> Option<&str> {
        self.auth_string.as_deref()
    }

    /// The variables that a client needs to find the server.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let address = ("PREFECT_API_URL", self.address.clone());
        let auth = self.auth_string.clone().map(|auth| ("PREFECT_API_AUTH_STRING", auth));
        std::iter::once(address).chain(auth).collect()
    }

    /// Runs one of the scripts in `testing/prefect` with Prefect's own client, and returns what it
    /// prints.
    ///
    /// # Panics
    /// If it fails.
    pub fn python(&self, name: &str, arguments: &[&str]) -> String {
        let mut command = self.client(name);
        let output = command.args(arguments).output().expect("Python starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name} failed:\n{said}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Keeps `secrets`, name and text, with Prefect's own client.
    ///
    /// # Panics
    /// If that fails.
    pub fn keep(&self, secrets: &[(&str, &str)]) {
        let secrets: serde_json::Map<_, _> =
            secrets.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
        let mut child =
            self.client("keep.py").stdin(Stdio::piped()).spawn().expect("Python starts");
        let input = child.stdin.take().expect("a pipe");
        serde_json::to_writer(input, &secrets).expect("the script listens");
        assert!(child.wait().expect("it ends").success(), "keep.py failed");
    }

    /// The command that runs one of the scripts, or `-c`, with Prefect's own client.
    pub fn client(&self, name: &str) -> Command {
        let mut command = clean(&self.home, &python().expect("the server runs on it"));
        command.envs(self.variables());
        if name == "-c" {
            command.arg(name)
        } else {
            command.arg(script(name))
        };
        command
    }

    /// Ends the server, as an operator would.
    pub fn stop(&self) {
        self.tell("stop");
    }

    /// Ends the server, as a crash would.
    pub fn kill(&self) {
        self.tell("kill");
    }

    /// Starts the server again, where it was.
    pub fn start_again(&self) {
        self.tell("start");
    }

    fn tell(&self, command: &str) {
        let mut pipe = self.pipe.lock().expect("nobody panicked with it");
        let (input, output) = pipe.as_mut().expect("taken by drop only");
        writeln!(input, "{command}").expect("the script listens");
        assert_eq!(line(output), "done");
    }
}

impl Drop for Prefect3 {
    fn drop(&mut self) {
        // The end of its input ends the script, and that ends the server.
        drop(self.pipe.get_mut().map(Option::take));
        let _ = self.child.wait();
    }
}

fn line(output: &mut impl BufRead) -> String {
    let mut line = String::new();
    output.read_line(&mut line).expect("the script speaks");
    line.trim_end().to_owned()
}

/// Where its virtual environment is.
pub fn folder() -> PathBuf {
    workspace().join("target/python/prefect")
}

/// The packages that drive a browser; `browser-constraints.txt` beside the scripts pins the rest.
pub const BROWSER_PACKAGES: [&str; 1] = ["selenium==4.51.0"];

/// The virtual environment of what drives a browser.
pub fn browser() -> PathBuf {
    workspace().join("target/python/browser")
}

/// One of the files in `testing/prefect`.
pub fn script(name: &str) -> PathBuf {
    workspace().join("testing/prefect").join(name)
}

/// The Python that it is installed for; where it is not, the calling test is [`skip`]ped.
pub fn python() -> Option<PathBuf> {
    let python = folder().join("bin/python");
    // Written when all of it is there.
    if folder().join("packages.txt").is_file() {
        return Some(python);
    }
    skip("Prefect 3 is not set up; `cargo xtask test` installs it from PyPI into target/");
    None
}

/// Nothing of this process's environment, and nothing that talks to the world.
fn clean(home: &Home, python: &Path) -> Command {
    let mut command = home.command(python);
    command
        .current_dir(home.path())
        .env("PREFECT_HOME", home.path().join("prefect"))
        .env("DO_NOT_TRACK", "1")
        .env("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        .env("PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY", "false")
        .env("PREFECT_LOGGING_LEVEL", "ERROR");
    command
}
