//! Prefect's own defaults, which a reference can reach.

use std::collections::BTreeMap;

use prefect_secrets_core::Buffer;
use prefect_secrets_core::value::Surroundings;
use serde_json::value::RawValue;

use super::node::{Node, Origin};
use super::text::Text;

/// What `config.toml` in Prefect 1.4.1 says, by the path of each value.
const DEFAULTS: &str = include_str!("defaults.json");

/// The defaults, expanded.
pub(super) fn load(around: &dyn Surroundings) -> Node {
    let all: BTreeMap<String, &RawValue> =
        serde_json::from_str(DEFAULTS).expect("the defaults are an object");
    let mut root = Node::empty();
    for (key, value) in all {
        let node = match serde_json::from_str::<String>(value.get()) {
            Ok(text) => {
                Node::Text(Text::new(Buffer::copy_of(text.as_bytes()), 1, around), Origin::Default)
            }
            Err(_) => Node::Json(Buffer::copy_of(value.get().as_bytes()), Origin::Default),
        };
        let _ = root.insert(&mut key.split('.'), node);
    }
    root
}
