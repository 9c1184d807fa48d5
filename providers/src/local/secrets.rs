//! The secrets in a configuration: what stands under `context.secrets`.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use prefect_secrets_core::{Answer, Error, Form, Secret};

use super::node::Node;

/// Secrets by name, ready to be shared.
pub(super) struct Secrets(HashMap<Box<str>, Result<Secret, Error>, RandomState>);

impl Secrets {
    /// The secrets among `members` that `provider` answers: the environment those of which a
    /// variable set any part, with the merged value, TOML the rest.
    pub(super) fn split(members: BTreeMap<String, Node>, env: &str, toml: &str) -> (Self, Self) {
        let count = members.len();
        let mut in_env = Self(HashMap::with_hasher(RandomState::default()));
        let mut in_toml = Self(HashMap::with_capacity_and_hasher(count, RandomState::default()));
        let (env, toml): (Arc<str>, Arc<str>) = (env.into(), toml.into());
        for (name, node) in members {
            let (secrets, provider) =
                if node.has_variable() { (&mut in_env, &env) } else { (&mut in_toml, &toml) };
            if let Some(secret) = secret(node, provider) {
                secrets.0.insert(name.into_boxed_str(), secret);
            }
        }
        (in_env, in_toml)
    }

    #[inline]
    pub(super) fn get(&self, name: &str) -> Answer {
        self.0.get(name).cloned().transpose()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.0.keys().map(|name| name.to_string()).collect()
    }
}

/// One member as a secret; an empty table is absent.
fn secret(node: Node, provider: &Arc<str>) -> Option<Result<Secret, Error>> {
    Some(Ok(match node {
        Node::Text(text, _) => Secret::new(provider, text, Form::Text),
        Node::Json(json, _) => Secret::new(provider, json, Form::Json),
        Node::Date(date, _) => Secret::new(provider, date, Form::Verbatim),
        Node::Table(members) if members.is_empty() => return None,
        table => match table.to_json() {
            Some(json) => Secret::new(provider, json, Form::Json),
            None => {
                return Some(Err(Error::invalid(
                    "a member of this secret is not UTF-8, so the whole is no JSON object",
                    "set that member to text, or make it a secret of its own",
                )));
            }
        },
    }))
}
