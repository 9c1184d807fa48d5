//! `plugin ...`: for whoever installs plugins, and whoever writes them.

mod check;
mod list;
mod new;

use std::io::Write;

use prefect_secrets_core::{Error, Kind};

use crate::arguments::Plugin;
use crate::exit::Exit;

pub(crate) fn run(plugin: &Plugin) -> Result<Exit, Error> {
    match plugin {
        Plugin::List(list) => list::run(list),
        Plugin::Check(check) => check::run(check),
        Plugin::CheckRule => check::run_rule(),
        Plugin::Rules => check::rules(),
        Plugin::New(new) => new::run(new),
    }
}

fn print(text: &str) -> Result<(), Error> {
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| {
        let what = format!("the answer could not be written to stdout: {error}");
        Error::new(Kind::Unavailable, what, "look at what reads it")
    })
}
