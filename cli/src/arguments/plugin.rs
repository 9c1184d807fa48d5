//! `plugin ...`.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::within::seconds;

/// For whoever installs plugins, and whoever writes them.
///
/// They tell which are installed and whether one keeps the rules, and write the starting point of a new one.
#[derive(Subcommand)]
#[command(after_help = "Examples:\n  prefect-secrets plugin list\n  \
    prefect-secrets plugin check /opt/vault/libvault.so")]
pub(crate) enum Plugin {
    List(PluginList),
    Check(PluginCheck),
    Rules(PluginRules),
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

/// Lists the plugins that are installed.
///
/// Each with what the checks before loading say; no code of theirs runs. A terminal gets a table, anything
/// else a line each: name, manifest and verdict, with a tab between them, and "shadowed" behind another
/// one.
#[derive(Args)]
#[command(after_help = "Examples:\n  prefect-secrets plugin list\n  \
    prefect-secrets plugin list --json | jq '.[] | select(.accepted | not)'")]
pub(crate) struct PluginList {
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Lists the rules that `check` tries.
///
/// Each with what it is about, in a sentence or two.
#[derive(Args)]
#[command(after_help = "Examples:\n  prefect-secrets plugin rules | less\n  \
    prefect-secrets plugin rules --json | jq -r '.rules[].name'")]
pub(crate) struct PluginRules {
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Tells whether a plugin keeps the rules.
///
/// Each is tried in a process of its own, so the plugin may crash or hang. Before that, step by step:
/// where it was found, who could have written it, what the file is.
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
