//! Plugins: providers in shared libraries.
//!
//! Trust is decided before the library is opened, because its constructors run inside `dlopen`:
//! 1. [`search`](Search): a name leads to a manifest, `NAME.toml` in one of a few folders; never
//!    the working directory, `LD_LIBRARY_PATH` or a bare soname.
//! 2. *manifest*: it says which library, which provider, and which digest if that is pinned.
//! 3. *trust*: links are followed first; then every folder on the way and the file belong to root
//!    or the user, and nobody else can write them. The file is opened once, and everything from
//!    here on is about that descriptor.
//! 4. *digest*, then *file*: an ELF library of this machine that defines the entry of this major.
//! 5. *open*: `dlopen` of the descriptor; the entry must then stand in that very file.
//! 6. *witness*: a plugin in Rust tells the layout that it was built with.
//! 7. *table*, *id*, *create*: the provider ABI, see [`prefect_secrets_core::abi`].
//!
//! [`inspect`] does the first four, [`open`] the first six, [`load`] all of it, and the [`Trace`] tells each step and
//! why one was refused. A plugin that was refused is still a link of the chain, [`Refused`], so that no weaker place answers in
//! its stead. A library is never unloaded: its threads and its data may outlive every instance.
//!
//! A plugin that is loaded is trusted code: it can do in this process whatever the process can.
#![allow(unsafe_code, reason = "one of the four rooms where C is spoken")]

mod elf;
mod library;
mod load;
mod manifest;
mod mapping;
mod own;
mod pieces;
mod pin;
mod process;
mod refused;
mod running;
mod search;
mod trace;
mod trust;

pub use elf::Flaw;
pub use library::{Entry, Library};
pub use load::{
    Contents, Inspected, Loaded, Opened, Said, contents, inspect, introduce, load, open,
    open_checked,
};
pub use process::Isolated;
pub use refused::Refused;
pub use running::{Isolation, Running};
pub use search::{Installed, Search};
pub use trace::{Line, Step, Trace, Verdict};
pub use trust::check_trusted;
