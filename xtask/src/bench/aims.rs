//! Every row that there is: what is measured beside what, what is aimed for, and what must not be
//! passed.

use super::row::{Aim, Measured, Row};
use super::unit::Unit::{self, Bytes, Count, MoreNanoseconds, Nanoseconds, Times};
use crate::Outcome;

/// Ours, its floor, and its aim.
struct Said {
    key: &'static str,
    path: &'static str,
    floor: &'static str,
    unit: Unit,
    aim: Option<Aim>,
}

const fn row(
    key: &'static str,
    path: &'static str,
    floor: &'static str,
    unit: Unit,
    aim: Option<Aim>,
) -> Said {
    Said { key, path, floor, unit, aim }
}

const A: &str = "A: `getenv`, `strdup`, wipe, `free`";
const B: &str = "B: `getenv`, copy into a buffer, wipe";
const ECHO: &str = "64 bytes there and back";
const START: &str = "a process started, 64 bytes there and back";
const MIB: f64 = 1024.0 * 1024.0;

const ROWS: &[Said] = &[
    // In a C program.
    row("c_get_into_env", "C `get_into`, environment", B, Times, Aim::below(1.0, 1.3)),
    row(
        "c_get_into_env_300",
        "C `get_into`, environment, 300 more variables",
        "B without the 300",
        Times,
        Aim::below(1.0, 1.3),
    ),
    row(
        "c_get_into_env_3000",
        "C `get_into`, environment, 3,000 more variables",
        "B without the 3,000",
        Times,
        Aim::below(1.0, 1.3),
    ),
    row("c_get_env", "C handle: get, read, release; environment", A, Times, Aim::below(0.55, 0.8)),
    row("c_get_into_file", "C `get_into`, TOML", B, Times, None),
    row("c_get_file", "C handle, TOML", A, Times, None),
    row("c_crossing", "C into the library and back", B, Times, None),
    row("syscalls_get_into", "system calls in 1,000 `get_into`", "", Count, Aim::below(0.0, 0.0)),
    row("syscalls_get", "system calls in 1,000 handles", "", Count, Aim::below(0.0, 0.0)),
    row(
        "c_beside_rust",
        "C handle, environment",
        "the same lookup in Rust",
        MoreNanoseconds,
        Aim::below(3.0, 10.0),
    ),
    // Through a plugin.
    row("c_get_into_plugin", "C `get_into`, plugin in the process", B, Times, Aim::below(1.2, 1.8)),
    row("c_get_plugin", "C handle, plugin in the process", A, Times, None),
    // Along a chain.
    row(
        "chain_three_c",
        "C `get_into`: environment, TOML, plugin; hit in the last",
        "the plugin alone",
        Times,
        Aim::below(2.0, 3.0),
    ),
    row(
        "chain_three_files",
        "Rust: three TOML files, hit in the last",
        "one file",
        Times,
        Aim::below(2.0, 3.0),
    ),
    row(
        "chain_floor",
        "Rust: a chain of one TOML file",
        "a snapshot, a hash and a count, by hand",
        Times,
        None,
    ),
    // Many names.
    row("get_many_50", "C `get_many` of 50 names", "50 handles", Times, Aim::below(1.0, 1.3)),
    row("get_many_threads", "threads started by it", "", Count, Aim::below(0.0, 0.0)),
    row("get_many_files", "files and sockets opened by it", "", Count, Aim::below(0.0, 0.0)),
    row("get_many_syscalls", "system calls made by it", "", Count, None),
    // Threads.
    row(
        "two_threads_get",
        "2 threads, handles of different names: throughput",
        "2 × that of one",
        Times,
        Aim::above(1.0, 0.9),
    ),
    row(
        "two_threads_get_into",
        "2 threads, `get_into` of one name: throughput",
        "2 × that of one",
        Times,
        Aim::above(1.0, 0.9),
    ),
    row(
        "two_threads_floor",
        "for comparison: 2 threads in B, which share nothing",
        "2 × that of one",
        Times,
        None,
    ),
    row(
        "two_threads_cpu",
        "CPU time of a get on 2 threads, handles of different names",
        "on one thread",
        Times,
        None,
    ),
    row(
        "two_threads_cpu_get_into",
        "CPU time of a `get_into` on 2 threads, one name",
        "on one thread",
        Times,
        None,
    ),
    // Go.
    row(
        "go_get_into",
        "Go `GetInto`",
        "an empty call from Go into C",
        Times,
        // The aim is what an empty call and 1.5 × the path in C take together: set by the run.
        Aim::below(2.5, 2.5),
    ),
    row("go_get", "Go `Get`, `Use`, `Close`", "an empty call from Go into C", Times, None),
    // Opening.
    row(
        "open_100_toml",
        "open with 100 secrets in TOML",
        "`toml` into plain strings",
        Times,
        Aim::below(1.3, 2.0),
    ),
    row("load_plugin_c", "load a plugin in C", "bare `dlopen`", Times, Aim::below(2.0, 3.0)),
    row("load_plugin_rust", "load a plugin in Rust", "bare `dlopen`", Times, Aim::below(2.0, 3.0)),
    row("open_plugin_c", "open a chain with a plugin in C", "bare `dlopen`", Times, None),
    row("open_plugin_rust", "open a chain with a plugin in Rust", "bare `dlopen`", Times, None),
    row("checks_c", "checks before a plugin in C runs", "", Nanoseconds, Aim::below(50e3, 50e3)),
    row(
        "checks_rust",
        "checks before a plugin in Rust runs",
        "",
        Nanoseconds,
        Aim::below(50e3, 50e3),
    ),
    row(
        "open_library",
        "`dlopen` of the library and open a chain, no network",
        "bare `dlopen` of it",
        Nanoseconds,
        Aim::below(1e6, 2e6),
    ),
    row("open_threads", "threads there after opening", "", Count, Aim::below(0.0, 0.0)),
    row("open_descriptors", "descriptors open after opening", "", Count, Aim::below(0.0, 0.0)),
    // On the command line.
    row(
        "cli_get",
        "`prefect-secrets get`, environment: the whole process",
        "`env -i true`",
        Times,
        Aim::below(2.0, 3.0),
    ),
    // Cloud.
    row(
        "cloud_get",
        "C `get`, connection warm, a server that answers at once",
        "libcurl",
        Times,
        Aim::below(1.05, 1.3),
    ),
    row(
        "cloud_get_prefect",
        "C `get`, connection warm, a server of Prefect 3",
        "libcurl",
        Times,
        Aim::below(1.05, 1.3),
    ),
    row(
        "cloud_get_many_100",
        "100 secrets of a Prefect 3 server in one `get_many`",
        "100 calls",
        Times,
        Aim::below(0.05, 0.125),
    ),
    // A process of its own.
    row("isolated_get", "get, plugin in a process of its own", ECHO, Times, Aim::below(1.3, 2.0)),
    row(
        "isolated_eight",
        "a get of 8 threads at once, the same plugin",
        "a get of one thread",
        Times,
        Aim::below(1.0, 2.0),
    ),
    row("isolated_start", "load such a plugin and get", START, Times, Aim::below(3.0, 5.0)),
    row("isolated_restart", "a get after it was killed", START, Times, Aim::below(3.0, 5.0)),
    // What it weighs and leaves.
    row(
        "size_cloud",
        "shared library, stripped, with everything",
        "",
        Bytes,
        Aim::below(3.2 * MIB, 3.2 * MIB),
    ),
    row(
        "size_without_cloud",
        "the same without Cloud",
        "",
        Bytes,
        Aim::below(0.5 * MIB, 0.5 * MIB),
    ),
    row(
        "copies_left",
        "copies of values in memory after release and close",
        "while they are held",
        Count,
        Aim::below(0.0, 0.0),
    ),
];

