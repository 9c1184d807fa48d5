//! Do two threads get twice as much?

use super::{Rows, hits};
use crate::bench::lab::Lab;
use crate::bench::report::Question;
use crate::bench::rounds::{Effort, Side, ratio, turns};

const TITLE: &str = "Do two threads get twice as much?";
const METHOD: &str = "Wall time from the start of the first thread to the end of the last; each does the same number of gets. \
A round has five tries of each side, of which the best counts: then the threads had the cores for themselves, or nearly so. What two threads can \
have here shows in the row of B, which shares nothing. The last rows are the CPU time of one get: it grows where threads hinder each other, and not where another program has the \
core.";

pub(super) fn question(lab: &Lab) -> Question {
    let mut rows = Rows::of(TITLE);
    let place = hits::place(lab, 0);
    let host = lab.host(&place);
    // Long tries, so that what comes before the first get of a thread does not matter.
    let effort = Effort { round: lab.effort.round * 25.0, rounds: lab.effort.rounds.min(31) };
    for (key, command) in [
        ("two_threads_get", "threads-own get # IN_FILE_"),
        ("two_threads_get_into", "threads get_into # IN_ENV"),
        ("two_threads_floor", "threads floor_b # PREFECT__CONTEXT__SECRETS__IN_ENV"),
    ] {
        let measured = host.as_ref().map_err(Clone::clone).and_then(|host| {
            let threads = |count| Side::new(host, format!("{command} {count}")).in_wall_time();
            // Each of two threads does as much as the one.
            turns(&threads(2), &threads(1), effort, |two, one| one / two)
        });
        rows.add(key, measured);
    }
    for (key, command) in [
        ("two_threads_cpu", "threads-own get # IN_FILE_"),
        ("two_threads_cpu_get_into", "threads get_into # IN_ENV"),
    ] {
        let measured = host.as_ref().map_err(Clone::clone).and_then(|host| {
            let threads = |count| Side::new(host, format!("{command} {count}")).second();
            turns(&threads(2), &threads(1), effort, ratio)
        });
        rows.add(key, measured);
    }
    rows.question(TITLE, METHOD)
}
