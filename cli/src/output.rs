//! What a command prints on stdout.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;

use prefect_secrets_core::{Error, Kind};
use rustix::io::Errno;

use crate::inherited;

/// Writes `text`, which holds no value, to stdout.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    print_bytes(text.as_bytes())
}

/// The same for what need not be UTF-8: a path.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Error> {
    let mut stdout = std::io::stdout();
    let written = there().and_then(|()| stdout.write_all(bytes)).and_then(|()| stdout.flush());
    written.map_err(|error| unwritten("the answer", &error))
}

/// The descriptor of stdout itself, for values: the buffer in front of it would keep a copy.
pub(crate) fn straight() -> std::io::Result<File> {
    there()?;
    std::io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

/// Fails if this program was started without a stdout.
pub(crate) fn there() -> std::io::Result<()> {
    if inherited::is_stdout_closed() { Err(Errno::BADF.into()) } else { Ok(()) }
}

/// `what` could not be written to stdout.
pub(crate) fn unwritten(what: &str, error: &std::io::Error) -> Error {
    let what = format!("{what} could not be written to stdout: {error}");
    Error::new(Kind::Unavailable, what, "look at what reads it")
}
