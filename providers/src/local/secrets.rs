//! The secrets in a configuration: what stands under `context.secrets`.

use std::sync::Arc;

use prefect_secrets_core::value::Object;
use prefect_secrets_core::{Error, Secret};
use prefect_secrets_lookup::Index;

use super::node::Node;

/// The secrets that one provider answers.
pub(super) enum Secrets {
    /// By name, ready to be shared.
    Named(Arc<Index>),
    /// `context.secrets` is no table.
    Stray(Node),
}

/// Which of the two local providers takes texts as they were written.
#[derive(Clone, Copy, Default)]
pub(super) struct Verbatim {
    pub(super) env: bool,
    pub(super) toml: bool,
}

impl Secrets {
    /// None.
    fn none() -> Self {
        Self::Named(Arc::default())
    }

    /// Those of `all`, ready to be shared.
    pub(super) fn of(all: impl Iterator<Item = (Box<str>, Result<Secret, Error>)>) -> Self {
        let mut index = Index::default();
        all.for_each(|(name, secret)| index.insert(name, secret));
        Self::Named(index.into())
    }

    /// As a get looks it up.
    pub(super) fn index(&self) -> Arc<Index> {
        match self {
            Self::Named(index) => Arc::clone(index),
            Self::Stray(_) => Arc::new(Index::broken()),
        }
    }

    /// The secrets in `node`, `context.secrets`: the environment answers those of which a variable
    /// set any part, with the merged value, TOML the rest.
    pub(super) fn split(node: Option<Node>, verbatim: Verbatim) -> (Self, Self) {
        let node = node.map(|node| node.as_table().unwrap_or(node));
        let members = match node {
            Some(Node::Table(members)) => members,
            None => return (Self::none(), Self::none()),
            Some(stray) if stray.has_variable() => return (Self::Stray(stray), Self::none()),
            Some(stray) => return (Self::none(), Self::Stray(stray)),
        };
        let mut in_env = Index::default();
        let mut in_toml = Index::with_capacity(members.len());
        let (env, toml): (Arc<str>, Arc<str>) = (crate::Env::NAME.into(), crate::Toml::NAME.into());
        for (name, mut node) in members {
            let (secrets, provider, verbatim) = match node.has_variable() {
                true => (&mut in_env, &env, verbatim.env),
                false => (&mut in_toml, &toml, verbatim.toml),
            };
            if node.prune() {
                let secret = node.into_secret(provider, verbatim).ok_or_else(not_utf8);
                secrets.insert(name, secret);
            }
        }
        (Self::Named(in_env.into()), Self::Named(in_toml.into()))
    }

    #[inline]
    pub(super) fn get(&self, name: &[u8]) -> Result<Option<&Secret>, Error> {
        match self {
            Self::Named(secrets) => {
                secrets.get(name).map(Result::as_ref).transpose().map_err(Error::clone)
            }
            Self::Stray(node) => Err(stray(node)),
        }
    }

    /// Whether `name` is there. Where `context.secrets` is text or a list, Prefect takes it for
    /// there if the text holds it or the list does (1.4.1, measured).
    pub(super) fn exists(&self, name: &str) -> Result<bool, Error> {
        match self {
            Self::Named(secrets) => Ok(secrets.get(name.as_bytes()).is_some()),
            Self::Stray(node) => match node.value() {
                Some(Object::Str(text)) => Ok(text.contains(name)),
                Some(Object::List(items) | Object::Tuple(items) | Object::Set(items)) => {
                    let is = |item: &Object| matches!(item, Object::Str(text) if **text == *name);
                    Ok(items.iter().any(is))
                }
                _ => Err(stray(node)),
            },
        }
    }

    pub(super) fn names(&self) -> Vec<String> {
        match self {
            Self::Named(secrets) => secrets.names().map(String::from).collect(),
            Self::Stray(_) => Vec::new(),
        }
    }
}

fn stray(node: &Node) -> Error {
    let place = node.leaf().map_or_else(String::new, |(_, origin)| format!(" ({origin})"));
    Error::invalid(
        format!("context.secrets{place} is no table"),
        "write each secret as a member of [context.secrets]",
    )
}

fn not_utf8() -> Error {
    Error::invalid(
        "a member of this secret is not UTF-8, so the whole is no JSON object",
        "set that member to text, or make it a secret of its own",
    )
}
