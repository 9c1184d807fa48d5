//! What does a get take on the command line, as a whole process?

use std::path::PathBuf;

use prefect_secrets_testing::{artifact, workspace};

use super::Rows;
use crate::Outcome;
use crate::bench::lab::{Lab, packed};
use crate::bench::report::Question;
use crate::bench::rounds::{Effort, Side, ratio, turns};
use crate::bench::row::Measured;
use crate::stage::{cargo, finish};

const TITLE: &str = "What does a get take on the command line?";
const METHOD: &str = "Wall time of whole processes ([whole.c](c/whole.c)), from before `posix_spawn` until the process has ended; what it prints goes to \
`/dev/null`. A round has five tries of each side, of which the best counts. The secret is in the environment, and there is a configuration of 50 secrets. \
`env -i true` is two programs, one after the other in the same process: it is the least that a script does.";

pub(super) fn question(lab: &Lab) -> Question {
    let mut rows = Rows::of(TITLE);
    rows.add("cli_get", measured(lab));
    rows.question(TITLE, METHOD)
}

fn measured(lab: &Lab) -> Outcome<Measured> {
    let ours = match packed("prefect-secrets") {
        Some(packed) => packed,
        None => {
            let package = ["--package", "prefect-secrets-cli", "--bin", "prefect-secrets"];
            println!("   building the command line (an optimised build takes a minute or more)");
            finish(cargo(&["build", "--release"]).args(package))?;
            artifact(&package, true, "prefect-secrets")
        }
    };
    let flags = ["-O2", "-std=gnu11"];
    let program = lab.c.bare_program(&workspace().join("benches/c/whole.c"), &flags);
    let place = lab.place(&crate::bench::lab::secrets(50), 0);
    let least = PathBuf::from("/usr/bin/env");
    let running = place.start(&program, &[&ours.to_string_lossy(), &least.to_string_lossy()])?;
    let side = |command| Side::new(&running, format!("{command} #")).at_most(20).in_wall_time();
    let effort = Effort { round: 20e6, ..lab.effort };
    turns(&side("get"), &side("floor"), effort, ratio)
}
