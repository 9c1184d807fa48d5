//! The recorded outcomes of Prefect 1.4.1, through the Rust API.

#[cfg(feature = "cloud")]
mod cases;
mod texts;
