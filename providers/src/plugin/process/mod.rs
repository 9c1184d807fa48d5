//! A plugin in a process of its own: the same answers, and nothing that it does can hurt the host.
//!
//! [`start`] makes the process and says hello; a [`Connection`](connection::Connection) carries the
//! calls of all threads, as `docs/wire.md` has it; [`Lives`](lives::Lives) starts the process again
//! when it ended; [`Isolated`] is the provider in front of all that. No thread is started here: whoever
//! waits for an answer reads those of the others, too.

mod answers;
mod call;
mod child;
mod connection;
mod ending;
#[cfg(test)]
mod fuzz;
mod handle;
mod inherited;
mod isolated;
mod lines;
mod lives;
mod program;
mod start;

pub use isolated::Isolated;
pub(super) use program::{HOST, find};
pub(super) use start::{Command, Introduced, introduce};
