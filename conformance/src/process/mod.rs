//! What can be seen of the process that a plugin is in.
#![allow(unsafe_code, reason = "the C library is asked for what Rust does not tell")]

mod children;
mod heap;
mod memory;
mod output;
mod state;

pub(crate) use children::{
    Ended, adopt_orphans, bind, children, end, end_new_children, fork, is_child_of, left_children,
};
pub(crate) use heap::heap_in_use;
pub(crate) use memory::{Needle, SHORTEST, Search, is_executable};
pub(crate) use output::{Output, place};
pub(crate) use state::{State, threads};
