//! `completion SHELL`, and the answers to a shell that completes.

mod script;

use clap::{Arg, Command, CommandFactory};
use clap_complete::env::{CompleteEnv, Shells};
use clap_complete::{ArgValueCandidates, CompletionCandidate};
use prefect_secrets_core::{Error, Kind};
use prefect_secrets_providers::local::{Local, Snapshot};
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
    let asking = std::env::var_os(script::VARIABLE)?;
    let shells = script::SHELLS.map(|(shell, _)| shell);
    let completing = CompleteEnv::with_factory(|| with_names(Arguments::command()))
        .var(script::VARIABLE)
        .shells(Shells(&shells));
    let here = std::env::current_dir().ok();
    match completing.try_complete(std::env::args_os(), here.as_deref()) {
        Ok(true) => Some(Ok(Exit::Found)),
        Ok(false) => None,
        // bash would show a message in the middle of the line that is typed.
        Err(_) if shells.iter().any(|shell| asking == shell.name()) => Some(Ok(Exit::Failure)),
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
    let local = local.snapshot();
    let mut names = Vec::new();
    for link in chain(&local) {
        let mut there = match &*link {
            Env::NAME => local.names_in_env(),
            Toml::NAME => local.names_in_toml(),
            link => local.names_in_variables(link),
        };
        there.sort_unstable();
        let there = there.into_iter().filter(|name| is_word(name));
        let who = |name| CompletionCandidate::new(name).help(Some(link.clone().into()));
        names.extend(there.map(who));
    }
    names
}

/// The links of the chain that may write: all but the environment.
fn providers() -> Vec<CompletionCandidate> {
    let Ok(local) = Local::load(None) else { return Vec::new() };
    let links = chain(&local.snapshot()).into_iter();
    links.filter(|link| link != Env::NAME && is_word(link)).map(CompletionCandidate::new).collect()
}

/// The names of the links, as they are configured; as they are unsaid if that is no list of names.
fn chain(local: &Snapshot) -> Vec<String> {
    let said = local.section("secrets").and_then(|secrets| secrets.at(["chain"])?.leaf());
    let said = said.and_then(|(json, _)| serde_json::from_slice(json).ok());
    said.unwrap_or_else(|| [Env::NAME, Toml::NAME, "cloud"].map(String::from).into())
}

/// Whether every shell takes `name` as one word that is no option. What a shell would have to quote is
/// typed by hand: bash would take it apart.
fn is_word(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "_-./@+,".contains(c);
    !name.is_empty() && !name.starts_with('-') && name.chars().all(plain)
}
