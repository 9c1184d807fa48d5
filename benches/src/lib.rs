//! What the benches share: a C host that measures itself, and ratios to floors of the same run.
#![allow(clippy::print_stdout, reason = "a bench prints what it measured")]

mod host;
mod ratios;

pub use host::Host;
pub use ratios::Ratios;
