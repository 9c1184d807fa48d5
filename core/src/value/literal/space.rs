//! What stands between tokens: white space, comments, the ends of lines, lines that are joined.

use super::Parser;

impl Parser<'_> {
    /// Takes the end of a line, in any of its spellings.
    pub(super) fn newline(&mut self) -> bool {
        let carriage = self.take(b'\r');
        self.take(b'\n') || carriage
    }

    /// Takes what joins a line with the next one, which has to be there.
    fn join(&mut self) -> Option<()> {
        self.at += 1;
        (self.newline() && !self.at_end()).then_some(())
    }

    fn comment(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.find(['\n', '\r']).unwrap_or(rest.len());
    }

    /// Goes past blank lines, and refuses an indented one.
    pub(super) fn line_start(&mut self) -> Option<()> {
        loop {
            let (mut column, mut joined) = (0_usize, 0);
            loop {
                match self.peek() {
                    Some(b' ' | b'\t') => column += 1,
                    Some(b'\x0c') => column = 0,
                    Some(b'\\') => {
                        // Of a line that was joined, the first part says how far it is indented.
                        joined = if joined > 0 { joined } else { column };
                        self.join()?;
                        continue;
                    }
                    _ => break,
                }
                self.at += 1;
            }
            if self.peek() == Some(b'#') {
                self.comment();
                if !self.newline() {
                    return Some(());
                }
            } else if !self.newline() {
                return (column == 0 && joined == 0).then_some(());
            }
        }
    }

    /// Goes past what may stand between two tokens.
    pub(super) fn skip(&mut self) -> Option<()> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\x0c') => self.at += 1,
                Some(b'#') => self.comment(),
                Some(b'\\') => self.join()?,
                Some(b'\n' | b'\r') if self.level > 0 => {
                    self.newline();
                }
                _ => return Some(()),
            }
        }
    }
}
