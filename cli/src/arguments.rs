//! What the command line takes. The manual page is made of this file, too (`packaging/src/manual.rs`),
//! so it stands on `clap` alone.

use std::time::Duration;

use clap::{Args, Parser, Subcommand};

/// The secrets that Prefect users keep: from the environment, ~/.prefect/config.toml, Prefect
/// Cloud and plugins.
#[derive(Parser)]
#[command(name = "prefect-secrets", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 found or done, 3 not found, 2 wrong usage, 1 any failure. `--` ends the options, so \
     that any name can be asked for.";

#[derive(Subcommand)]
pub(crate) enum Command {
    Get(Get),
    Exists(Exists),
    List(List),
    Set(Set),
    Delete(Delete),
    Explain(Explain),
    Bench(Bench),
    #[command(subcommand)]
    Plugin(Plugin),
}

/// Plugins: which are installed, whether one keeps the rules, and the starting point of a new one.
#[derive(Subcommand)]
pub(crate) enum Plugin {
    List(PluginList),
    Check(PluginCheck),
    /// Lists the rules that `check` tries, with what each is about.
    Rules,
    New(PluginNew),
    /// What `check` starts for each rule.
    #[command(hide = true)]
    CheckRule,
}

/// Writes the starting point of a plugin into a new folder.
#[derive(Args)]
#[command(after_help = "Example:\n  prefect-secrets plugin new --language c vault")]
pub(crate) struct PluginNew {
    /// What it is called: a to z, 0 to 9 and dashes.
    pub(crate) name: String,
    /// The language that it is written in.
    #[arg(long)]
    pub(crate) language: Language,
    /// For Rust: the folder `core` of a checkout of this project.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) core: Option<std::path::PathBuf>,
}

/// Where a plugin runs.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Isolation {
    InProcess,
    Process,
}

/// A language that there is a starting point in.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Language {
    C,
    Cpp,
    Rust,
}

/// Lists the plugins that are installed: a line each, with what the checks before loading say. No
/// code of theirs runs.
#[derive(Args)]
#[command(after_help = "Example:\n  prefect-secrets plugin list")]
pub(crate) struct PluginList {
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Tells whether a plugin keeps the rules: each is tried in a process of its own, so the plugin may
/// crash or hang. Before that, step by step: where it was found, who could have written it, what the
/// file is.
#[derive(Args)]
#[command(after_help = "Examples:\n  prefect-secrets plugin check vault\n  \
    prefect-secrets plugin check --settings settings.json --name DB_PASSWORD /opt/vault/libvault.so\n  \
    prefect-secrets plugin check --rule manners --rule fork/child vault")]
pub(crate) struct PluginCheck {
    /// A manifest's name, or the absolute path of a manifest or of a library.
    pub(crate) plugin: String,
    /// A file with one JSON object: what [secrets.providers.NAME.config] would say.
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<std::path::PathBuf>,
    /// A secret that the plugin has, for the rules about values. Those that it lists are used as well.
    #[arg(long = "name", value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Let the kit set and delete secrets, whose names begin with PREFECT_SECRETS_CONFORMANCE_. A plugin
    /// that can set and not delete keeps them.
    #[arg(long)]
    pub(crate) write: bool,
    /// Where the plugin's instances are made. In the process of the rule more can be seen; in one of
    /// their own is how a host runs a plugin that is not trusted. A program runs nowhere else.
    #[arg(long, value_name = "WHERE", default_value = "in-process")]
    pub(crate) isolation: Isolation,
    /// Try this rule, or the rules of this group, and what they rest on.
    #[arg(long = "rule", value_name = "RULE")]
    pub(crate) rules: Vec<String>,
    /// What one rule may take: more for a plugin whose place is far away.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(crate) limit: Duration,
    /// Stop before any of the plugin's code runs.
    #[arg(long)]
    pub(crate) no_load: bool,
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the rules as TAP, for test runners.
    #[arg(long, conflicts_with_all = ["json", "no_load"])]
    pub(crate) tap: bool,
}

/// Prints the value of a secret, exactly as it is; on a terminal with a newline behind it.
#[derive(Args)]
#[command(after_help = "Examples:\n  prefect-secrets get DB_PASSWORD\n  \
    prefect-secrets get --json DB_SETTINGS | jq .host\n  prefect-secrets get -- --odd-name")]
pub(crate) struct Get {
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// Print the JSON view, as one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Says by its exit code whether a secret exists. Prints nothing.
#[derive(Args)]
#[command(after_help = "Example:\n  prefect-secrets exists DB_PASSWORD && ./start")]
pub(crate) struct Exists {
    #[command(flatten)]
    pub(crate) asked: Asked,
}

/// Lists the names that there are: a line each, with its provider behind a tab, and "shadowed" behind
/// another one where an earlier provider answers in its stead.
#[derive(Args)]
#[command(after_help = "Example:\n  prefect-secrets list | cut -f 1")]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) within: Within,
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Writes a secret: to Prefect Cloud, or wherever the chain can write first. The value comes from
/// the standard input, every byte of it, or from a prompt that does not show it; never from an
/// argument, which others could see.
#[derive(Args)]
#[command(after_help = "Examples:\n  prefect-secrets set DB_PASSWORD\n  \
    printf %s \"$PASSWORD\" | prefect-secrets set DB_PASSWORD\n  \
    prefect-secrets set --json DB_SETTINGS < settings.json")]
