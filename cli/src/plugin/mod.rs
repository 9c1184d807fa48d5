//! `plugin ...`: for whoever installs plugins, and whoever writes them.

mod check;
mod list;
mod new;
mod rules;

use prefect_secrets_core::Error;

use crate::arguments::Plugin;
use crate::exit::Exit;

pub(crate) fn run(plugin: &Plugin) -> Result<Exit, Error> {
    match plugin {
        Plugin::List(list) => list::run(list),
        Plugin::Check(check) => check::run(check),
        Plugin::CheckRule => check::run_rule(),
        Plugin::Rules(rules) => rules::run(rules),
        Plugin::New(new) => new::run(new),
    }
}
