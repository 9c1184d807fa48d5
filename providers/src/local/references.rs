//! References: `${section.key}` in any string of the configuration.

use std::collections::HashSet;

use prefect_secrets_core::Buffer;
use prefect_secrets_core::value::{self, Object, ROUNDS, Reference};

use super::defaults;
use super::node::Node;

/// What all references together may write: 64 MiB. A few values that refer to each other could
/// ask for more than any machine has.
const MOST: usize = 64 << 20;

/// Where the secrets stand.
const SECRETS: [&str; 2] = ["context", "secrets"];

/// Where references are looked up: what was configured, else what a variable replaced, else
/// Prefect's own defaults.
struct Trees<'a> {
    trees: [&'a mut Node; 3],
    /// Where the texts are, beside the secrets, that refer to one, so that they hold its value.
    secret: HashSet<Vec<String>>,
}

/// A text that refers: in which tree, and where.
type Place = (usize, Vec<String>);

/// Follows the references in `root`. Prefect goes through its values in no certain order; here
/// it is that of their names. Returned is where the texts are, beside the secrets, that refer to one.
pub(super) fn follow(
    root: &mut Node,
    mut replaced: Node,
    around: &dyn value::Surroundings,
) -> HashSet<Vec<String>> {
    // Most configurations have none, and need no paths.
    if !any(root) {
        return HashSet::new();
    }
    let mut places = Vec::new();
    collect(root, 0, &mut Vec::new(), &mut places);
    let mut defaults = defaults::load(around);
    collect(&replaced, 1, &mut Vec::new(), &mut places);
    collect(&defaults, 2, &mut Vec::new(), &mut places);
    let trees = [root, &mut replaced, &mut defaults];
    let mut trees = Trees { trees, secret: HashSet::new() };
    let mut left = MOST;
    for _ in 0..ROUNDS {
        places.retain(|place| trees.step(place, &mut left));
    }
    trees.secret
}

/// Whether there is a text that refers.
fn any(node: &Node) -> bool {
    match node {
        Node::Text(text, _) => text.refers(),
        Node::Table(members) => members.all().any(|(_, member)| any(member)),
        _ => false,
    }
}

/// The places of all texts that refer.
fn collect(node: &Node, tree: usize, path: &mut Vec<String>, places: &mut Vec<Place>) {
    match node {
        Node::Text(text, _) if text.refers() => places.push((tree, path.clone())),
        Node::Table(members) => {
            for (name, member) in members.sorted() {
                path.push(name.to_owned());
                collect(member, tree, path, places);
                path.pop();
            }
        }
        _ => {}
    }
}

impl Trees<'_> {
    /// Follows one reference in each view of the text at `place`; `false` if there was none.
    fn step(&mut self, (tree, path): &Place, left: &mut usize) -> bool {
        let here = self.trees[*tree].at(path.iter().map(String::as_str));
        let Some(Node::Text(here, _)) = here else { return false };
        let in_value = match here.own_value() {
            Some(Object::Str(text)) => Reference::first(text),
            _ => None,
        };
        let in_text = std::str::from_utf8(here.text.expose()).ok().and_then(Reference::first);
        let holds_secret = in_value.iter().chain(&in_text).any(|found| self.is_secret(found.key));
        let value = in_value.map(|found| self.value(&found));
        let text = in_text.map(|found| self.text(&found));
        if value.is_none() && text.is_none() {
            return false;
        }
        let (value, text) = (value.flatten(), text.flatten());
        let long = |text: &Buffer| text.len();
        let written = text.as_ref().map_or(0, long)
            + match &value {
                Some(Object::Str(text)) => text.len(),
                _ => 0,
            };
        let Some(rest) = left.checked_sub(written) else { return false };
        *left = rest;
        if holds_secret && !path.iter().map(String::as_str).take(2).eq(SECRETS) {
            self.secret.insert(path.clone());
        }
        if let Some(Node::Text(here, _)) = self.trees[*tree].at_mut(path.iter().map(String::as_str))
        {
            here.put(text, value);
        }
        true
    }

    /// Whether what stands at `key` is a secret, or holds one.
    fn is_secret(&self, key: &str) -> bool {
        let path: Vec<_> = key.split('.').map(String::from).collect();
        path.iter().take(2).eq(&SECRETS) || self.secret.contains(&path)
    }

    fn find(&self, key: &str) -> Option<&Node> {
        let found = self.trees.iter().filter_map(|tree| tree.at(key.split('.')));
        found.into_iter().find(|node| node.members().is_none())
    }

    /// The value with what `found` refers to; `None` if that is too long.
    fn value(&self, found: &Reference<'_>) -> Option<Object> {
        let target = self.find(found.key);
        if found.is_all() {
            return Some(target.map_or_else(|| Object::str(""), object));
        }
        let shown = target.map_or_else(|| Buffer::zeroed(0), display);
        found.replaced(shown.expose()).map(|text| Object::from_buffer(&text))
    }

    /// The text with the text of what `found` refers to. A number that is text (`0000`) stays as
    /// it was written; what TOML typed looks as Prefect shows it.
    fn text(&self, found: &Reference<'_>) -> Option<Buffer> {
        let shown = match self.find(found.key) {
            None => Buffer::zeroed(0),
            Some(node @ (Node::Json(..) | Node::Date(..))) if !found.is_all() => display(node),
            Some(node) => Buffer::copy_of(node.leaf().map_or(&[][..], |(text, _)| text)),
        };
        found.replaced(shown.expose())
    }
}

/// What a reference that is the whole string becomes.
fn object(node: &Node) -> Object {
    let text = || node.leaf().map_or(&[][..], |(text, _)| text);
    node.value().unwrap_or_else(|| Object::str(&String::from_utf8_lossy(text())))
}

/// What a reference within a larger string becomes: `str()` of Python.
fn display(node: &Node) -> Buffer {
    object(node).display()
}
