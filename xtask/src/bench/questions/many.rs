//! What do many names cost at once?

use super::{Rows, hits};
use crate::bench::lab::Lab;
use crate::bench::report::Question;
use crate::bench::rounds::{Side, ratio, turns};

const TITLE: &str = "What do 50 names cost at once?";
const METHOD: &str = "Thread CPU time; 50 secrets of TOML through one `get_many`, each checked and released, against 50 handles one after the \
other. What it opens and starts is counted among its system calls.";

pub(super) fn question(lab: &Lab) -> Question {
    let mut rows = Rows::of(TITLE);
    let place = hits::place(lab, 0);
    let host = lab.host(&place);
    let host = || host.as_ref().map_err(Clone::clone);
    let measured = host().and_then(|host| {
        let side = |command| Side::new(host, format!("{command} #"));
        turns(&side("get_many"), &side("get_each"), lab.effort, ratio)
    });
    rows.add("get_many_50", measured);
    for (key, part) in [("get_many_threads", 2), ("get_many_files", 1), ("get_many_syscalls", 0)] {
        rows.add(key, host().and_then(|host| hits::traced(host, "get_many 1", part)));
    }
    rows.question(TITLE, METHOD)
}
