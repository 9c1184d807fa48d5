//! What the tests of every member share.
//!
//! [`skip`] says why a test cannot run here, and turns into a failure under `cargo xtask test`.
//! [`Home`] is a scratch home directory. [`built`] gives the libraries and plugins of this
//! workspace as files, built when they are not. [`C`] compiles and runs C programs against the
//! headers, [`native`] finds what else they are built with. [`Prefect3`] is a real server of Prefect 3, [`Relay`] what may stand in front of one.
//! [`readers`] finds programs that
//! read what we write. [`process`] counts what a process holds. [`recorded`] reads the recorded situations of
//! Prefect 1.4.1.

mod built;
mod c;
pub mod go;
mod home;
pub mod native;
pub mod prefect3;
pub mod process;
pub mod readers;
pub mod recorded;
mod relay;
mod skip;

pub use built::{Built, artifact, built, built_as, cargo, example, library, program, workspace};
pub use c::C;
pub use home::Home;
pub use prefect3::Prefect3;
pub use relay::Relay;
pub use skip::{find, skip};
