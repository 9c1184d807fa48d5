//! A question on the terminal whose answer is not shown.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};

use prefect_secrets_core::{Buffer, Error, Kind};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// The most that a person types.
const LONGEST: usize = 64 << 10;

/// Asks `question` on the terminal of this program, and reads one line without showing it. Ctrl-C
/// and the end of the input end it; the terminal is left as it was.
pub(crate) fn prompt(question: &str) -> Result<Buffer, Error> {
    let failed = |error: std::io::Error| {
        let what = format!("the terminal cannot be used: {error}");
        Error::new(Kind::Unavailable, what, "send the value to stdin")
    };
    let mut terminal = File::options().read(true).write(true).open("/dev/tty").map_err(failed)?;
    terminal.write_all(question.as_bytes()).map_err(failed)?;
    let line = {
        let quiet = Quiet::begin(&terminal).map_err(|error| failed(error.into()))?;
        type_line(quiet.terminal)
    };
    terminal.write_all(b"\n").map_err(failed)?;
    match line {
        Ok(Some(line)) => Ok(line),
        Ok(None) => Err(Error::invalid("no value was given", "nothing was changed; ask again")),
        Err(error) => Err(failed(error)),
    }
}

/// A terminal that shows nothing, and leaves keys like Ctrl-C to us: a program that they ended would
/// leave it silent. Dropping this sets it back.
struct Quiet<'t> {
    terminal: &'t File,
    before: Termios,
}

impl<'t> Quiet<'t> {
    fn begin(terminal: &'t File) -> rustix::io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut quiet = before.clone();
        quiet.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        tcsetattr(terminal, OptionalActions::Flush, &quiet)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        // Nothing is left to try if this fails.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// One line; `None` if it was given up.
fn type_line(mut terminal: &File) -> std::io::Result<Option<Buffer>> {
    let mut line = Buffer::zeroed(LONGEST);
    let mut len = 0;
    let mut key = [0];
    loop {
        match terminal.read(&mut key) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        match key[0] {
            b'\r' | b'\n' => {
                line.truncate(len);
                return Ok(Some(line));
            }
            // Ctrl-C, Ctrl-D, Ctrl-\.
            3 | 4 | 28 => return Ok(None),
            // Backspace takes a whole character of UTF-8.
            8 | 127 => {
                while len > 0 {
                    len -= 1;
                    if line.expose()[len] & 0xc0 != 0x80 {
                        break;
                    }
                }
            }
            // Ctrl-U.
            21 => len = 0,
            byte if len < LONGEST => {
                line.expose_mut()[len] = byte;
                len += 1;
            }
            _ => return Err(ErrorKind::FileTooLarge.into()),
        }
    }
}
