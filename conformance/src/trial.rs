//! One rule on one subject, in a process of its own.

use prefect_secrets_core::Capabilities;
use prefect_secrets_core::abi::Status;
use prefect_secrets_providers::plugin::{self, Contents, Search};

use crate::finding::{Outcome, Stop, broken, skipped};
use crate::host::{Era, Given, Got, Instance, Plugin};
use crate::process::Output;
use crate::subject::Subject;

/// A name that no place has.
pub(crate) const ABSENT: &str = "PREFECT_SECRETS_CONFORMANCE_ABSENT_4d1f";
/// How many of the names that a plugin lists are used.
const MOST_NAMES: usize = 16;

/// What a rule can use.
pub(crate) struct Trial<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) output: &'a Output,
}

/// A secret that the plugin has.
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) value: Given,
}

impl Trial<'_> {
    /// What stands in the file. None of its code runs.
    pub(crate) fn contents(&self) -> Outcome<Contents> {
        plugin::contents(&self.subject.plugin, &Search::new())
            .map_err(|error| Stop::Broken(format!("{}; {}", error.what(), error.next_step())))
    }

    pub(crate) fn open(&self) -> Outcome<Plugin> {
        match plugin::open(&self.subject.plugin, &Search::new()).0 {
            Ok(opened) => Ok(Plugin::new(opened)),
            Err(error) => broken(format!("{}; {}", error.what(), error.next_step())),
        }
    }

    pub(crate) fn create(&self, plugin: &Plugin, era: Era) -> Outcome<Instance> {
        plugin
            .create(era, &self.subject.settings)
            .map_err(|refused| Stop::Broken(format!("create answered {}", refused.said())))
    }

    pub(crate) fn instance(&self) -> Outcome<(Plugin, Instance)> {
        let plugin = self.open()?;
        let instance = self.create(&plugin, Era::Now)?;
        Ok((plugin, instance))
    }

    /// Names that the plugin should have: those that were given, and some that it lists.
    pub(crate) fn names(&self, plugin: &Plugin, instance: &Instance) -> Vec<String> {
        let mut names = self.subject.names.clone();
        if plugin.can(Capabilities::LIST) {
            names.extend(instance.list().1.into_iter().flatten());
        }
        names.truncate(MOST_NAMES.max(self.subject.names.len()));
        names
    }

    /// Secrets that the plugin has; the rule is skipped if none is known.
    pub(crate) fn known(&self, plugin: &Plugin, instance: &Instance) -> Outcome<Vec<Known>> {
        let found = |name: String| {
            let value = instance.get(name.as_bytes(), None).value?;
            Some(Known { name, value })
        };
        let known: Vec<_> = self.names(plugin, instance).into_iter().filter_map(found).collect();
        if known.is_empty() {
            return skipped("no secret of it is known: give --name NAME of one that it has");
        }
        Ok(known)
    }
}

/// What is wrong with an answer that should have been `expected`; never what it was.
pub(crate) fn differs(name: &str, got: &Got, expected: &Given) -> Option<String> {
    match &got.value {
        _ if !got.is(Status::Ok) => Some(format!("get of {name:?} answered {}", got.said())),
        Some(value) if value.same(expected) => None,
        Some(_) => Some(format!("get of {name:?} gave another value")),
        None => Some(format!("get of {name:?} gave no value")),
    }
}