pub(crate) struct Set {
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// The value is one JSON document: a number, say, or an object. Else it is text.
    #[arg(long)]
    pub(crate) json: bool,
    /// Keep the empty text if nothing comes on the standard input. Unsaid, that is a failure: what was
    /// to write the value may have failed.
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// Write to this provider of the chain.
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) to: Option<String>,
}

/// Deletes a secret: from Prefect Cloud, or wherever the chain can delete first.
#[derive(Args)]
#[command(after_help = "Example:\n  prefect-secrets delete DB_PASSWORD")]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// Delete from this provider of the chain.
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) from: Option<String>,
}

/// Tells how a secret is resolved: each provider, asked or skipped and why. Never the value.
#[derive(Args)]
#[command(after_help = "Example:\n  prefect-secrets explain DB_PASSWORD")]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Measures your own chain: what a get takes from each provider and through the whole chain, first
/// after opening and again and again; and all names at once beside one at a time. Nothing is written
/// anywhere but to the file of --svg, and no value is shown. Ctrl-C ends it with what it has.
#[derive(Args)]
#[command(after_help = "Examples:\n  prefect-secrets bench\n  \
    prefect-secrets bench --seconds 2 DB_PASSWORD NO_SUCH_NAME\n  \
    prefect-secrets bench --json > mine.json\n  prefect-secrets bench --svg mine.svg\n\n\
    Exit codes: 0 measured, 1 a provider failed, 3 nobody has a name that was given.")]
pub(crate) struct Bench {
    /// The names to ask for. Unsaid, those that the providers list, at most 20.
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// What measuring may take in all. Providers in memory take a fifth of a second each.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(crate) seconds: Duration,
    /// How many calls stand behind each line, at most. Unsaid, 20 to a provider that may be far away,
    /// so that it is not flooded, and what the time allows to all others.
    #[arg(long, value_name = "CALLS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    /// Give up a call after this many seconds.
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Draw a picture of it, too. A file that is there is replaced.
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<std::path::PathBuf>,
}

/// Which secret, and how long it may take.
#[derive(Args)]
pub(crate) struct Asked {
    /// The name of the secret; case-sensitive.
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) within: Within,
}

/// How long it may take.
#[derive(Args)]
pub(crate) struct Within {
    /// Give up after this many seconds in all.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) timeout: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(timeout) if !timeout.is_zero() => Ok(timeout),
        _ => Err("not a number of seconds above zero".into()),
    }
}
