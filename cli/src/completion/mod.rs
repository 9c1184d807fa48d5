//! `completion SHELL`, and the answers to a shell that completes.

mod script;

use std::sync::Arc;

use clap::{Arg, Command, CommandFactory};
use clap_complete::env::{CompleteEnv, Shells};
use clap_complete::{ArgValueCandidates, CompletionCandidate};
use prefect_secrets_core::{Deadline, Error, Kind, Provider};
use prefect_secrets_providers::local::Local;
use prefect_secrets_providers::{Env, Toml};

use crate::arguments::{Arguments, Completion, Shell};
use crate::exit::Exit;
use crate::output::print;

pub(crate) fn run(completion: &Completion) -> Result<Exit, Error> {
    let wanted = match completion.shell {
        Shell::Bash => "bash",
        Shell::Zsh => "zsh",
        Shell::Fish => "fish",
    };
    let (shell, _) =
        script::SHELLS.into_iter().find(|(shell, _)| shell.is(wanted)).expect("all are");
    print(&script::script(shell).map_err(failed)?)?;
    Ok(Exit::Found)
}

/// Answers the shell, if one asks; `None` if nobody does.
pub(crate) fn answer() -> Option<Result<Exit, Error>> {
    std::env::var_os(script::VARIABLE)?;
    let shells = script::SHELLS.map(|(shell, _)| shell);
    let completing = CompleteEnv::with_factory(|| with_names(Arguments::command()))
        .var(script::VARIABLE)
        .shells(Shells(&shells));
    let here = std::env::current_dir().ok();
    match completing.try_complete(std::env::args_os(), here.as_deref()) {
        Ok(true) => Some(Ok(Exit::Found)),
        Ok(false) => None,
        Err(error) => Some(Err(failed(error))),
    }
}

fn failed(error: impl std::fmt::Display) -> Error {
    let what = format!("nothing could be completed: {error}");
    Error::new(Kind::Unavailable, what, format!("unset {}, which a shell sets", script::VARIABLE))
}

/// The commands, with what can stand for each argument that is the name of a secret or a provider.
fn with_names(command: Command) -> Command {
    // The names there are of plugins and of their own secrets.
    if command.get_name() == "plugin" {
        return command;
    }
    let with_candidates = |arg: Arg| match arg.get_value_names() {
        Some([name]) if name.starts_with("NAME") => arg.add(ArgValueCandidates::new(names)),
        Some([name]) if name == "PROVIDER" => arg.add(ArgValueCandidates::new(providers)),
        _ => arg,
    };
    command.mut_args(with_candidates).mut_subcommands(with_names)
}

/// The names that variables and files of this machine have, and who has each. Nothing of a plugin is
/// loaded, and nobody is asked over a network.
fn names() -> Vec<CompletionCandidate> {
    let Ok(local) = Local::load(None) else { return Vec::new() };
    let local = Arc::new(local);
    let places: [Box<dyn Provider>; 2] =
        [Box::new(Env::new(Arc::clone(&local), false)), Box::new(Toml::new(local, false))];
    let mut names = Vec::new();
    for place in places {
        let mut there = place.list(&Deadline::none()).unwrap_or_default();
        there.sort_unstable();
        names.extend(
            there.into_iter().filter(|name| is_word(name)).map(|name| {
                CompletionCandidate::new(name).help(Some(place.name().to_owned().into()))
            }),
        );
    }
    names
}

/// The providers that everybody has and that can write.
fn providers() -> Vec<CompletionCandidate> {
    ["cloud", Toml::NAME].map(CompletionCandidate::new).into()
}

/// Whether every shell takes `name` as one word that is no option. What a shell would have to quote is
/// typed by hand: bash would take it apart.
fn is_word(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "_-./@+,".contains(c);
    !name.is_empty() && !name.starts_with('-') && name.chars().all(plain)
}
