//! A question on the terminal that is answered with yes or no.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};

use prefect_secrets_core::{Error, Kind};
use rustix::termios::{QueueSelector, tcflush};

/// Asks `question` on the terminal of this program. Everything but y or yes is no. `without` is what
/// to do where there is no terminal.
///
/// The terminal stays as it is, so Ctrl-C ends the program as it would any other.
pub(crate) fn confirm(question: &str, without: &'static str) -> Result<bool, Error> {
    let failed = |error: std::io::Error| {
        let what = format!("the terminal cannot be asked: {error}");
        Error::new(Kind::Unavailable, what, without)
    };
    let mut terminal = File::options().read(true).write(true).open("/dev/tty").map_err(failed)?;
    // What was typed before the question does not answer it.
    let _ = tcflush(&terminal, QueueSelector::IFlush);
    terminal.write_all(format!("{question} [y/N] ").as_bytes()).map_err(failed)?;
    let mut answer = Vec::new();
    let mut key = [0];
    loop {
        match terminal.read(&mut key) {
            Ok(0) => {
                terminal.write_all(b"\n").map_err(failed)?;
                return Ok(false);
            }
            Ok(_) if key[0] == b'\n' => break,
            Ok(_) => answer.push(key[0]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    let answer = answer.trim_ascii();
    Ok(answer.eq_ignore_ascii_case(b"y") || answer.eq_ignore_ascii_case(b"yes"))
}
