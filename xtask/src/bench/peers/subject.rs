//! A program that is measured, and what it is told on its standard input; `subject.h` says what.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use prefect_secrets_testing::Home;

use crate::Outcome;
use crate::bench::spread::Spread;

/// After this long a program that does not answer is ended.
const PATIENCE: Duration = Duration::from_secs(180);

/// How a program is started: what it gets of the world is a home, these variables and `PATH`.
pub(super) struct Launch {
    home: Home,
    program: PathBuf,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
}

/// What one round took, for all its names once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Taken {
    pub(super) wall: f64,
    pub(super) cpu: f64,
    /// The most that was resident, in bytes; of cold processes.
    pub(super) memory: f64,
}

impl Launch {
    pub(super) fn new(program: &Path) -> Self {
        let (home, program) = (Home::new(), program.to_path_buf());
        Self { home, program, arguments: Vec::new(), variables: Vec::new() }
    }

    /// With further arguments.
    pub(super) fn told(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// With further variables.
    pub(super) fn with(mut self, variables: &[(String, String)]) -> Self {
        self.variables.extend_from_slice(variables);
        self
    }

    /// With a file in its home, which is where it runs.
    pub(super) fn keeps(self, file: &str, text: impl AsRef<[u8]>) -> Self {
        self.home.write(file, text);
        self
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = self.home.command(program);
        command.envs(self.variables.iter().cloned()).current_dir(self.home.path());
        command
    }

    fn log(&self) -> PathBuf {
        self.home.path().join("said.txt")
    }

    /// Starts it as one that serves.
    pub(super) fn serve(&self) -> Outcome<Subject> {
        let said = File::create(self.log()).map_err(|error| error.to_string())?;
        let mut command = self.command(&self.program);
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(said);
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let input = child.stdin.take().ok_or("no standard input")?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut subject = Subject { child, input, lines, log: self.log() };
        match &*subject.hear()? {
            "ready" => Ok(subject),
            other => Err(other.to_owned()),
        }
    }

    /// Runs it from its start to its end so many times, with the program `cold`.
    pub(super) fn run(&self, cold: &Path, times: u32) -> Outcome<Taken> {
        let said = File::create(self.log()).map_err(|error| error.to_string())?;
        let mut command = self.command(cold);
        command.arg(times.to_string()).arg(&self.program).args(&self.arguments);
        let output = command.stdin(Stdio::null()).stderr(said).output();
        let output = output.map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(last_line(&self.log()));
        }
        read_cold(&String::from_utf8_lossy(&output.stdout))
    }

    /// What it prints.
    pub(super) fn prints(&self) -> Outcome<String> {
        let output =
            self.command(&self.program).args(&self.arguments).stdin(Stdio::null()).output();
        let output = output.map_err(|error| error.to_string())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }
}

/// One that serves. It is ended when this is dropped.
pub(super) struct Subject {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    log: PathBuf,
}

impl Subject {
    /// Tells it something, and returns what it answers.
    pub(super) fn ask(&mut self, line: &str) -> Outcome<String> {
        // One that is gone has said why, and that is heard below.
        let _ = writeln!(self.input, "{line}");
        self.hear()
    }

    /// Lets it get its secrets so many times, and returns what once took.
    pub(super) fn time(&mut self, times: u32) -> Outcome<Taken> {
        read_warm(&self.ask(&format!("time {times}"))?, times)
    }

    /// Its number.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    fn hear(&mut self) -> Outcome<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => match line.strip_prefix("wrong: ") {
                Some(why) => Err(why.to_owned()),
                None => Ok(line),
            },
            Err(mpsc::RecvTimeoutError::Timeout) => {
                Err(format!("no answer within {} s", PATIENCE.as_secs()))
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(last_line(&self.log)),
        }
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `WALL CPU`, in nanoseconds, of so many times.
fn read_warm(line: &str, times: u32) -> Outcome<Taken> {
    match numbers(line)[..] {
        [wall, cpu] => {
            let times = f64::from(times);
            Ok(Taken { wall: wall / times, cpu: cpu / times, memory: 0.0 })
        }
        _ => Err(format!("not two numbers: {line:?}")),
    }
}

/// Lines of `WALL CPU MEMORY`, in nanoseconds and KiB: the median of each.
fn read_cold(text: &str) -> Outcome<Taken> {
    let lines: Vec<Vec<f64>> = text.lines().map(numbers).collect();
    if lines.is_empty() || lines.iter().any(|line| line.len() != 3) {
        return Err(format!("not three numbers: {text:?}"));
    }
    let median = |place: usize| Spread::of(lines.iter().map(|line| line[place])).median;
    Ok(Taken { wall: median(0), cpu: median(1), memory: median(2) * 1024.0 })
}

fn numbers(text: &str) -> Vec<f64> {
    text.split_ascii_whitespace().map_while(|word| word.parse().ok()).collect()
}

/// Why a program ended, as far as it said.
fn last_line(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    match text.lines().rev().find(|line| !line.trim().is_empty()) {
        Some(line) => line.trim().chars().take(200).collect(),
        None => "it ended without a word".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Launch {
        Launch::new(Path::new("/bin/sh")).told(&["-c", script])
    }

    #[test]
    fn what_a_program_took_is_for_one_time() {
        let taken = Taken { wall: 100.0, cpu: 50.0, memory: 0.0 };
        assert_eq!(read_warm("1000 500", 10), Ok(taken));
        assert!(read_warm("1000", 10).is_err() && read_warm("1000 x", 10).is_err());
        let taken = Taken { wall: 7.0, cpu: 5.0, memory: 4096.0 };
        assert_eq!(read_cold("7 5 4\n"), Ok(taken));
        assert_eq!(read_cold("7 5 4\n900 800 4\n6 4 4\n"), Ok(taken));
        assert!(read_cold("").is_err() && read_cold("7 5 4\n7 5\n").is_err());
    }

    #[test]
    fn a_program_that_serves_is_asked_line_by_line() {
        let script = "echo ready; while read -r word times; do echo $((times * 8)) $times; done";
        let mut subject = shell(script).serve().expect("it starts");
        assert_eq!(subject.time(4), Ok(Taken { wall: 8.0, cpu: 1.0, memory: 0.0 }));
    }

    #[test]
    fn a_program_that_fails_says_why() {
        let why = |script: &str| shell(script).serve().err().expect("it fails");
        assert_eq!(why("echo first >&2; echo last >&2"), "last");
        assert_eq!(why("echo wrong: not found; read -r line"), "not found");
        assert_eq!(why("exit 3"), "it ended without a word");
        assert_eq!(shell("exit 3").prints(), Err(String::new()));
        let mut gone = shell("echo ready").serve().expect("it starts");
        assert_eq!(gone.time(1), Err("it ended without a word".into()));
    }
}
