//! `bench [NAME...]`: what a user's own chain takes.
//!
//! [`names`](who::Names) are found, each provider is asked once [who] has which, and that makes the
//! [parts](part::parts). The [meter] measures each; what it comes to is a [report], shown as a [table], as
//! JSON, and as a [picture]. No value is kept longer than its call, and none is in a report.

mod answered;
mod buckets;
mod clock;
mod environment;
mod failures;
mod interrupt;
mod measuring;
mod meter;
mod part;
mod picture;
mod report;
mod rows;
mod series;
mod strip;
mod table;
mod who;

use prefect_secrets_core::Error;
use prefect_secrets_providers::Opener;

use crate::arguments::Bench;
use crate::exit::Exit;
use crate::output::print;
use crate::units::Marks;
use answered::Outcome;
use environment::Environment;
use interrupt::Interrupt;
use measuring::Measuring;
use meter::Meter;
use report::Report;
use who::{Names, who};

pub(crate) fn run(bench: &Bench) -> Result<Exit, Error> {
    if let Some(file) = &bench.svg {
        picture::may_replace(file)?; // before anybody waits in vain
    }
    let chain = Opener::new().open()?;
    let mut meter = Meter::new(bench, Interrupt::watch()?);
    let environment = Environment::of(bench, &chain, &meter);
    let found = Names::find(&bench.names, &chain, &meter)?;
    let names = who(&found, &chain, &meter);
    let Measuring { open, cold, warm, many, is_whole } = Measuring::all(&meter, &chain, &names);
    meter.progress.end();
    let ended = match (meter.interrupt.came(), is_whole) {
        (true, _) => "interrupted",
        (false, false) => "out of time",
        (false, true) => "complete",
    };
    let failures = meter.failures.take().into_vec();
    let report = Report {
        version: 1,
        ended,
        environment,
        names,
        names_left_out: found.left_out,
        open,
        cold,
        warm,
        many,
        failures,
    };
    show(bench, &report)?;
    meter.interrupt.pass_on();
    Ok(exit(bench, &report))
}

fn show(bench: &Bench, report: &Report) -> Result<(), Error> {
    let text =
        if bench.json { report.to_json() + "\n" } else { table::text(report, Marks::here()) };
    print(&text)?;
    bench.svg.as_ref().map_or(Ok(()), |file| picture::write(file, report))
}

fn exit(bench: &Bench, report: &Report) -> Exit {
    let absent = report.names.iter().any(|who| who.answer == Outcome::Absent);
    if !report.failures.is_empty() {
        Exit::Failure
    } else if !bench.names.is_empty() && absent {
        Exit::NotFound
    } else {
        Exit::Found
    }
}
