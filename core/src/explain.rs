//! How an answer came about.

use serde::Serialize;

/// What [`crate::Chain::explain`] found out about one name: every link, in order. It never holds
/// a value. As JSON it has this shape everywhere, in C, Go and on the command line; `version`
/// grows when a member changes its meaning.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The version of this shape: 1.
    pub version: u32,
    /// The name that was asked for.
    pub name: String,
    /// `found`, `absent`, or the word of the failure (`denied`, `unavailable`, `timed out`, ...).
    pub outcome: &'static str,
    /// Who found it, or failed.
    pub provider: Option<String>,
    /// Every link of the chain, in the order of asking.
    pub links: Vec<LinkReport>,
}

/// What happened at one link.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkReport {
    /// The provider's name.
    pub provider: String,
    /// Whether it was asked.
    pub asked: bool,
    /// As in [`Explanation::outcome`], or `skipped`, or `not reached`.
    pub outcome: &'static str,
    /// Why: what failed, why it was skipped, as which name it was asked.
    pub reason: Option<String>,
    /// Nanoseconds that asking took.
    pub elapsed_ns: u64,
    /// Where the link was configured.
    pub configured: String,
}

impl Explanation {
    /// The one JSON document that every interface gives out.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("names and numbers are JSON")
    }
}
