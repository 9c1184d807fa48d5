//! What was loaded last.

use std::any::Any;
use std::sync::Arc;

use prefect_secrets_core::{Memory, Take};

use crate::index::Index;
use crate::published::Published;

/// What was loaded at one moment.
pub struct Loaded {
    /// The secrets that the environment answers.
    pub env: Arc<Index>,
    /// Those that the files answer.
    pub toml: Arc<Index>,
    /// Whatever else was loaded with them.
    pub with: Arc<dyn Any + Send + Sync>,
}

/// Which of the two answers.
#[derive(Clone, Copy)]
pub enum Whose {
    /// The environment.
    Env,
    /// The files.
    Toml,
}

/// What was loaded last, replaced as a whole: a name that moves from one index to the other is never in
/// neither of them. Reading it takes no lock, makes no system call and allocates nothing.
pub struct Lookup(Published<Loaded>);

impl Lookup {
    /// One that reads `loaded`.
    pub fn new(loaded: Loaded) -> Self {
        Self(Published::new(Arc::new(loaded)))
    }

    /// Has later reads see `loaded`. When this returns, nobody reads what was there before.
    pub fn publish(&self, loaded: Loaded) {
        self.0.publish(Arc::new(loaded));
    }

    /// Takes the secret called `name`, if `whose` it is.
    #[inline(never)] // compiled here, for speed; and once
    pub fn find(&self, whose: Whose, name: &[u8], take: &mut Take<'_>) -> Memory {
        let loaded = self.0.read();
        let index = match whose {
            Whose::Env => &loaded.env,
            Whose::Toml => &loaded.toml,
        };
        match index.get(name) {
            Some(Ok(secret)) => {
                take.take(secret);
                Memory::Found
            }
            None if !index.is_broken() => Memory::Absent,
            Some(Err(_)) | None => Memory::Failed,
        }
    }

    /// What was loaded with the indexes.
    pub fn with(&self) -> Arc<dyn Any + Send + Sync> {
        Arc::clone(&self.0.read().with)
    }
}
