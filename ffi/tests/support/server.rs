//! A server that a test runs, and what it holds.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use prefect_secrets_testing::Home;

use super::Program;

/// A running server of `examples`; it is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    pub(crate) home: Home,
    said: Option<JoinHandle<String>>,
    _program: Program,
}

impl Server {
    /// Starts it, and returns when it listens.
    pub(crate) fn start(mut command: Command, home: Home, program: Program) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server runs");
        let stderr = child.stderr.take().expect("a pipe");
        let said = Some(thread::spawn(move || read(stderr)));
        let mut line = String::new();
        let output = child.stdout.take().expect("a pipe");
        BufReader::new(output).read_line(&mut line).expect("what it says");
        let port = line.trim().rsplit(':').next().and_then(|port| port.parse().ok());
        let port = port.unwrap_or_else(|| panic!("it does not say where it listens: {line}"));
        Self { child, port, home, said, _program: program }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn descriptors(&self) -> usize {
        self.entries("fd")
    }

    pub(crate) fn threads(&self) -> usize {
        self.entries("task")
    }

    fn entries(&self, of: &str) -> usize {
        fs::read_dir(format!("/proc/{}/{of}", self.pid())).expect("it runs").count()
    }

    /// The processes that it has forked and that run.
    pub(crate) fn children(&self) -> Vec<u32> {
        let path = format!("/proc/{0}/task/{0}/children", self.pid());
        let children = fs::read_to_string(path).expect("it runs");
        let numbers = children.split_whitespace().map(|child| child.parse().expect("a number"));
        numbers.filter(|&child| runs(child)).collect()
    }

    pub(crate) fn signal(&self, process: u32, signal: &str) {
        // It may have ended meanwhile.
        let mut kill = Command::new("kill");
        let _ =
            kill.arg(format!("-{signal}")).arg(process.to_string()).stderr(Stdio::null()).status();
    }

    /// Ends it as an operator would; it must end well, and leave no child. What it said on its
    /// standard error.
    pub(crate) fn end(&mut self) -> String {
        let children = self.children();
        self.signal(self.pid(), "TERM");
        soon("it ends", || !runs(self.pid()));
        let status = self.child.wait().expect("it ends");
        let said = self.said.take().expect("it ends once").join().expect("what it says");
        assert!(status.success(), "{status}\n{said}");
        soon("its children end", || !children.iter().any(|&child| runs(child)));
        said
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(mut from: ChildStderr) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).expect("UTF-8");
    text
}

/// Whether a process is there, and not only as a zombie.
fn runs(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

/// What a server answers one token with; `None` if it hangs up instead.
pub(crate) fn ask(port: u16, token: &str) -> Option<String> {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).ok()?;
    connection.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    connection.write_all(format!("{token}\n").as_bytes()).ok()?;
    let mut answer = String::new();
    BufReader::new(connection).read_line(&mut answer).ok()?;
    (!answer.is_empty()).then_some(answer)
}

/// Waits until it is so.
pub(crate) fn soon(what: &str, is: impl Fn() -> bool) {
    let start = Instant::now();
    while !is() {
        assert!(start.elapsed() < Duration::from_secs(30), "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}
