//! `cargo xtask bench --peers`: others that do the same work, beside ours.
//!
//! Sets them up, pinned, under `target/`; measures them and ours in turns, from the same places; and
//! writes `benches/PEERS.md`, `peers.json` and a picture. Who is not to be had on this machine is
//! listed with the reason, and the run goes on.

mod bars;
mod facts;
mod memory;
mod page;
mod place;
mod results;
mod secrets;
mod set_up;
mod sizes;
mod stand_in;
mod subject;
mod turns;
mod vault;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Instant;

use prefect_secrets_testing::{Prefect3, prefect3};

use self::place::{Place, WAYS};
use self::results::{Peer, Results, Row, Table, rows};
use self::set_up::Installed;
use self::subject::{Launch, Taken};
use super::machine::{Machine, said};
use super::report::put;
use super::unit::Unit;
use crate::Outcome;

pub(crate) fn run() -> Outcome {
    let installed = set_up::everybody()?;
    let python = said("python3", &["--version"]);
    let mut machine = Machine::here(vec![("Python".into(), python)]);
    let places = places(&installed)?;
    let started = Instant::now();
    let mut tables = Vec::new();
    for place in &places {
        tables.extend(warm(place, &installed));
    }
    for place in &places {
        tables.extend(cold(place, &installed));
    }
    tables.push(commands(&installed));
    tables.push(sizes::table(&installed));
    println!("   what is left in memory, and forks");
    let facts = places.iter().flat_map(|place| facts::at(place, &installed)).collect();
    machine.finished();
    println!("   measured in {} s", started.elapsed().as_secs());
    let results = Results { machine, peers: peers(&installed), tables, facts };
    write(&results)
}

fn write(results: &Results) -> Outcome {
    let json = serde_json::to_string_pretty(results).map_err(|error| error.to_string())?;
    put("peers.json", &(json + "\n"))?;
    put("pictures/peers.svg", &bars::picture(results, secrets::COUNTS[1])?)?;
    put("PEERS.md", &page::page(results))?;
    page::missing(results).iter().for_each(|line| println!("   {line}"));
    println!("benches/PEERS.md, peers.json and pictures/peers.svg are written");
    Ok(())
}

fn places(installed: &Installed) -> Outcome<Vec<Place>> {
    let vault = vault::start().map_err(|error| format!("no port on loopback: {error}"))?;
    Ok(vec![
        Place::Environment,
        Place::File,
        Place::Prefect3(server(installed)),
        Place::Loopback { vault },
    ])
}

/// A Prefect 3 server that keeps all the secrets.
fn server(installed: &Installed) -> Outcome<Prefect3> {
    installed.prefect3.as_ref().map_err(Clone::clone)?;
    println!("starting a Prefect 3 server, and keeping 500 secrets there (about a minute)");
    let kept: Vec<(String, String)> = secrets::first(secrets::COUNTS[2])
        .map(|(name, value)| (name.to_lowercase().replace('_', "-"), value))
        .collect();
    let kept: Vec<(&str, &str)> = kept.iter().map(|(name, value)| (&**name, &**value)).collect();
    // The tests want it to start; here the others are measured all the same.
    let started = catch_unwind(AssertUnwindSafe(|| {
        let server = Prefect3::start(&prefect3::Setup::default())?;
        server.keep(&kept);
        Some(server)
    }));
    started.ok().flatten().ok_or_else(|| "its server does not start".to_owned())
}

