//! The provider contract as rules that anyone can run on any plugin.
//!
//! A **rule** is one promise that a plugin makes: it has a name, says why it is there, and is tried
//! on a **subject**, a plugin with its settings. Each rule runs in a process of its own with a limit
//! of time, so that a plugin may crash, hang or litter: that is the rule's finding, and the next rule
//! begins in a clean process. What rests on a rule that was broken is *not reached*, so that one fault
//! is told once.
//!
//! The kit does not use the host's own code to call the plugin: it has a host of its own, which
//! hands over what a host of this, an earlier or a later minor would, notes every broken rule instead
//! of stopping at the first, and takes away what a call was given when it has returned.
//!
//! [`check`] runs the rules and gives a [`Report`], for people, as JSON or as TAP. The process for a
//! rule is the calling program once more: it has to call [`run_one`] when it is started with the
//! arguments that [`Kit`] names.

mod finding;
mod host;
mod process;
mod report;
mod rule;
mod rules;
mod runner;
mod subject;
mod trial;

pub use finding::{Finding, Verdict};
pub use report::Report;
pub use rule::{Rule, Weight};
pub use rules::all;
pub use runner::{Kit, check, run_one};
pub use subject::Subject;
