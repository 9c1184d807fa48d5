//! Each rule in a process of its own.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use prefect_secrets_core::Buffer;
use prefect_secrets_core::abi::{Settings, caught};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Verdict};
use crate::process::{self, Output, adopt_orphans, bind, children, end_new_children, place};
use crate::report::Report;
use crate::rule::Rule;
use crate::rules::{self, manners::wrote};
use crate::subject::Subject;
use crate::trial::Trial;

/// The rule that is about the end of the process.
pub(crate) const EXIT: &str = "manners/exit";
/// The rule about what is written; it is looked at once more when the process has ended.
pub(crate) const OUTPUT: &str = "manners/output";
/// The most that a task may be, in bytes.
const LARGEST_TASK: usize = 2 << 20;

/// How a process for a rule is started.
pub struct Kit {
    /// The program; it calls [`run_one`] when it has these arguments.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// How long a rule may take.
    pub limit: Duration,
}

/// What a process is to try; the settings follow behind it.
#[derive(Serialize, Deserialize)]
struct Task {
    rule: String,
    plugin: String,
    names: Vec<String>,
    may_write: bool,
    in_child: bool,
    /// The process that asks for it.
    parent: u32,
}

/// Tries the rules that `wanted` takes, and those that they rest on. The error is of this machine:
/// no process could be started.
///
/// What a plugin starts is ended with the process of its rule. For that the calling process becomes the
/// parent of orphans, and stays it; call this from a process that starts no other ones meanwhile.
pub fn check(kit: &Kit, subject: &Subject, wanted: impl Fn(&Rule) -> bool) -> io::Result<Report> {
    let mut needed: Vec<&Rule> = rules::all().filter(|rule| wanted(rule)).collect();
    let mut i = 0;
    while i < needed.len() {
        let on = needed[i].rests_on;
        if let Some(on) = rules::all().find(|rule| Some(rule.name) == on)
            && !needed.iter().any(|rule| rule.name == on.name)
        {
            needed.push(on);
        }
        i += 1;
    }
    adopt_orphans();
    let mut findings: Vec<Finding> = Vec::new();
    for rule in rules::all().filter(|rule| needed.iter().any(|one| one.name == rule.name)) {
        let verdict = match unkept(rule, &findings) {
            Some(on) => Verdict::NotReached(on),
            None => kit.run(rule, subject)?,
        };
        findings.push(Finding { rule, verdict });
    }
    Ok(Report { plugin: subject.plugin.clone(), findings })
}

/// The first rule that was broken among those that this one rests on.
fn unkept(rule: &Rule, findings: &[Finding]) -> Option<String> {
    let on = findings.iter().find(|finding| Some(finding.rule.name) == rule.rests_on)?;
    match &on.verdict {
        Verdict::Passed | Verdict::Skipped(_) => None,
        Verdict::Broken(_) => Some(on.rule.name.into()),
        Verdict::NotReached(first) => Some(first.clone()),
    }
}

impl Kit {
    fn run(&self, rule: &Rule, subject: &Subject) -> io::Result<Verdict> {
        let (before, output) = (children(), place()?);
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(output.try_clone()?)
            .process_group(0)
            .spawn()?;
        let task = Task {
            rule: rule.name.into(),
            plugin: subject.plugin.clone(),
            names: subject.names.clone(),
            may_write: subject.may_write,
            in_child: subject.in_child,
            parent: std::process::id(),
        };
        if let Some(mut stdin) = child.stdin.take() {
            // A process that has ended already says so itself.
            let _ = serde_json::to_writer(&mut stdin, &task)
                .map_err(io::Error::from)
                .and_then(|()| stdin.write_all(b"\n"))
                .and_then(|()| stdin.write_all(subject.settings.as_json()));
        }
        let ended = self.ended(&mut child)?;
        // What left the group of its process is an orphan now, and ours.
        end_new_children(&before);
        let Some(status) = ended else {
            let limit = self.limit.as_secs();
            return Ok(Verdict::Broken(format!(
                "it was not through with it within {limit} seconds (--limit gives it more)"
            )));
        };
        let written = output.metadata()?.len();
        Ok(match verdict(&mut child) {
            Some(Verdict::Passed) if rule.name == OUTPUT && written > 0 => {
                Verdict::Broken(wrote(written))
            }
            Some(Verdict::Passed) if rule.name == EXIT && !status.success() => {
                Verdict::Broken(format!("at its end the process {}", end_of(status)))
            }
            Some(verdict) => verdict,
            None => Verdict::Broken(format!("the process that it was in {}", end_of(status))),
        })
    }

