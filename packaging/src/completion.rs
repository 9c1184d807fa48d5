//! What makes shells complete, from the program's own source.

use std::path::Path;

use crate::{Outcome, about};

#[path = "../../cli/src/completion/script.rs"]
mod script;

/// The path of each file within the prefix, and its text.
pub(crate) fn scripts() -> Outcome<Vec<(String, String)>> {
    let made = script::SHELLS.into_iter().map(|(shell, path)| {
        let text = script::script(shell).map_err(about(Path::new(path)))?;
        Ok((path.to_owned(), text))
    });
    made.collect()
}
