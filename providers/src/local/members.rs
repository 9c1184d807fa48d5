//! The members of a table.

use std::collections::BinaryHeap;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::node::Node;

/// Members by name. Most tables are only put together and taken apart again, so they are in no
/// order; whoever needs one asks for it.
#[derive(Default)]
pub struct Members(HashMap<Box<str>, Node, RandomState>);

impl Members {
    /// None, with room for so many.
    pub(super) fn with_capacity(count: usize) -> Self {
        Self(HashMap::with_capacity_and_hasher(count, RandomState::default()))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The member `name`.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.0.get(name)
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        self.0.get_mut(name)
    }

    /// Puts `node` there; returns what it replaces.
    pub(super) fn insert(&mut self, name: Box<str>, node: Node) -> Option<Node> {
        self.0.insert(name, node)
    }

    /// The member `name`, an empty table if there is none yet.
    pub(super) fn table(&mut self, name: &str) -> &mut Node {
        if !self.0.contains_key(name) {
            self.0.insert(name.into(), Node::empty());
        }
        self.0.get_mut(name).expect("it was put there")
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Node> {
        self.0.remove(name)
    }

    /// All of them, in no order.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.0.iter().map(|(name, node)| (&**name, node))
    }

    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = (&str, &mut Node)> {
        self.0.iter_mut().map(|(name, node)| (&**name, node))
    }

    /// All of them, in the order of their names.
    pub fn sorted(&self) -> impl Iterator<Item = (&str, &Node)> {
        // By a heap: its code is smaller than that of a sort.
        let names: BinaryHeap<&str> = self.0.keys().map(|name| &**name).collect();
        let names = names.into_sorted_vec().into_iter();
        names.filter_map(|name| Some((name, self.get(name)?)))
    }

    /// Keeps those for which `keep` is true.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&mut Node) -> bool) {
        self.0.retain(|_, node| keep(node));
    }
}

impl IntoIterator for Members {
    type Item = (Box<str>, Node);
    type IntoIter = hashbrown::hash_map::IntoIter<Box<str>, Node>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
