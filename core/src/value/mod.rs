//! From text to value: the rules, independent of any provider.
//!
//! The source of each rule is a measured outcome of Prefect 1.4.1 (`docs/values.md`). A secret
//! has two views: the text as it is stored, and the JSON value that Prefect would hand to Python.
//!
//! 1. [`expand`] puts variables and home directories into a text.
//! 2. [`cast`] makes a boolean or a Python literal of it, where it is one.
//! 3. A [`Reference`] in a string stands for another value of the configuration.
//! 4. [`read`] makes JSON of a text that is JSON.

mod cast;
mod display;
mod expand;
mod literal;
mod object;
mod read;
mod reference;

pub use cast::{cast, cast_times, value_view, view};
pub use expand::{Expanded, Surroundings, expand};
pub use literal::{json, literal};
pub use object::Object;
pub use read::{read, string};
pub use reference::{ROUNDS, Reference};
