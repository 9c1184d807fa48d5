//! What does a plugin in a process of its own cost?

use std::path::Path;

use prefect_secrets_benches::OneCore;

use super::Rows;
use crate::bench::lab::{Lab, listening};
use crate::bench::report::Question;
use crate::bench::rounds::{Effort, Side, ratio, turns};
use crate::stage::{cargo, finish};

const TITLE: &str = "What does a plugin in a process of its own cost?";
const METHOD: &str = "Wall time, because the work is done in two processes; a round has five tries of each side, of which the best counts. The floor is a program in C that reads 64 bytes from a \
socket and writes them back ([echo.c](c/echo.c)), and a host that does the same and nothing else. All of them share one core \
([one_core.rs](src/one_core.rs)): where the system puts them else decides more than what they do. Of eight threads each gets a hundred \
times or more, from the first start to the last end; what one of all these gets takes is held against one of a single thread.";

pub(super) fn question(lab: &Lab, rust: &Path) -> Question {
    let mut rows = Rows::of(TITLE);
    let program = "prefect-secrets-plugin-host";
    let built = finish(&mut cargo(&["build", "--release", "--package", program, "--bins"]));
    let core = built.and_then(|()| OneCore::begin().map_err(|error| error.to_string()));
    let rust = core.as_ref().map_err(Clone::clone).and_then(|_| listening(rust));
    let few = Effort { rounds: lab.effort.rounds.min(31), ..lab.effort };
    for (key, ours, floor, most, effort) in [
        ("isolated_get", "get", "echo", 1000, lab.effort),
        ("isolated_eight", "eight_threads", "get", 1000, few),
        ("isolated_start", "start", "start_echo", 3, few),
        ("isolated_restart", "restart", "start_echo", 3, few),
    ] {
        let measured = rust.as_ref().map_err(Clone::clone).and_then(|rust| {
            let side =
                |name| Side::new(rust, format!("isolation/{name} #")).at_most(most).in_wall_time();
            turns(&side(ours), &side(floor), effort, ratio)
        });
        rows.add(key, measured);
    }
    rows.question(TITLE, METHOD)
}
