//! How what was built becomes an installed tree and a release artefact.
//!
//! [`Built`] names the files that cargo made, [`Places`] where they go. [`install`] puts them there
//! with what makes them easy to find (`.pc` files, a CMake package, [`manual`] pages, what completes in a
//! shell), and keeps a [`record`]; [`uninstall`] takes away what the record says, and nothing else.
//!
//! A release is the same tree, of files that were linked against an [old C library](glibc) and
//! [split] from what only a debugger reads, in an [`archive`] with a [list of what is in it](sbom).
//! The program's arguments make the [`mod@reference`], docs/cli.md, too.
//! [`elf`] looks whether the files are as they should be.

pub mod archive;
mod behind;
mod built;
mod command;
mod completion;
pub mod elf;
pub mod glibc;
mod install;
pub mod manual;
mod places;
pub mod record;
pub mod reference;
pub mod sbom;
pub mod split;
mod template;
mod uninstall;

pub use built::Built;
use command::command;
pub use install::{install, install_with};
pub use places::Places;
pub use template::PRIVATE;
pub use uninstall::{Kept, uninstall};

/// The version of everything here.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Its first number, which the soname carries.
pub const MAJOR: &str = env!("CARGO_PKG_VERSION_MAJOR");

/// What a step says when it fails.
pub type Outcome<T = ()> = Result<T, String>;

/// A failure that names the file.
fn about(path: &std::path::Path) -> impl Fn(std::io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}
