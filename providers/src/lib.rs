//! The places that secrets are kept in, and the chain over them.
mod open;
pub mod plugin;

pub use open::Opener;
