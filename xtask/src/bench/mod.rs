//! `cargo xtask bench`: what a secret costs, in one run.

mod curve;
mod machine;
mod markdown;
mod picture;
mod report;
mod row;
mod spread;
mod terminal;
mod unit;

use clap::Args;

use crate::Outcome;

/// What is measured.
#[derive(Args)]
pub(crate) struct What {
    /// In under two minutes, what a C and a Go program measure; prints ratios and writes nothing
    #[arg(long)]
    quick: bool,
    /// Others that do the same work, each set up from where it is published
    #[arg(long, conflicts_with = "quick")]
    peers: bool,
}

pub(crate) fn run(what: &What) -> Outcome {
    if what.peers {
        return Err("the peers are not built yet".into());
    }
    let _ = what.quick;
    report::Report::read()?.write()
}
