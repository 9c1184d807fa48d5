//! What the rules are tried on.

use prefect_secrets_core::abi::Settings;

/// A plugin, and what the kit may do with it.
pub struct Subject {
    /// The name of a manifest, or the absolute path of a manifest or a library.
    pub plugin: String,
    /// What instances are created from.
    pub settings: Settings,
    /// Names that it has secrets for. With a plugin that can list, those that it lists are added.
    pub names: Vec<String>,
    /// Whether names may be set and deleted that begin with `PREFECT_SECRETS_CONFORMANCE_`.
    pub may_write: bool,
    /// Whether every instance is made in a process of its own, as a host does it. A plugin that is a
    /// program runs nowhere else.
    pub in_child: bool,
}
