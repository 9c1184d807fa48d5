//! `plugin check PLUGIN`.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use prefect_secrets_core::abi::Settings;
use prefect_secrets_core::{Buffer, Error, Kind};
use prefect_secrets_providers::plugin::{Line, Search, Trace, Verdict, inspect, load};
use rustix::stdio::dup2_stdout;
use serde_json::json;

use super::print;
use crate::arguments::PluginCheck;
use crate::exit::Exit;

/// How long the process that loads a plugin may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most that settings may be.
const LARGEST: usize = 1 << 20;

pub(crate) fn run(check: &PluginCheck) -> Result<Exit, Error> {
    let trace = if check.no_load || check.here {
        let search = Search::new();
        match check.no_load {
            true => inspect(&check.plugin, &search).trace,
            false => load_here(check, &search)?,
        }
    } else {
        // Without a refusal before its code runs, the rest happens where it can hurt nobody.
        let before = inspect(&check.plugin, &Search::new()).trace;
        if before.refusal().is_none() {
            // Settings that cannot be read are no fault of the plugin's.
            settings(check)?;
            return elsewhere(check);
        }
        before
    };
    print(&shown(check, &trace))?;
    Ok(if trace.refusal().is_none() { Exit::Found } else { Exit::Failure })
}

/// Loads the plugin while nothing that it writes goes to the standard output, where the trace will
/// stand.
fn load_here(check: &PluginCheck, search: &Search) -> Result<Trace, Error> {
    let settings = settings(check)?;
    let unusable = |error: std::io::Error| {
        let what = format!("the standard output cannot be used: {error}");
        Error::new(Kind::Unavailable, what, "look at what reads it")
    };
    let output = std::io::stdout().as_fd().try_clone_to_owned().map_err(unusable)?;
    let nowhere = File::options().write(true).open("/dev/null").map_err(unusable)?;
    dup2_stdout(&nowhere).map_err(|error| unusable(error.into()))?;
    let trace = load("checked", &check.plugin, settings, search).trace;
    dup2_stdout(&output).map_err(|error| unusable(error.into()))?;
    Ok(trace)
}

fn shown(check: &PluginCheck, trace: &Trace) -> String {
    if !check.json {
        return trace.lines().iter().map(|line| format!("{line}\n")).collect();
    }
    let lines: Vec<_> = trace.lines().iter().map(line_as_json).collect();
    let accepted = trace.refusal().is_none();
    json!({ "version": 1, "plugin": check.plugin, "accepted": accepted, "steps": lines })
        .to_string()
        + "\n"
}

fn line_as_json(line: &Line) -> serde_json::Value {
    let (verdict, reason) = match &line.verdict {
        Verdict::Accepted => ("accepted", None),
        Verdict::Absent => ("absent", None),
        Verdict::Refused(error) => {
            ("refused", Some(format!("{}; {}", error.what(), error.next_step())))
        }
    };
    json!({
        "step": line.step.as_str(), "subject": line.subject, "verdict": verdict, "reason": reason,
    })
}

/// Runs this program once more, to load the plugin there. What the plugin itself writes goes nowhere.
fn elsewhere(check: &PluginCheck) -> Result<Exit, Error> {
    let failed = |error: std::io::Error| {
        let what = format!("no process can be started for the plugin: {error}");
        Error::new(Kind::Unavailable, what, "raise the limits of this user, or try later")
    };
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    command.args(["plugin", "check", "--here"]).args(check.json.then_some("--json"));
    if let Some(file) = &check.settings {
        command.arg("--settings").arg(file);
    }
    command.arg("--").arg(&check.plugin);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(failed)?;
    let mut output = child.stdout.take().expect("a pipe");
    let (sender, receiver) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let mut said = String::new();
        // Nobody listens any more if the plugin took too long.
        let _ = sender.send(output.read_to_string(&mut said).map(|_| said));
    });
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            return Err(died("did not return within 10 seconds".into()));
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    // A process that the plugin left behind may hold the other end.
    let left = PATIENCE.saturating_sub(start.elapsed());
    let Ok(said) = receiver.recv_timeout(left) else {
        return Err(died("left a process behind that does not end".into()));
    };
    let said = said.map_err(failed)?;
    print(&said)?;
    match (status.code(), status.signal()) {
        (Some(0), _) if !said.is_empty() => Ok(Exit::Found),
        (Some(1), _) if !said.is_empty() => Ok(Exit::Failure),
        // It ended before the trace was written.
        (Some(code), _) => Err(died(format!("ended the process that loaded it, with code {code}"))),
        (None, signal) => {
            let signal = signal.unwrap_or_default();
            Err(died(format!("ended the process that loaded it, by signal {signal}")))
        }
    }
}

fn died(how: String) -> Error {
    Error::invalid(
        format!("the plugin {how}"),
        "do not load it into a program; report it to the plugin's author",
    )
}

fn settings(check: &PluginCheck) -> Result<Settings, Error> {
    let Some(path) = &check.settings else { return Ok(Settings::none()) };
    let unreadable = |why: String| {
        Error::invalid(
            format!("the settings in {} {why}", path.display()),
            "give a file with one JSON object",
        )
    };
    let file = File::open(path).map_err(|e| unreadable(format!("cannot be read: {e}")))?;
    let read = Buffer::read(file, 4096, LARGEST);
    let json = read.map_err(|e| unreadable(format!("cannot be read: {e}")))?;
    json.and_then(|json| Settings::from_json(json.expose()))
        .ok_or_else(|| unreadable("are no JSON object".into()))
}
