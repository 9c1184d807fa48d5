//! One rule on one subject, in a process of its own.

use std::time::Duration;

use prefect_secrets_core::Capabilities;
use prefect_secrets_core::abi::Status;
use prefect_secrets_providers::plugin::{self, Contents, Running, Search};

use crate::finding::{Outcome, Stop, skipped};
use crate::host::{Era, Given, Got, Instance, Plugin, entry_of_a_child};
use crate::process::Output;
use crate::subject::Subject;

/// A name that no place has.
pub(crate) const ABSENT: &str = "PREFECT_SECRETS_CONFORMANCE_ABSENT_4d1f";
/// The name that is set and deleted, with a number behind it where there are several.
pub(crate) const WRITTEN: &str = "PREFECT_SECRETS_CONFORMANCE_WRITTEN";
/// Why a rule about values is skipped.
pub(crate) const NOTHING_KNOWN: &str =
    "no secret of it is known whose value stays as it is: give --name NAME of one that it has";
/// How many of the names that a plugin lists are used.
const MOST_NAMES: usize = 16;
/// A get that takes longer makes a plugin slow, and then only a few names are used.
const SLOW: Duration = Duration::from_millis(20);
const FEW_NAMES: usize = 2;

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
    /// The file, which nobody else can have written; what stands in it if it is a library.
    pub(crate) fn found(&self) -> Outcome<Option<Contents>> {
        Ok(plugin::contents(&self.subject.plugin, &Search::new())?)
    }

    /// What stands in the file. None of its code runs.
    pub(crate) fn contents(&self) -> Outcome<Contents> {
        match self.found()? {
            Some(contents) => Ok(contents),
            None => skipped("the plugin is a program, and no library"),
        }
    }

    pub(crate) fn open(&self) -> Outcome<Plugin> {
        let plugin = &self.subject.plugin;
        if self.subject.in_child {
            // Its manifest's id was held against its own when it was started.
            return Ok(Plugin::new(entry_of_a_child(plugin, &Running::in_child())?, None));
        }
        let opened = plugin::open(plugin, &Search::new()).0?;
        Ok(Plugin::new(opened.library.entry, opened.id))
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

    /// Names that the plugin should have: those that were given, and some that it lists. Few, if it
    /// takes its time.
    pub(crate) fn names(&self, plugin: &Plugin, instance: &Instance) -> Vec<String> {
        let mut names = self.subject.names.clone();
        names.extend(listing(plugin, instance));
        names.truncate(MOST_NAMES.max(self.subject.names.len()));
        if let Some(first) = names.first()
            && instance.get(first.as_bytes()).took > SLOW
        {
            names.truncate(FEW_NAMES);
        }
        names
    }

    /// Secrets that the plugin has, whose values stay as they are; the rule is skipped if none is known.
    pub(crate) fn known(&self, plugin: &Plugin, instance: &Instance) -> Outcome<Vec<Known>> {
        let found = |name: String| {
            let value = instance.get(name.as_bytes()).value?;
            // What says when it ends may be made anew for each get.
            let stays = !value.dated
                || instance.get(name.as_bytes()).value.is_some_and(|next| next.same(&value));
            stays.then_some(Known { name, value })
        };
        let known: Vec<_> = self.names(plugin, instance).into_iter().filter_map(found).collect();
        if known.is_empty() {
            return skipped(NOTHING_KNOWN);
        }
        Ok(known)
    }

    /// Every call that there is, once: with the name of the call, what came of it. Sets and deletes a
    /// name of the kit if that is allowed.
    pub(crate) fn everything(&self, plugin: &Plugin, instance: &Instance) -> Vec<(String, Got)> {
        let names = self.names(plugin, instance);
        let mut done = Vec::new();
        for name in names.iter().map(String::as_str).chain([ABSENT]) {
            done.push((format!("get of {name:?}"), instance.get(name.as_bytes())));
        }
        if plugin.can(Capabilities::GET_MANY) {
            let names: Vec<&str> = names.iter().map(String::as_str).chain([ABSENT]).collect();
            let (whole, each) = instance.get_many(&names);
            done.push(("get_many".into(), whole));
            let each = names.iter().zip(each);
            done.extend(each.map(|(name, got)| (format!("get_many, {name:?}"), got)));
        }
        if plugin.can(Capabilities::LIST) {
            done.push(("list".into(), instance.list().0));
        }
        if self.subject.may_write && plugin.can(Capabilities::SET) {
            let value = Given::text(b"a value of the kit");
            done.push(("set".into(), instance.set(WRITTEN, &value)));
            done.push((format!("get of {WRITTEN:?}"), instance.get(WRITTEN.as_bytes())));
        }
        if self.subject.may_write && plugin.can(Capabilities::DELETE) {
            done.push(("delete".into(), instance.delete(WRITTEN)));
        }
        if plugin.can(Capabilities::REFRESH) {
            done.push(("refresh".into(), instance.refresh()));
        }
        done
    }
}

/// Every name that the plugin lists, if it can.
pub(crate) fn listing(plugin: &Plugin, instance: &Instance) -> Vec<String> {
    if plugin.can(Capabilities::LIST) {
        instance.list().1.into_iter().flatten().collect()
    } else {
        Vec::new()
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