/// A field's rounds: of ours and of the others.
type Rounds = (Vec<Outcome<Vec<Taken>>>, Vec<(&'static str, Outcome<Vec<Taken>>)>);

fn measure(
    place: &Place,
    installed: &Installed,
    mode: &str,
    count: usize,
    turn: impl Fn(Outcome<Launch>) -> turns::Turn,
) -> Rounds {
    let field = match place.field(installed, mode, count) {
        Ok(field) => field,
        Err(why) => return (Vec::new(), vec![("everybody", Err(why))]),
    };
    // Its server lives to the end of this function.
    let place::Field { ours, others, _server } = field;
    let (names, launches): (Vec<_>, Vec<_>) = others.into_iter().unzip();
    let ways = ours.len();
    let all = ours.into_iter().map(Ok).chain(launches).map(turn).collect();
    let mut taken = turns::take(all);
    let others = names.into_iter().zip(taken.split_off(ways)).collect();
    let rounds = taken.iter().flatten().map(Vec::len).max().unwrap_or(0);
    println!("   {mode}, from {}, {count} name(s): {rounds} rounds", place.called());
    (taken, others)
}

/// In a process that runs: wall time and, where no network is involved, CPU time.
fn warm(place: &Place, installed: &Installed) -> Vec<Table> {
    let ways: Vec<String> = WAYS.iter().map(|(_, way)| format!("ours, {way}")).collect();
    let table = |measure: &str, title: &str, method: &str| Table {
        key: format!("{measure}-{}", place.key()),
        title: format!("From {}, {title}?", place.called()),
        method: method.into(),
        unit: Unit::Nanoseconds,
        ways: ways.clone(),
        rows: Vec::new(),
    };
    let mut wall = table(
        "warm",
        "in a process that runs: how long does it take",
        &format!("Wall time of all the names once. {}", words(place)),
    );
    let mut cpu = table(
        "cpu",
        "in a process that runs: how much CPU does it take",
        "The same rounds: CPU time of the whole process, all its threads.",
    );
    for count in secrets::COUNTS {
        let (ours, others) = measure(place, installed, "serve", count, turns::warm);
        wall.rows.extend(rows(Some(count), &ours, &others, |taken| taken.wall));
        cpu.rows.extend(rows(Some(count), &ours, &others, |taken| taken.cpu));
    }
    if place.is_local() { vec![wall, cpu] } else { vec![wall] }
}

/// What there is to know of a place.
fn words(place: &Place) -> &'static str {
    match place {
        Place::Environment => {
            "The environment holds these secrets, `HOME` and `PATH`. SecretSpec writes a log of who asked for what unless \
             it is told not to: both are here."
        }
        Place::File => {
            "Ours and Prefect 1 read `config.toml`, SecretSpec and pydantic-settings a dotenv file with the same names and \
             values. Prefect 1 reads it once, when it is imported; ours when a chain is opened."
        }
        Place::Prefect3(_) => {
            "A real server of Prefect 3 on loopback with 500 secrets, in its own process, its database in a file. Opened \
             anew is with a new connection."
        }
        Place::Loopback { .. } => {
            "Ours and Prefect 1 ask the stand-in for Prefect Cloud 1 (GraphQL), each in its own protocol's way: ours takes \
             all names in one request. SecretSpec knows no Prefect, and asks an answerer in the place of Vault, which has \
             one request for each name. Neither answerer waits for anything."
        }
    }
}

/// From the start of a process to its end: wall time and peak memory.
fn cold(place: &Place, installed: &Installed) -> Vec<Table> {
    let table = |measure: &str, title: &str, unit, method: &str| Table {
        key: format!("{measure}-{}", place.key()),
        title: format!("From {}, {title}?", place.called()),
        method: method.into(),
        unit,
        ways: vec!["ours (C)".into()],
        rows: Vec::new(),
    };
    let mut wall = table(
        "cold",
        "a whole process: how long does it take",
        Unit::Nanoseconds,
        "Wall time from before `fork` until the process was waited for: the program starts, gets all the names once, checks \
         them, gives them back, and ends. One that takes less than 20 ms runs several times in its round; the median counts.",
    );
    let mut memory = table(
        "memory",
        "a whole process: how much memory does it take",
        Unit::Bytes,
        "The same processes: the most that was resident (`ru_maxrss`).",
    );
    for count in secrets::COUNTS {
        let turn = |launch| turns::cold(launch, installed.cold.clone());
        let (mut ours, others) = measure(place, installed, "once", count, turn);
        // A process that ends has opened its chain once, either way.
        ours.truncate(1);
        wall.rows.extend(rows(Some(count), &ours, &others, |taken| taken.wall));
        memory.rows.extend(rows(Some(count), &ours, &others, |taken| taken.memory));
    }
    vec![wall, memory]
}

/// The command lines: one secret, printed.
fn commands(installed: &Installed) -> Table {
    let ours = |launch: Launch| launch.told(&["get", &secrets::name(1)]);
    let theirs = |provider: &str| {
        let command = &installed.secretspec.as_ref().map_err(Clone::clone)?.command;
        let launch = Launch::new(command).keeps("secretspec.toml", secrets::manifest(1));
        let arguments = ["--reason", "bench", "get", &secrets::name(1), "--provider", provider];
        Ok(place::silent(launch).told(&arguments))
    };
    let variable = |name: String| vec![(name, secrets::value(1))];
    let prefixed = variable(format!("PREFECT__CONTEXT__SECRETS__{}", secrets::name(1)));
    let command: &Path = &installed.ours.command;
    let pairs: [(&str, Launch, Outcome<Launch>); 2] = [
        (
            "`secretspec get`, from the environment",
            ours(Launch::new(command).with(&prefixed)),
            theirs("env://").map(|launch| launch.with(&variable(secrets::name(1)))),
        ),
        (
            "`secretspec get`, from a file",
            ours(Launch::new(command).keeps(".prefect/config.toml", secrets::toml(1))),
            theirs("dotenv://secrets.env")
                .map(|launch| launch.keeps("secrets.env", secrets::dotenv(1))),
        ),
    ];
    let mut table = Table {
        key: "command".into(),
        title: "How long does the command line take for one secret?".into(),
        method: "As whole processes above. What both print was compared with the value before, and SecretSpec's log is off."
            .into(),
        unit: Unit::Nanoseconds,
        ways: vec!["`prefect-secrets get`".into()],
        rows: Vec::new(),
    };
    for (who, ours, theirs) in pairs {
        println!("   {who}");
        let both = [printing(Ok(ours)), printing(theirs)];
        let turns = both.map(|launch| turns::cold(launch, installed.cold.clone())).into();
        let mut taken = turns::take(turns);
        let theirs = [(who, taken.split_off(1).remove(0))];
        let of: Vec<Row> = rows(Some(1), &taken, &theirs, |taken| taken.wall);
        table.rows.extend(of);
    }
    table
}

/// The same, if what it prints is the value.
fn printing(launch: Outcome<Launch>) -> Outcome<Launch> {
    let launch = launch?;
    match launch.prints()?.trim_end() == secrets::value(1) {
        true => Ok(launch),
        false => Err("it does not print the value".into()),
    }
}

/// Everybody, with the reason of who is not here.
fn peers(installed: &Installed) -> Vec<Peer> {
    let peer = |who: &str, package: &str, from: &str, missing: Option<String>| {
        let version = package.split_once("==").map_or(package, |(_, version)| version);
        Peer { who: who.into(), version: version.into(), from: from.into(), missing }
    };
    let why = |outcome: &Outcome<std::path::PathBuf>| outcome.as_ref().err().cloned();
    let pypi = "PyPI";
    vec![
        peer("ours", env!("CARGO_PKG_VERSION"), "this workspace", None),
        peer(
            "SecretSpec (C), and its command line",
            set_up::SECRETSPEC,
            "crates.io, behind the functions of its header (its C library is not published there); without the providers \
             that need a network, but for Vault",
            installed.secretspec.as_ref().err().cloned(),
        ),
        peer("SecretSpec (Python)", set_up::SECRETSPEC, pypi, why(&installed.secretspec_python)),
        peer("Prefect 1 (Python)", set_up::PREFECT1, pypi, why(&installed.prefect1)),
        peer("Prefect 3 (Python)", prefect3::PACKAGES[0], pypi, why(&installed.prefect3)),
        peer("pydantic-settings (Python)", set_up::PYDANTIC, pypi, why(&installed.pydantic)),
        peer("Bitwarden SDK, size only", set_up::BITWARDEN, pypi, why(&installed.bitwarden)),
        peer("1Password SDK, size only", set_up::ONEPASSWORD, pypi, why(&installed.onepassword)),
    ]
}
