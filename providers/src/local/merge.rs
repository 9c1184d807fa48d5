//! Merging: a later file over an earlier one, the environment over both.

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use prefect_secrets_core::value::Object;
use prefect_secrets_core::{Buffer, Error};

use super::environment::{Environment, Variable};
use super::members::Members;
use super::node::{Node, Origin};
use super::text::Text;

/// How many tables a variable may reach through; TOML files have a bound of this size too.
const DEEPEST: usize = 64;
/// How often a variable is expanded and cast (Prefect 1.4.1, measured).
const PASSES: u8 = 2;

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

    /// Puts the variables of `environment` over this, in Prefect's order (1.4.1, measured): one
    /// that sets what a file set takes its place, the others follow in the order of the
    /// environment, and what comes later wins. *Invalid* if one nests too deeply: what reads the
    /// tables recurses, and nothing recurses without a bound.
    ///
    /// Returns the tables that a variable stands in the place of: a reference still reaches what is
    /// in them (1.4.1, measured).
    pub(super) fn merge_environment(&mut self, environment: &Environment) -> Result<Self, Error> {
        // Two variables may have one path: the place of the first, the value of the last.
        let mut places = HashMap::with_hasher(RandomState::default());
        let mut later: Vec<(String, Self)> = Vec::new();
        for Variable { name, path, value } in environment.variables() {
            if parts(&path).count() > DEEPEST {
                let start: String = name.chars().take(60).collect();
                return Err(Error::invalid(
                    format!("the variable {start}... nests deeper than {DEEPEST} tables"),
                    "remove it, or give the whole as one JSON value",
                ));
            }
            let text = Text::new(Buffer::copy_of(value), PASSES, environment);
            let node = Self::Text(text, Origin::Variable(name.into()));
            if let Some(place) = self.at_mut(parts(&path)).filter(|node| node.members().is_none()) {
                *place = node;
                continue;
            }
            let place = *places.entry_ref(path.as_str()).or_insert(later.len());
            match later.get_mut(place) {
                Some(earlier) => earlier.1 = node,
                None => later.push((path, node)),
            }
        }
        let mut replaced = Self::empty();
        for (path, node) in later {
            if let Some(table @ Self::Table(_)) = self.insert(&mut parts(&path), node) {
                replaced.insert(&mut parts(&path), table);
            }
        }
        Ok(replaced)
    }

    /// Puts `node` at `path`, through tables that are made where there are none. Returns what it
    /// replaces.
    pub(super) fn insert(
        &mut self,
        path: &mut dyn Iterator<Item = &str>,
        node: Self,
    ) -> Option<Self> {
        let mut table = self;
        let mut name = path.next()?;
        for next in path {
            table = table.members_mut().table(name);
            name = next;
        }
        table.members_mut().insert(name.into(), node)
    }

    /// The members. A text that was cast to a dict becomes a table; anything else becomes an empty
    /// one, because a variable sets a part of it.
    fn members_mut(&mut self) -> &mut Members {
        if !matches!(self, Self::Table(_)) {
            *self = self.as_table().unwrap_or_else(Self::empty);
        }
        match self {
            Self::Table(members) => members,
            _ => unreachable!("it was made a table"),
        }
    }

    /// The table that a text was cast to, if it was cast to a dict.
    pub(super) fn as_table(&self) -> Option<Self> {
        let Self::Text(text, origin) = self else { return None };
        let value = text.value()?;
        matches!(*value, Object::Dict(_)).then(|| Self::from_object(value.into_owned(), origin))
    }

    /// Whether a variable set any part of this.
    pub(super) fn has_variable(&self) -> bool {
        match self {
            Self::Table(members) => members.all().any(|(_, member)| member.has_variable()),
            leaf => matches!(leaf.leaf(), Some((_, Origin::Variable(_)))),
        }
    }

    /// Takes out tables without members, as Prefect loses them (1.4.1, measured); `false` if this
    /// is one.
    pub(super) fn prune(&mut self) -> bool {
        match self {
            Self::Table(members) => {
                members.retain(Self::prune);
                members.len() > 0
            }
            _ => true,
        }
    }
}

/// The names in the path of a variable, from the outermost table inwards.
fn parts(path: &str) -> std::str::Split<'_, &str> {
    path.split("__")
}
