//! What does a chain of several providers cost over one?

use std::path::Path;

use super::{Rows, hits};
use crate::bench::lab::Lab;
use crate::bench::report::Question;
use crate::bench::rounds::{Side, ratio, turns};

const TITLE: &str = "What does a chain of several providers cost over one?";
const METHOD: &str = "Thread CPU time. The hit is in the last provider, so each one before it is asked and has not got it. \
In C a chain of environment, TOML and plugin is held against one that is the plugin alone; in Rust three TOML files against one.";

pub(super) fn in_c(lab: &Lab) -> Question {
    rows(lab).question(TITLE, METHOD)
}

pub(super) fn all(lab: &Lab, rust: &Path) -> Question {
    let mut rows = rows(lab);
    let place = lab.place("", 0);
    let rust = place.start(rust, &["--listen"]);
    for (key, ours, floor) in [
        ("chain_three_files", "last_of_three", "one_provider"),
        ("chain_floor", "one_provider", "floor"),
    ] {
        let measured = rust.as_ref().map_err(Clone::clone).and_then(|rust| {
            let side = |name| Side::new(rust, format!("chain/{name} #"));
            turns(&side(ours), &side(floor), lab.effort, ratio)
        });
        rows.add(key, measured);
    }
    rows.question(TITLE, METHOD)
}

fn rows(lab: &Lab) -> Rows {
    let mut rows = Rows::of(TITLE);
    let of_chain = |links| hits::of_chain(lab, 0, links);
    let (three, alone) = (of_chain("'env', 'toml', 'plugin'"), of_chain("'plugin'"));
    let measured = lab.host(&three).and_then(|three| {
        let alone = lab.host(&alone)?;
        let side = |host| Side::new(host, "get_into_plugin #");
        turns(&side(&three), &side(&alone), lab.effort, ratio)
    });
    rows.add("chain_three_c", measured);
    rows
}
