//! What measures, running: a program that takes commands and answers with numbers.
//!
//! Loops run inside such programs ([`c/host.c`](../c/host.c), [`questions`](../questions/main.rs),
//! [`go`](../go/main.go)); nothing of who asks is in the time.

mod one_core;
mod program;

pub use one_core::OneCore;
pub use program::Program;

/// 32 bytes: the value of every secret of the benches.
pub const VALUE: &str = "0123456789abcdef0123456789ABCDEF";
