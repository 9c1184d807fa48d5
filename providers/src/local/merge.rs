//! Merging: a later file over an earlier one, the environment over both.

use prefect_secrets_core::{Buffer, Error};

use super::environment::{Environment, Variable};
use super::node::{Node, Origin};

/// How many tables a variable may reach through; TOML files have a bound of this size too.
const DEEPEST: usize = 64;

impl Node {
    /// Puts `later` over this: tables are merged member by member, anything else is replaced.
    pub(super) fn merge(&mut self, later: Self) {
        match (self, later) {
            (Self::Table(members), Self::Table(later)) => {
                for (name, member) in later {
                    match members.get_mut(&name) {
                        Some(earlier) => earlier.merge(member),
                        None => {
                            members.insert(name, member);
                        }
                    }
                }
            }
            (earlier, later) => *earlier = later,
        }
    }

    /// Puts the variables of `environment` over this. *Invalid* if one nests too deeply: what
    /// reads the tables recurses, and nothing recurses without a bound.
    pub(super) fn merge_environment(&mut self, environment: &Environment) -> Result<(), Error> {
        for Variable { name, path, value } in environment.variables() {
            if path.len() > DEEPEST {
                let start: String = name.chars().take(60).collect();
                return Err(Error::invalid(
                    format!("the variable {start}... nests deeper than {DEEPEST} tables"),
                    "remove it, or give the whole as one JSON value",
                ));
            }
            let Some((last, tables)) = path.split_last() else { continue };
            let mut table = &mut *self;
            for key in tables {
                table = table.members_or_empty().entry(key.clone()).or_insert_with(Self::empty);
            }
            let origin = Origin::Variable(name.into());
            let text = Self::Text(Buffer::copy_of(value.expose()), origin);
            table.members_or_empty().insert(last.clone(), text);
        }
        Ok(())
    }

    /// The members; what is no table becomes an empty one, because a variable sets a part of it.
    fn members_or_empty(&mut self) -> &mut std::collections::BTreeMap<String, Self> {
        if !matches!(self, Self::Table(_)) {
            *self = Self::empty();
        }
        match self {
            Self::Table(members) => members,
            _ => unreachable!("it was made a table"),
        }
    }

    /// Whether a variable set any part of this.
    pub(super) fn has_variable(&self) -> bool {
        match self {
            Self::Table(members) => members.values().any(Self::has_variable),
            leaf => matches!(leaf.leaf(), Some((_, Origin::Variable(_)))),
        }
    }
}
