//! The `[secrets]` table of `config.toml`: the order of the chain, and what is said of each link.

use std::time::Duration;

use prefect_secrets_core::abi::Settings;
use prefect_secrets_core::{Error, OnError};

use crate::local::{Members, Node, Origin, Snapshot};
use crate::plugin::{Isolation, Running};

/// Prefect 1 reads the same file and keeps each table in a dict with attributes, where a member
/// with one of these names hides a method and breaks Prefect (1.4.1, measured).
pub const METHODS: [&str; 12] = [
    "clear",
    "copy",
    "fromkeys",
    "get",
    "items",
    "keys",
    "pop",
    "popitem",
    "setdefault",
    "to_dict",
    "update",
    "values",
];

/// The names that stand for a provider of this library; any other name is the user's.
const BUILT_IN: [&str; 3] = ["env", "toml", "cloud"];

/// What the configuration says of the chain.
pub(crate) struct ChainSettings {
    /// The order, and where it was set; `None` for the default order.
    pub(crate) order: Option<(Vec<String>, String)>,
    pub(crate) links: Vec<(String, LinkSettings)>,
    /// The program that plugins run in, if it is not where it is looked for.
    pub(crate) plugin_host: Option<String>,
}

/// What the configuration says of one link.
#[derive(Default)]
pub(crate) struct LinkSettings {
    pub(crate) on_error: OnError,
    pub(crate) timeout: Option<Duration>,
    /// Whether values are taken as they stand.
    pub(crate) verbatim: bool,
    /// Whether it answers with plain variables.
    pub(crate) plain: bool,
    /// The plugin behind it: a manifest's name or an absolute path.
    pub(crate) plugin: Option<String>,
    /// The plugin's own settings.
    pub(crate) config: Option<Settings>,
    /// Where the plugin runs.
    pub(crate) running: Running,
    /// The variables that its process gets beside those that every one gets.
    pub(crate) environment: Vec<String>,
}

impl ChainSettings {
    pub(crate) fn read(snapshot: &Snapshot) -> Result<Self, Error> {
        let mut settings = Self { order: None, links: Vec::new(), plugin_host: None };
        let Some(secrets) = snapshot.section("secrets") else { return Ok(settings) };
        refuse_methods(secrets, "secrets")?;
        snapshot.settings_that_hold_a_secret().iter().try_for_each(|path| refuse_secret(path))?;
        for (key, node) in table(secrets, "secrets")?.sorted() {
            match key {
                "chain" => settings.order = Some(order(node)?),
                "plugin_host" => {
                    let path = text(node, "secrets.plugin_host")?;
                    if !path.starts_with('/') {
                        return Err(wrong("secrets.plugin_host", node, "an absolute path"));
                    }
                    settings.plugin_host = Some(path);
                }
                "providers" => {
                    for (name, node) in table(node, "secrets.providers")?.sorted() {
                        settings.links.push((name.to_owned(), LinkSettings::read(name, node)?));
                    }
                }
                // A list or a table is meant for the chain. A single value is a secret that somebody
                // put into the wrong table: Prefect takes no notice of it (1.4.1, measured).
                _ if matches!(node, Node::Table(_)) || is_list(node) => {
                    return Err(unknown("secrets", key, node, "chain, plugin_host, providers"));
                }
                _ => tracing::warn!(
                    member = key,
                    "not read: secrets stand under [context.secrets], the chain's settings here"
                ),
            }
        }
        Ok(settings)
    }
}

impl LinkSettings {
    fn read(name: &str, node: &Node) -> Result<Self, Error> {
        let path = format!("secrets.providers.{name}");
        let mut link = Self::default();
        for (key, node) in table(node, &path)?.sorted() {
            let member = format!("{path}.{key}");
            match key {
                "on_error" => {
                    link.on_error = match text(node, &member)?.as_str() {
                        "stop" => OnError::Stop,
                        "continue" => OnError::Continue,
                        _ => return Err(wrong(&member, node, "\"stop\" or \"continue\"")),
                    }
                }
                "timeout_ms" => {
                    link.timeout = Some(milliseconds(node, &member)?);
                }
                "verbatim" => {
                    link.verbatim = boolean(node, &member)?;
                }
                "provider" if !BUILT_IN.contains(&name) => {
                    link.plain = match text(node, &member)?.as_str() {
                        "env" => true,
                        _ => return Err(wrong(&member, node, "\"env\"")),
                    }
                }
                // Read with the variables themselves.
                "prefix" if !BUILT_IN.contains(&name) => drop(text(node, &member)?),
                "plugin" if !BUILT_IN.contains(&name) => link.plugin = Some(text(node, &member)?),
                "config" if !BUILT_IN.contains(&name) => {
                    table(node, &member)?;
                    let json = node.to_json();
                    let settings = json.and_then(|json| Settings::from_json(json.expose()));
                    link.config =
                        Some(settings.ok_or_else(|| wrong(&member, node, "a table of UTF-8"))?);
                }
                "isolation" if !BUILT_IN.contains(&name) => {
                    link.running.isolation = Some(match text(node, &member)?.as_str() {
                        "in-process" => Isolation::InProcess,
                        "process" => Isolation::Process,
                        "exec" => Isolation::Exec,
                        _ => {
                            return Err(wrong(&member, node, "\"process\" or \"in-process\""));
                        }
                    });
                }
                "sandbox" if !BUILT_IN.contains(&name) => {
                    link.running.sandbox = boolean(node, &member)?;
                }
                "sandbox_read" if !BUILT_IN.contains(&name) => {
                    let paths = texts(node, &member)?;
                    if !paths.iter().all(|path| path.starts_with('/')) {
                        return Err(wrong(&member, node, "a list of absolute paths"));
                    }
                    link.running.sandbox_read = paths.into_iter().map(Into::into).collect();
                }
                "environment" if !BUILT_IN.contains(&name) => {
                    link.environment = texts(node, &member)?;
                }
                "start_timeout_ms" if !BUILT_IN.contains(&name) => {
                    link.running.start_timeout = milliseconds(node, &member)?;
                }
                // Read by the cloud provider itself.
                "dialect" | "map_names" | "retry_waits_ms" if name == "cloud" => {}
                _ => {
                    let known = match name {
                        "cloud" => {
                            "on_error, timeout_ms, verbatim, dialect, map_names, retry_waits_ms"
                        }
                        "env" | "toml" => "on_error, timeout_ms, verbatim",
                        _ => {
                            "plugin, provider, prefix, on_error, timeout_ms, verbatim, config, \
                             isolation, sandbox, sandbox_read, environment, start_timeout_ms"
                        }
                    };
                    return Err(unknown(&path, key, node, known));
                }
            }
        }
        Ok(link)
    }
}

