//! The kit's own host: hands a plugin what hosts of several minors hand it, and notes every rule that
//! is broken.
#![allow(unsafe_code, reason = "this is where the kit speaks C")]

mod child;
mod creation;
mod era;
mod fault;
mod handle;
mod instance;
mod listing;
mod plugin;
mod reply;
mod request;
mod value;

pub(crate) use child::entry as entry_of_a_child;
pub(crate) use era::Era;
pub(crate) use fault::Fault;
pub(crate) use instance::{Got, Instance};
pub(crate) use plugin::Plugin;
pub(crate) use value::Given;
