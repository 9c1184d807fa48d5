//! What does a secret of a Cloud cost, beside libcurl?

use std::path::Path;

use prefect_secrets_benches::{OneCore, Program, VALUE};
use prefect_secrets_testing::{Prefect3, prefect3::Setup};

use super::Rows;
use crate::bench::lab::{Lab, Place};
use crate::bench::report::Question;
use crate::bench::rounds::{Effort, Side, ratio, turns};
use crate::{Outcome, python};

const TITLE: &str = "What does a secret of a Cloud cost, beside libcurl?";
const METHOD: &str = "Wall time, because somebody waits; a round has five tries of each side, of which the best counts. Both ask the same server on loopback for the same address, over a connection that is open, and \
look into the answer: libcurl's caller reads it with `serde_json` and finds the value. One server answers at once ([serve](questions/cloud.rs)): \
what is ours shows there. It shares one core with whoever asks ([one_core.rs](src/one_core.rs)): where the system puts the two else \
decides more than what they do, and a try is some 150 gets, so that code and data are where they are while somebody gets again and again. The other is a real one of Prefect 3, which takes milliseconds.";
const NAMES: usize = 100;
/// How long a round of one side takes at the server that answers at once, in nanoseconds.
const LONG: f64 = 20e6;

pub(super) fn question(lab: &Lab, rust: &Path) -> Question {
    let mut rows = Rows::of(TITLE);
    let place = lab.place("", 0);
    // It prints its address when it is there.
    let core = OneCore::begin().map_err(|error| error.to_string());
    let at_once = core.as_ref().map_err(Clone::clone).and_then(|_| place.start(rust, &["--serve"]));
    let measured = at_once.and_then(|server| {
        let address = server.say("")?;
        get(lab, &there(lab, &address), rust, Effort { round: LONG, ..lab.effort })
    });
    drop(core);
    rows.add("cloud_get", measured);
    let few = Effort { rounds: lab.effort.rounds.min(31), ..lab.effort };
    let server = python::prefect3().and_then(|_| prefect());
    let server = || server.as_ref().map_err(Clone::clone);
    let measured = server().and_then(|server| get(lab, &there(lab, server.address()), rust, few));
    rows.add("cloud_get_prefect", measured);
    let measured = server().and_then(|server| {
        let host = lab.host(&there(lab, server.address()))?;
        host.say(&format!("names {NAMES} bench-"))?;
        let side = |name| Side::new(&host, format!("wall {name} #")).at_most(1);
        turns(&side("get_many"), &side("get_each"), Effort { rounds: 5, ..few }, ratio)
    });
    rows.add("cloud_get_many_100", measured);
    rows.question(TITLE, METHOD)
}

/// A home whose Cloud is at this address.
fn there(lab: &Lab, address: &str) -> Place {
    let mut place = lab.place("", 0);
    place.variables.push(("PREFECT_API_URL".into(), address.into()));
    place
}

fn get(
    lab: &Lab,
    place: &Place,
    rust: &Path,
    effort: Effort,
) -> Outcome<crate::bench::row::Measured> {
    let (host, curl): (Program, Program) = (lab.host(place)?, place.start(rust, &["--listen"])?);
    let ours = Side::new(&host, "wall get # bench-0").in_wall_time();
    turns(&ours, &Side::new(&curl, "at/libcurl #").in_wall_time(), effort, ratio)
}

/// A server that keeps a hundred secrets.
fn prefect() -> Outcome<Prefect3> {
    let server = Prefect3::start(&Setup::default()).ok_or("there is no Prefect 3")?;
    let names: Vec<String> = (0..NAMES).map(|i| format!("bench-{i}")).collect();
    server.keep(&names.iter().map(|name| (name.as_str(), VALUE)).collect::<Vec<_>>());
    Ok(server)
}