fn boolean(node: &Node, path: &str) -> Result<bool, Error> {
    match text(node, path)?.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(wrong(path, node, "true or false")),
    }
}

fn milliseconds(node: &Node, path: &str) -> Result<Duration, Error> {
    let ms = text(node, path)?.parse().ok().filter(|ms| *ms > 0);
    Ok(Duration::from_millis(ms.ok_or_else(|| wrong(path, node, "milliseconds, more than 0"))?))
}

fn texts(node: &Node, path: &str) -> Result<Vec<String>, Error> {
    let list = node.leaf().and_then(|(json, _)| serde_json::from_slice(json).ok());
    let list = list.filter(|list: &Vec<String>| {
        list.iter().all(|text| !text.is_empty() && !text.contains(['\0', '=']))
    });
    list.ok_or_else(|| wrong(path, node, "a list of texts, none empty, without = and NUL"))
}

fn order(node: &Node) -> Result<(Vec<String>, String), Error> {
    let expected = "a list of provider names, each once";
    let Some((json, origin)) = node.leaf() else {
        return Err(wrong("secrets.chain", node, expected));
    };
    let names: Vec<String> =
        serde_json::from_slice(json).map_err(|_| wrong("secrets.chain", node, expected))?;
    if names.is_empty() || (1..names.len()).any(|i| names[..i].contains(&names[i])) {
        return Err(wrong("secrets.chain", node, expected));
    }
    Ok((names, format!("[secrets] chain in {origin}")))
}

fn table<'a>(node: &'a Node, path: &str) -> Result<&'a Members, Error> {
    node.members().ok_or_else(|| wrong(path, node, "a table"))
}

fn is_list(node: &Node) -> bool {
    matches!(node, Node::Json(json, _) if json.expose().first() == Some(&b'['))
}

fn text(node: &Node, path: &str) -> Result<String, Error> {
    let leaf = node.leaf().and_then(|(text, _)| std::str::from_utf8(text).ok());
    leaf.map(str::to_owned).ok_or_else(|| wrong(path, node, "a single value in UTF-8"))
}

/// Where `node` was set, or the first of its members.
fn origin(node: &Node) -> Option<&Origin> {
    match node.members() {
        Some(members) => members.sorted().find_map(|(_, member)| origin(member)),
        None => node.leaf().map(|(_, origin)| origin),
    }
}

fn place(node: &Node) -> String {
    origin(node).map_or_else(String::new, |origin| format!(" in {origin}"))
}

fn wrong(path: &str, node: &Node, expected: &str) -> Error {
    Error::invalid(format!("{path}{} is not {expected}", place(node)), "mend that setting")
}

fn unknown(path: &str, key: &str, node: &Node, known: &str) -> Error {
    let what = format!("[{path}]{} has an unknown member {key:?}", place(node));
    Error::invalid(what, format!("remove it, or use one of: {known}"))
}

/// Names and paths are shown by messages. What is a plugin's own goes to the plugin alone.
fn refuse_secret(path: &[String]) -> Result<(), Error> {
    let parts: Vec<_> = path.iter().map(String::as_str).collect();
    if !matches!(*parts, ["secrets", ..]) || matches!(*parts, [_, "providers", _, "config", ..]) {
        return Ok(());
    }
    Err(Error::invalid(
        format!("{} refers to a secret, and messages would show it", parts.join(".")),
        "write it out; what is secret belongs into the config of a plugin",
    ))
}

fn refuse_methods(node: &Node, path: &str) -> Result<(), Error> {
    for (key, member) in node.members().into_iter().flat_map(Members::sorted) {
        if METHODS.contains(&key) {
            return Err(Error::invalid(
                format!("[{path}]{} has a member named {key:?}", place(member)),
                "choose another name: Prefect 1 reads this file too, and that name breaks it",
            ));
        }
        refuse_methods(member, &format!("{path}.{key}"))?;
    }
    Ok(())
}
