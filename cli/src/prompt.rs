//! A question on the terminal whose answer is not shown.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};

use prefect_secrets_core::{Buffer, Error, Kind};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::signals::Held;

/// The most that a person types.
const LONGEST: usize = 64 << 10;
/// How long a paste may pause between its lines, and how soon a signal is noticed.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// Asks `question` on the terminal of this program, and reads one line without showing it. Ctrl-C
/// and the end of the input give up; the terminal is left as it was, also when a signal ends the
/// program.
pub(crate) fn prompt(question: &str) -> Result<Buffer, Error> {
    let failed = |error: std::io::Error| {
        let what = format!("the terminal cannot be used: {error}");
        Error::new(Kind::Unavailable, what, "send the value to stdin")
    };
    let mut terminal = File::options().read(true).write(true).open("/dev/tty").map_err(failed)?;
    // Dropped when the terminal is as it was: then a signal that came ends the program.
    let signals = Held::begin().map_err(failed)?;
    terminal.write_all(question.as_bytes()).map_err(failed)?;
    let typed = {
        let quiet = Quiet::begin(&terminal).map_err(|error| failed(error.into()))?;
        type_line(quiet.terminal, &signals)
    };
    terminal.write_all(b"\n").map_err(failed)?;
    drop(signals);
    let changed_nothing = "nothing was changed; ask again, or send the value to stdin";
    match typed.map_err(failed)? {
        Typed::Line(line) => Ok(line),
        Typed::GivenUp => Err(Error::invalid("no value was given", changed_nothing)),
        Typed::MoreLines => {
            Err(Error::invalid("more than one line was typed or pasted", changed_nothing))
        }
        Typed::OtherKey => {
            Err(Error::invalid("a key was typed that stands for no character", changed_nothing))
        }
        Typed::TooLong => Err(Error::invalid("the line is over 64 KiB", changed_nothing)),
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
        quiet.local_modes -=
            LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
        tcsetattr(terminal, OptionalActions::Flush, &quiet)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        // What was typed too much goes to nobody. Nothing is left to try if this fails.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// What came of asking.
enum Typed {
    Line(Buffer),
    GivenUp,
    MoreLines,
    OtherKey,
    TooLong,
}

/// One line. Whatever else is typed is refused: a value that is not the one that was meant is worse
/// than none.
fn type_line(mut terminal: &File, signals: &Held) -> std::io::Result<Typed> {
    let mut line = Buffer::zeroed(LONGEST);
    let mut len = 0;
    let mut key = [0];
    loop {
        if signals.came() {
            return Ok(Typed::GivenUp);
        }
        if !is_waiting(terminal)? {
            continue;
        }
        match terminal.read(&mut key) {
            Ok(0) => return Ok(Typed::GivenUp),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        match key[0] {
            b'\r' | b'\n' if len == 0 => return Ok(Typed::GivenUp),
            // Of several lines that were pasted the first would be kept, and the others lost.
            b'\r' | b'\n' if is_waiting(terminal)? => return Ok(Typed::MoreLines),
            b'\r' | b'\n' => {
                line.truncate(len);
                return Ok(Typed::Line(line));
            }
            // Ctrl-C, Ctrl-D, Ctrl-\.
            3 | 4 | 28 => return Ok(Typed::GivenUp),
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
            0..=31 if key[0] != b'\t' => return Ok(Typed::OtherKey),
            byte if len < LONGEST => {
                line.expose_mut()[len] = byte;
                len += 1;
            }
            _ => return Ok(Typed::TooLong),
        }
    }
}

/// Whether something is typed within a moment.
fn is_waiting(terminal: &File) -> std::io::Result<bool> {
    let mut watched = [PollFd::new(terminal, PollFlags::IN)];
    match poll(&mut watched, Some(&TICK)) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
