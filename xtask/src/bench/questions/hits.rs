//! What does a C program pay for a secret that is in memory?

use std::path::Path;

use prefect_secrets_benches::Program;

use super::Rows;
use crate::Outcome;
use crate::bench::lab::{Lab, Place, secrets};
use crate::bench::report::Question;
use crate::bench::rounds::{Side, counted, ratio, turns};
use crate::bench::row::Measured;

const TITLE: &str = "What does a C program pay for a secret?";
const METHOD: &str = "Thread CPU time. The chain is env, toml, a plugin in C that answers from memory ([fixed.c](c/fixed.c)), and a \
Cloud that is not configured; for the rows of a plugin it is the plugin alone. Handles end with a release, copies with the wiping of the buffer, of floor and path alike; \
the copy of A lies at another place in each round, because one that crosses a page takes more than twice as long. \
The further variables of two rows come before the secret in the environment, where `getenv` has to pass them. System calls are \
counted by a process that traces the program ([traced.h](c/traced.h)). The handle in C is also held against the same \
lookup in Rust, `Chain::get`, compiled alike.";

pub(super) fn question(lab: &Lab) -> Question {
    rows(lab, None).question(TITLE, METHOD)
}

pub(super) fn with_rust(lab: &Lab, rust: &Path) -> Question {
    rows(lab, Some(rust)).question(TITLE, METHOD)
}

/// A home of 50 secrets in TOML and a plugin, with `more` variables.
pub(in crate::bench) fn place(lab: &Lab, more: usize) -> Place {
    of_chain(lab, more, "'env', 'toml', 'plugin', 'cloud'")
}

/// The same where these links are the chain.
pub(super) fn of_chain(lab: &Lab, more: usize, links: &str) -> Place {
    let place = lab.place("", more);
    let plugin = lab.plugin(&place, "benches/c/fixed.c");
    place.home.config(&format!(
        "{}\n[secrets]\nchain = [{links}]\n\
         [secrets.providers.plugin]\nplugin = {plugin:?}\nisolation = 'in-process'\n",
        secrets(50)
    ));
    place
}

fn rows(lab: &Lab, rust: Option<&Path>) -> Rows {
    let mut rows = Rows::of(TITLE);
    let places = [0, 300, 3000].map(|more| place(lab, more));
    let hosts: Outcome<Vec<Program>> = places.iter().map(|place| lab.host(place)).collect();
    let hosts = match hosts {
        Ok(hosts) => hosts,
        Err(why) => {
            rows.add("c_get_into_env", Err(why));
            return rows;
        }
    };
    let host = &hosts[0];
    let beside = |ours: &Side<'_>, floor: &str| {
        turns(ours, &Side::new(host, format!("{floor} #")), lab.effort, ratio)
    };
    let plain = |command: &str| Side::new(host, format!("{command} #"));
    rows.add("c_get_into_env", beside(&plain("get_into_env"), "floor_b"));
    for (key, host) in [("c_get_into_env_300", &hosts[1]), ("c_get_into_env_3000", &hosts[2])] {
        rows.add(key, beside(&Side::new(host, "get_into_env #"), "floor_b"));
    }
    rows.add("c_get_env", beside(&plain("get_env"), "floor_a"));
    rows.add("c_get_into_file", beside(&plain("get_into_file"), "floor_b"));
    rows.add("c_get_file", beside(&plain("get_file"), "floor_a"));
    let place = of_chain(lab, 0, "'plugin'");
    let alone = lab.host(&place);
    for (key, command, floor) in [
        ("c_get_into_plugin", "get_into_plugin", "floor_b"),
        ("c_get_plugin", "get_plugin", "floor_a"),
    ] {
        let measured = alone.as_ref().map_err(Clone::clone);
        let measured =
            measured.and_then(|alone| beside(&Side::new(alone, format!("{command} #")), floor));
        rows.add(key, measured);
    }
    rows.add("c_crossing", beside(&plain("crossing"), "floor_b"));
    if let Some(rust) = rust {
        let measured = places[0].start(rust, &["--listen"]).and_then(|rust| {
            let rust = Side::new(&rust, "chain/opened #");
            turns(&plain("get_env"), &rust, lab.effort, |ours, rust| ours - rust)
        });
        rows.add("c_beside_rust", measured);
    }
    for (key, command) in [("syscalls_get_into", "get_into_env"), ("syscalls_get", "get_env")] {
        rows.add(key, traced(host, &format!("{command} 1000"), 0));
    }
    rows
}

/// System calls, or which part of them: all, what was opened, what was started.
pub(super) fn traced(host: &Program, command: &str, part: usize) -> Outcome<Measured> {
    let command = format!("traced {command}");
    match host.say(&command)?.as_str() {
        "refused" => Err("this machine lets no process trace another".into()),
        line => {
            let figure = line.split(' ').nth(part).and_then(|word| word.parse().ok());
            figure.map(|figure| counted(figure, None)).ok_or_else(|| format!("{command}: {line}"))
        }
    }
}