    /// Waits until the process has ended, and ends what it left. `None`: it took too long.
    fn ended(&self, child: &mut Child) -> io::Result<Option<ExitStatus>> {
        let id = Pid::from_child(child);
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let start = Instant::now();
        let mut in_time = true;
        while waitid(WaitId::Pid(id), options)?.is_none() {
            if start.elapsed() > self.limit {
                in_time = false;
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        // Not waited for yet, so the number of the group is still its own.
        let _ = kill_process_group(id, Signal::KILL);
        let status = child.wait()?;
        Ok(in_time.then_some(status))
    }
}

/// What the process wrote, if it came so far. It has ended; somebody else may hold the other end.
fn verdict(child: &mut Child) -> Option<Verdict> {
    let mut stdout = child.stdout.take()?;
    rustix::io::ioctl_fionbio(&stdout, true).ok()?;
    let mut said = Vec::new();
    let mut part = [0; 4096];
    while let Ok(len @ 1..) = stdout.read(&mut part) {
        said.extend_from_slice(&part[..len]);
    }
    serde_json::from_slice(&said).ok()
}

fn end_of(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("was ended with code {code}"),
        (None, signal) => {
            let signal = signal.unwrap_or_default();
            let name = match signal {
                libc::SIGSEGV => " (SIGSEGV: it used memory that is not its own)",
                libc::SIGBUS => " (SIGBUS)",
                libc::SIGABRT => " (SIGABRT: an abort, or a panic or exception that got out)",
                libc::SIGILL => " (SIGILL)",
                libc::SIGFPE => " (SIGFPE)",
                _ => "",
            };
            format!("was ended by signal {signal}{name}")
        }
    }
}

/// The process of one rule: reads its task from the standard input, writes the verdict to the standard
/// output, and ends.
pub fn run_one() -> io::Result<()> {
    bind()?;
    let task = Buffer::read(io::stdin().lock(), 4096, LARGEST_TASK)?;
    let unreadable = || io::Error::new(io::ErrorKind::InvalidData, "no task of the kit");
    let task = task.ok_or_else(unreadable)?;
    let end = task.expose().iter().position(|&byte| byte == b'\n').ok_or_else(unreadable)?;
    let (head, settings) = task.expose().split_at(end);
    let settings = Settings::from_json(settings).ok_or_else(unreadable)?;
    let head: Task = serde_json::from_slice(head)?;
    drop(task);
    let rule = rules::all().find(|rule| rule.name == head.rule).ok_or_else(unreadable)?;
    if !process::is_child_of(head.parent) {
        // It ended before this process said that it is to end with it.
        return Err(io::Error::other("the process that started this one has ended"));
    }
    let Task { plugin, names, may_write, in_child, .. } = head;
    let subject = Subject { plugin, settings, names, may_write, in_child };
    let mut output = Output::redirect()?;
    let outcome = caught(|| (rule.trial)(&Trial { subject: &subject, output: &output }));
    let verdict = match outcome {
        Some(outcome) => Verdict::from(outcome),
        None => Verdict::Broken("the kit itself failed; report it".into()),
    };
    serde_json::to_writer(&mut output.back, &verdict)?;
    output.back.flush()?;
    if rule.name == EXIT || rule.name == OUTPUT {
        std::process::exit(0);
    }
    // What would run at the end of the process is the business of these two.
    process::end()
}
