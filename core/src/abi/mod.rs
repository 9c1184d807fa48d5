//! The provider ABI: the C shapes of `include/prefect_secrets_provider.h`, and both directions
//! across them.
//!
//! [`Imported`] makes a [`Provider`](crate::Provider) out of a foreign table;
//! [`export_provider!`](crate::export_provider) makes a table out of a Rust provider. The rules of
//! growth, ownership and threads are in `docs/abi.md`.
#![allow(unsafe_code, reason = "one of the four rooms where C is spoken")]

pub mod answer;
pub(crate) mod clock;
mod creation;
mod detour;
mod export;
pub mod fork;
mod handle;
mod import;
mod instance;
mod layout;
mod left;
mod panics;
mod per_process;
mod reply;
mod request;
mod scratch;
mod secure;
mod settings;
pub mod sigpipe;
mod status;
mod table;
mod threads;
mod turn;
mod value;
mod wiping;
#[cfg(feature = "witness")]
pub mod witness;

pub use export::{Exported, Plugin};
pub use import::Imported;
pub use layout::{
    Commit, Create, FORM_JSON, FORM_TEXT, FORM_TEXT_WITH_JSON, Listing, MAJOR, MINOR, Reply,
    Request, Slice, Table, Value,
};
pub use panics::{caught, silence_panics};
pub(crate) use per_process::PerProcess;
pub use reply::one_line;
pub use secure::raised_privileges;
pub use settings::Settings;
pub use status::Status;
pub use table::Refusal;
pub(crate) use threads::exhausted;
pub use threads::spawn;
pub use wiping::Wiping;
