//! From text to value: the rules, independent of any provider.
//!
//! The source of each rule is a measured outcome of Prefect 1.4.1 (`docs/values.md`). A secret
//! has two views: the text as it is stored, and the JSON value that Prefect would hand to Python.

mod read;

pub use read::{read, string};
