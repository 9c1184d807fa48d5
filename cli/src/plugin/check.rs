//! `plugin check PLUGIN`, and the process of one rule.

use std::fs::File;

use prefect_secrets_conformance as conformance;
use prefect_secrets_core::abi::Settings;
use prefect_secrets_core::{Buffer, Error, Kind};
use prefect_secrets_providers::plugin::{Inspected, Line, Search, Step, Trace, Verdict, inspect};
use serde_json::json;

use crate::arguments::{Isolation, PluginCheck};
use crate::exit::Exit;
use crate::output::print;

/// The most that settings may be.
const LARGEST: usize = 1 << 20;

pub(crate) fn run(check: &PluginCheck) -> Result<Exit, Error> {
    let wanted = wanted(check)?;
    let Inspected { trace, is_program, .. } = inspect(&check.plugin, &Search::new());
    if let Some(Line { step: Step::Search, verdict: Verdict::Refused(error), .. }) =
        trace.lines().last()
    {
        // There is no plugin of which anything could be told.
        return Err(error.clone());
    }
    let accepted = trace.refusal().is_none();
    if check.no_load {
        print(&shown(check, &trace, None))?;
        return Ok(if accepted { Exit::Found } else { Exit::Failure });
    }
    let subject = conformance::Subject {
        plugin: check.plugin.clone(),
        settings: settings(check)?,
        names: check.names.clone(),
        may_write: check.write,
        in_child: is_program || check.isolation == Isolation::Process,
    };
    let no_process = |error: std::io::Error| {
        let what = format!("no process can be started for the plugin: {error}");
        Error::new(Kind::Unavailable, what, "raise the limits of this user, or try later")
    };
    let kit = conformance::Kit {
        program: std::env::current_exe().map_err(no_process)?,
        arguments: vec!["plugin".into(), "check-rule".into()],
        limit: check.limit,
    };
    let report = conformance::check(&kit, &subject, wanted).map_err(no_process)?;
    print(&shown(check, &trace, Some(&report)))?;
    Ok(if report.conforms() { Exit::Found } else { Exit::Failure })
}

/// The process of one rule, which the kit starts.
pub(crate) fn run_rule() -> Result<Exit, Error> {
    conformance::run_one().map_err(|error| {
        let what = format!("the process of a rule could not do its task: {error}");
        Error::new(Kind::Internal, what, "run `prefect-secrets plugin check`, which starts it")
    })?;
    Ok(Exit::Found)
}

/// The rules that were asked for: all if none was named.
fn wanted(check: &PluginCheck) -> Result<impl Fn(&conformance::Rule) -> bool, Error> {
    let fits = |asked: &str, rule: &conformance::Rule| {
        rule.name == asked || rule.name.split_once('/').is_some_and(|(group, _)| group == asked)
    };
    for asked in &check.rules {
        if !conformance::all().any(|rule| fits(asked, rule)) {
            return Err(Error::invalid(
                format!("there is no rule {asked:?}, and no group of that name"),
                "prefect-secrets plugin rules lists them",
            ));
        }
    }
    let asked = check.rules.clone();
    Ok(move |rule: &conformance::Rule| {
        asked.is_empty() || asked.iter().any(|asked| fits(asked, rule))
    })
}

fn shown(check: &PluginCheck, trace: &Trace, report: Option<&conformance::Report>) -> String {
    if let (true, Some(report)) = (check.tap, report) {
        return report.to_tap();
    }
    if !check.json {
        let steps: String = trace.lines().iter().map(|line| format!("{line}\n")).collect();
        return steps + &report.map(conformance::Report::to_text).unwrap_or_default();
    }
    let steps: Vec<_> = trace.lines().iter().map(line_as_json).collect();
    let accepted = trace.refusal().is_none();
    let mut whole = report.map_or_else(
        || json!({ "version": 1, "plugin": check.plugin }),
        conformance::Report::to_json,
    );
    whole["accepted"] = accepted.into();
    whole["steps"] = steps.into();
    whole.to_string() + "\n"
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
    let json = json.ok_or_else(|| unreadable(format!("are larger than {LARGEST} bytes")))?;
    Settings::from_json(json.expose()).ok_or_else(|| unreadable("are no JSON object".into()))
}
