//! Secrets in memory, found by name without a lock.
//!
//! A package of its own, because every hit in the environment or a file runs through it: it is built
//! for speed, where `prefect-secrets-providers` is built for size.

mod index;
mod lookup;
mod published;
mod slot;

pub use index::Index;
pub use lookup::{Loaded, Lookup, Whose};