/// The row called `key`, with what was measured or why there is nothing.
pub(crate) fn measured(key: &str, measured: Outcome<Measured>) -> Row {
    let said = ROWS.iter().find(|row| row.key == key);
    let Said { key, path, floor, unit, aim } = said.expect("a key of the table");
    Row {
        key: (*key).into(),
        path: (*path).into(),
        floor: (*floor).into(),
        unit: *unit,
        aim: *aim,
        measured,
        remark: None,
    }
}

/// All keys, in the order of the page.
pub(crate) fn keys() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.key)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use prefect_secrets_testing::workspace;

    use super::*;
    use crate::bench::report::Report;

    #[test]
    fn a_key_names_one_row() {
        assert_eq!(keys().collect::<BTreeSet<_>>().len(), keys().count());
        for row in ROWS {
            assert!(row.aim.is_none_or(|aim| aim.aim == aim.limit
                || (aim.aim < aim.limit) == (aim.better == crate::bench::row::Better::Lower)));
        }
    }

    #[test]
    fn remarks_are_of_rows_that_there_are() {
        let text = std::fs::read_to_string(workspace().join("benches/remarks.toml")).unwrap();
        let remarks: BTreeMap<String, String> = toml::from_str(&text).unwrap();
        for key in remarks.keys() {
            assert!(keys().any(|known| known == key), "no row is called {key}");
        }
    }

    #[test]
    fn the_page_has_every_row() {
        let report = Report::read().unwrap();
        let run = report.floors.expect("benches/results.json has a run");
        let there: BTreeSet<_> =
            run.questions.iter().flat_map(|question| &question.rows).map(|row| &*row.key).collect();
        for key in keys() {
            assert!(there.contains(key), "{key} was not measured; run cargo xtask bench");
        }
    }
}
