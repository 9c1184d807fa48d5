//! How each plugin of the chain was loaded.

use prefect_secrets_core::{Chain, Deadline, Link};

use super::report::{Outcome, Report};

const AREA: &str = "plugins";
/// How the lines of a load trace end after which loading went on, see
/// [`prefect_secrets_providers::plugin::Line`].
const WENT_ON: [&str; 2] = [": accepted", ": not there"];

pub(super) fn examine(chain: &Chain, report: &mut Report) {
    let before = report.checks.len();
    for link in chain.links() {
        let name = link.provider().name();
        if let Some(trace) = chain.load_trace(name) {
            plugin(link, trace, report);
        }
    }
    if report.checks.len() == before {
        report.note(AREA, "chain", Outcome::Skipped, "there is none in it");
    }
}

/// Whether the plugin behind `provider` was not loaded.
pub(super) fn was_refused(chain: &Chain, provider: &str) -> bool {
    chain.load_trace(provider).is_some_and(|trace| refusal(trace).is_some())
}

/// The line of the step that was the last.
fn refusal(trace: &str) -> Option<&str> {
    trace.lines().find(|line| !WENT_ON.iter().any(|end| line.ends_with(end)))
}

fn plugin(link: &Link, trace: &str, report: &mut Report) {
    let name = link.provider().name();
    let prefix = format!("{name}: ");
    let step = |line: &'_ str| {
        let line = line.strip_prefix(&prefix).unwrap_or(line);
        line.split(':').next().unwrap_or_default().to_owned()
    };
    if let Some(line) = refusal(trace) {
        let at = format!("refused at the step {}", step(line));
        // Whatever it is asked, it answers with why, and runs nothing of the plugin's.
        return match link.provider().list(&Deadline::none()) {
            Err(why) => {
                let what = format!("{at}: {}", why.what());
                report.fault(AREA, name, Outcome::Broken, what, why.next_step());
            }
            Ok(_) => report.note(AREA, name, Outcome::Broken, at),
        };
    }
    let accepted: Vec<String> =
        trace.lines().filter(|line| line.ends_with(WENT_ON[0])).map(step).collect();
    let what = format!("loaded; accepted: {}", accepted.join(", "));
    report.note(AREA, name, Outcome::Ok, what);
}
