//! What a command prints on stdout.

use std::io::Write;

use prefect_secrets_core::{Error, Kind};

/// Writes `text`, which holds no value, to stdout.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    print_bytes(text.as_bytes())
}

/// The same for what need not be UTF-8: a path.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Error> {
    let mut stdout = std::io::stdout();
    let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
    written.map_err(|error| unwritten("the answer", &error))
}

/// `what` could not be written to stdout.
pub(crate) fn unwritten(what: &str, error: &std::io::Error) -> Error {
    let what = format!("{what} could not be written to stdout: {error}");
    Error::new(Kind::Unavailable, what, "look at what reads it")
}
