//! What can be seen of the process that a plugin is in.
#![allow(unsafe_code, reason = "the C library is asked for what Rust does not tell")]

mod bound;
mod children;
mod heap;
mod memory;
mod orphans;
mod output;
mod state;

pub(crate) use bound::{bind, end, is_child_of};
pub(crate) use children::{Ended, fork, left_children};
pub(crate) use heap::heap_in_use;
pub(crate) use memory::{Needle, SHORTEST, Search, is_executable};
pub(crate) use orphans::{adopt_orphans, children, end_new_children};
pub(crate) use output::{Output, place};
pub(crate) use state::{State, threads};
