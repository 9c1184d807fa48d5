//! What does the library itself cost: to open, in size, and in what it leaves?

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use prefect_secrets_stand_in::{Secrets, StandIn};
use prefect_secrets_testing::workspace;

use super::Rows;
use crate::Outcome;
use crate::bench::lab::Lab;
use crate::bench::report::Question;
use crate::bench::rounds::counted;
use crate::bench::row::Measured;
use crate::bench::spread::Spread;
use crate::stage::{cargo, finish};

const OPENING: &str = "What does it cost to open the library?";
const OPENING_METHOD: &str = "CPU time of a process that is not linked with it ([library.c](c/library.c)): from before `dlopen` until the default \
chain is open, with one secret in the environment and no configuration file; a fresh process each time. Threads and descriptors are counted \
before and after, and after a first get.";
const LEFT: &str = "What does it weigh, and what does it leave?";
const LEFT_METHOD: &str = "Copies are counted in all writable memory of a C program ([scan.c](../ffi/tests/c/scan.c)) that got secrets from \
environment, TOML and a Cloud on loopback in every way that there is: once while it holds them, which shows that the search finds \
them, and again after the last release and the close.";

pub(super) fn opening(lab: &Lab) -> Question {
    let mut rows = Rows::of(OPENING);
    let told = open(lab);
    let told = || told.as_ref().map_err(Clone::clone);
    let time = told().map(|told| {
        let all = Spread::of(told.iter().map(|round| round[1]));
        let bare = Spread::of(told.iter().map(|round| round[0])).median;
        Measured { ours: all.median, floor: Some(bare), figure: all }
    });
    rows.add("open_library", time);
    for (key, part) in [("open_threads", 2), ("open_descriptors", 3)] {
        let most = |told: &Vec<[f64; 4]>| told.iter().map(|round| round[part]).fold(0.0, f64::max);
        rows.add(key, told().map(|told| counted(most(told), None)));
    }
    rows.question(OPENING, OPENING_METHOD)
}

/// Of each round, what one opening took: `dlopen` alone, all, threads, descriptors.
fn open(lab: &Lab) -> Outcome<Vec<[f64; 4]>> {
    let program =
        lab.c.bare_program(&workspace().join("benches/c/library.c"), &["-O2", "-std=c11", "-ldl"]);
    let place = lab.place("", 0);
    let path = lab.library.shared_library();
    let running = place.start(&program, &[&path.to_string_lossy()])?;
    let rounds = (0..lab.effort.rounds.min(51)).map(|_| {
        let numbers = running.numbers("1")?;
        <[f64; 4]>::try_from(numbers).map_err(|numbers| format!("it says {numbers:?}"))
    });
    rounds.collect()
}

pub(super) fn left(lab: &Lab) -> Question {
    let mut rows = Rows::of(LEFT);
    with_cloud(lab, &mut rows);
    rows.question(LEFT, LEFT_METHOD)
}

pub(super) fn all(lab: &Lab) -> Question {
    let mut rows = Rows::of(LEFT);
    with_cloud(lab, &mut rows);
    rows.add("size_without_cloud", without_cloud().map(|size| counted(size, None)));
    rows.question(LEFT, LEFT_METHOD)
}

fn with_cloud(lab: &Lab, rows: &mut Rows) {
    let measured = size(&lab.library.shared_library()).map(|size| counted(size, None));
    rows.add("size_cloud", measured);
    rows.add("copies_left", copies(lab));
}

fn size(file: &Path) -> Outcome<f64> {
    let metadata = file.metadata().map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(metadata.len() as f64)
}

/// In a folder of its own: with other features it is another library of the same name.
fn without_cloud() -> Outcome<f64> {
    println!("   building the library without Cloud");
    let folder = workspace().join("target/bench/without-cloud");
    let mut build = cargo(&["build", "--release", "--package=prefect-secrets-ffi", "--lib"]);
    finish(build.arg("--no-default-features").env("CARGO_TARGET_DIR", &folder))?;
    size(&folder.join("release/libprefect_secrets.so"))
}

/// Values that nothing else in a process looks like.
fn marker(place: &str) -> String {
    format!("marker-of-{place}-q8Zt3vLx5Rk1")
}

/// Copies after the close, beside those while the secrets are held.
fn copies(lab: &Lab) -> Outcome<Measured> {
    let source = workspace().join("ffi/tests/c/scan.c");
    let arguments = ["-O2", "-std=c11", "-Wno-unused-function"];
    let program = lab.c.program_with(&source, &arguments, &lab.library);
    let secrets = Secrets::new().with("IN_CLOUD", format!("{:?}", marker("cloud")));
    let cloud = StandIn::start(secrets).map_err(|error| error.to_string())?;
    let place = lab.place(&format!("[context.secrets]\nIN_TOML = {:?}\n", marker("toml")), 0);
    let mut command = place.command(&program);
    command
        .env("PREFECT__CLOUD__API", cloud.address())
        .env("PREFECT__CLOUD__API_KEY", "key-of-the-benches")
        .env("PREFECT__CONTEXT__SECRETS__IN_ENV", marker("env"));
    for (name, place) in [("IN_ENV", "env"), ("IN_TOML", "toml"), ("IN_CLOUD", "cloud")] {
        command.arg(format!("{name}={}", masked(&marker(place))));
    }
    counts(&mut command)
}

/// A value as `scan.h` reads it.
fn masked(value: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{:02x}", byte ^ 0x5a);
        text
    })
}

fn counts(command: &mut Command) -> Outcome<Measured> {
    let output = command.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let sum = |what: &str| {
        let lines = text.lines().filter(|line| line.ends_with(what));
        let counts = lines.filter_map(|line| line.split_once(": ")?.1.split(' ').next());
        counts.filter_map(|count| count.parse().ok()).collect::<Vec<f64>>()
    };
    let (held, left) = (sum("while it is held"), sum("after the close"));
    if held.len() != 3 || left.len() != 3 || held.contains(&0.0) {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("the search says {} {}", text.trim_end(), said.trim_end()));
    }
    Ok(counted(left.iter().sum(), Some(held.iter().sum())))
}
