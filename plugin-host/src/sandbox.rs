//! Locked in further, as far as the kernel can.

use std::path::PathBuf;

use crate::arguments::What;

/// Locks this process in.
pub(crate) fn enter(_allowed: &[PathBuf], _what: &What) -> Result<(), String> {
    Err("this version has no sandbox".into())
}
