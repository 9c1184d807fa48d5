//! The secrets of the demo: a name and a value for each place. The values are printed nowhere;
//! a test of the demo looks for them in all that it prints.

/// In the environment.
pub(crate) const ENV: (&str, &str) = ("FROM_ENV", "correct-horse-battery-0001");
/// In `config.toml`.
pub(crate) const TOML: (&str, &str) = ("FROM_TOML", "staple-\"quoted\"-0002");
/// In the Cloud.
pub(crate) const CLOUD: (&str, &str) = ("FROM_CLOUD", "cumulus-über-den-Bergen-0003");
/// In a directory behind the plugin written in C.
pub(crate) const C_PLUGIN: (&str, &str) = ("FROM_C_PLUGIN", "segfault-free-since-0004");
/// In a directory behind the plugin written in Rust.
pub(crate) const RUST_PLUGIN: (&str, &str) = ("FROM_RUST_PLUGIN", "borrowed-but-returned-0005");
/// Nowhere.
pub(crate) const NOWHERE: &str = "FROM_NOWHERE";
/// The key of the Cloud, a secret too.
pub(crate) const API_KEY: &str = "demo-key-of-the-cloud-0006";
/// The user and the password of the Prefect 3 server.
pub(crate) const AUTH_STRING: &str = "demo:password-of-the-server-0007";
