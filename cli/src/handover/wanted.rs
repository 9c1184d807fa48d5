//! Which secrets are wanted, and the variables that they become.

use std::collections::BTreeSet;

use prefect_secrets_core::{Chain, Deadline, Error};

use super::PREFIX;
use crate::arguments::{Asked, Handover};
use crate::exit::Exit;
use crate::usage::wrong_usage;

/// The secrets that are wanted, in the order in which they were named.
pub(crate) struct Wanted {
    /// Name and variable of each.
    pub(super) secrets: Vec<(String, String)>,
    /// Whether the names that are listed come after them.
    all: bool,
    prefect: bool,
}

impl Wanted {
    /// Those of `handover`, and `more` before them; `prefect` chooses what a variable is called that
    /// nobody named.
    pub(crate) fn of(more: &[Asked], handover: &Handover, prefect: bool) -> Self {
        let mut wanted = Self { secrets: Vec::new(), all: handover.all, prefect };
        for Asked { name, variable } in more.iter().chain(&handover.secrets) {
            let variable = variable.clone().unwrap_or_else(|| wanted.variable(name));
            wanted.secrets.push((name.clone(), variable));
        }
        wanted
    }

    fn variable(&self, name: &str) -> String {
        if self.prefect { format!("{PREFIX}{name}") } else { name.to_owned() }
    }

    /// Adds what the chain lists, if all are wanted: a name that was given already has its variable.
    pub(super) fn complete(&mut self, chain: &Chain, deadline: &Deadline) -> Result<(), Error> {
        if !self.all {
            return Ok(());
        }
        let named: BTreeSet<String> = self.secrets.iter().map(|(name, _)| name.clone()).collect();
        for listed in chain.list(deadline)? {
            if !listed.shadowed && !named.contains(&listed.name) {
                let variable = self.variable(&listed.name);
                self.secrets.push((listed.name, variable));
            }
        }
        Ok(())
    }

    /// Tells of a variable that two secrets would become, as wrong usage of `command`.
    pub(crate) fn refuse_duplicates(&self, command: &str) -> Option<Exit> {
        let mut seen = BTreeSet::new();
        let twice = self.secrets.iter().find(|(_, variable)| !seen.insert(variable))?;
        let said = format!("the variable {:?} is given twice; NAME=VAR chooses another", twice.1);
        Some(wrong_usage(command, &said))
    }
}
