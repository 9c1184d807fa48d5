//! Commands for a person to copy.

use std::path::Path;

use crate::plain::is_obeyed;

/// `command` about the file at `path`, which may begin with anything. Where no line can hold the path, that is
/// said in its stead.
pub(super) fn about(command: &str, path: &Path) -> String {
    match path.to_str().filter(|path| !path.contains(is_obeyed)) {
        Some(path) => format!("{command} {}", quoted(path)),
        None => format!("{command} that file; its name holds what no line can"),
    }
}

/// `text` as a shell takes it: one word, to the byte.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
