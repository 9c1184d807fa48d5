//! Names and what they stand for, at one moment.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use prefect_secrets_core::{Error, Secret};

/// What each name stands for: a secret that is ready to be shared, or why it is none.
#[derive(Default)]
pub struct Index {
    named: HashMap<Key, Result<Secret, Error>, RandomState>,
    broken: bool,
}

/// A name, found by bytes that nobody has looked at yet: those that are no name equal none.
#[derive(PartialEq, Eq)]
struct Key(Box<str>);

impl Index {
    /// One in which every name fails.
    pub fn broken() -> Self {
        Self { broken: true, ..Self::default() }
    }

    /// Room for `names`.
    pub fn with_capacity(names: usize) -> Self {
        let named = HashMap::with_capacity_and_hasher(names, RandomState::default());
        Self { named, broken: false }
    }

    /// Has `name` stand for `secret`; a text with a NUL in it is no name, and nobody could ask for it.
    pub fn insert(&mut self, name: impl Into<Box<str>>, secret: Result<Secret, Error>) {
        let name = name.into();
        if !name.contains('\0') {
            self.named.insert(Key(name), secret);
        }
    }

    /// What `name` stands for. The bytes need not be a name.
    #[inline]
    pub fn get(&self, name: &[u8]) -> Option<&Result<Secret, Error>> {
        self.named.get(name)
    }

    /// Whether every name fails.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// The names, in no particular order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(|name| &*name.0)
    }
}

impl Borrow<[u8]> for Key {
    #[inline]
    fn borrow(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Hash for Key {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_bytes().hash(state);
    }
}
