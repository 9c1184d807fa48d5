//! libprefect_secrets: the functions that `include/prefect_secrets.h` declares, one file for each
//! noun of that header.
//!
//! Every one of them is defined through `export!` of `boundary.rs`, which checks the arguments and stops
//! panics; a C compiler proves in the tests that the header and these definitions agree. What the
//! functions do is written in the header, where their callers read it.
#![allow(unsafe_code, reason = "one of the four rooms where C is spoken")]

#[macro_use]
mod boundary;
mod argument;
mod call;
mod cancellation;
mod chain;
mod default_chain;
mod entries;
mod error;
mod explanation;
mod growing;
mod log;
mod names;
mod options;
mod queue;
mod secret;
mod started;
mod text;
mod value;
mod version;

#[cfg(test)]
mod agreement;

/// Every buffer of this library is wiped before it is given back, those of the HTTP stack too.
#[global_allocator]
static ALLOCATOR: prefect_secrets_core::abi::Wiping = prefect_secrets_core::abi::Wiping;
