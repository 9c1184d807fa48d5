//! The places that secrets are kept in, and the chain over them.
//!
//! [`Env`] and [`Toml`] are two views of the [`local`] configuration, [`cloud`] is Prefect Cloud,
//! and [`plugin`] opens providers in shared libraries. [`Opener`] reads the configuration and
//! makes the chain: with nothing configured env, then toml, then cloud.

#[cfg(feature = "cloud")]
pub mod cloud;
mod env;
pub mod local;
mod open;
mod own;
pub mod plugin;
mod position;
mod settings;
mod toml;
mod variables;
mod verbatim;

pub use env::Env;
pub use open::Opener;
pub use settings::METHODS;
pub use toml::Toml;
pub use variables::Variables;
pub use verbatim::Verbatim;

/// The program in the README is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
