//! `dotenv`: lines `NAME=value` of a `.env` file.
//!
//! There is no standard. The reader that has to be right is python-dotenv, by which Prefect 3 reads its
//! settings. Its rules (`dotenv/parser.py` and `variables.py`, versions 1.1 to 1.2): between single quotes
//! `\\` and `\'` are escapes, between double quotes also `\"`, `\r` and some more; a backslash before
//! anything else stands for itself; up to 1.2.2 a backslash before the closing quote hides it, escaped
//! or not; a carriage return is read as a line feed; then `${NAME}` and `${NAME:-DEFAULT}` are
//! replaced, between whichever quotes. So a `$` that would begin one is written as `${:-$}`: nobody's
//! name is empty, and the default is taken.
//!
//! Of the ways to write a value for it, the one is chosen that most of the others read alike; see
//! [`Quoting`]. A shell that reads the file never runs a part of a value, whichever it is.

use std::io::{Result, Write};

use prefect_secrets_core::Error;

use super::form::{Form, holds_nul, no_identifier, utf8, write_replaced};
use crate::handover::Handed;

/// How a value is quoted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    /// As it is, between these quotes. python-dotenv, sh, Node and npm's dotenv read it alike.
    Plain(u8),
    /// Between double quotes, with backslashes before quotes and backslashes. python-dotenv and sh
    /// read it alike; Node and npm's dotenv leave the backslashes in.
    Escaped,
    /// Between these quotes, for python-dotenv alone. With double ones, sh stops at the first `${:-`.
    Own(u8),
}

impl Quoting {
    /// `None` if there is none that a shell could not take for a command.
    fn of(text: &str) -> Option<Self> {
        let (quote, carriage) = (text.contains('\''), text.contains('\r'));
        let command = text.contains('`');
        let odd_backslash = text.contains(r"\\") || text.ends_with('\\');
        if !quote && !carriage && !odd_backslash && !is_replaced(text) {
            return Some(Self::Plain(b'\''));
        }
        if !carriage && !text.contains(['"', '$', '`', '\\']) {
            return Some(Self::Plain(b'"'));
        }
        if !carriage && !command && !text.contains('$') && !text.ends_with('\\') {
            return Some(Self::Escaped);
        }
        if !quote && !carriage {
            return Some(Self::Own(b'\''));
        }
        // Between double quotes a shell runs what stands between backquotes.
        (!command).then_some(Self::Own(b'"'))
    }
}

/// Whether python-dotenv would replace something: `${`, no `}` and no `:` but in `:-`, and `}`.
fn is_replaced(text: &str) -> bool {
    text.match_indices("${").any(|(at, open)| {
        let rest = &text[at + open.len()..];
        let rest = rest.find(['}', ':']).map(|end| &rest[end..]);
        rest.is_some_and(|rest| {
            rest.starts_with('}') || rest.starts_with(":-") && rest.contains('}')
        })
    })
}

pub(super) struct Dotenv;

impl Form for Dotenv {
    fn refused(&self, one: &Handed) -> Option<Error> {
        let text = match utf8(one) {
            Ok(text) => text,
            Err(error) => return Some(error),
        };
        no_identifier(one).or_else(|| holds_nul(one)).or_else(|| {
            Quoting::of(text).is_none().then(|| {
                one.refused(
                    "it holds a backquote beside a single quote or a carriage return: python-dotenv \
                     could only be given it in a way that sh would run as a command",
                    "--format shell and json can hold it",
                )
            })
        })
    }

    fn write(&self, handed: &[Handed], out: &mut dyn Write) -> Result<()> {
        for one in handed {
            let text = utf8(one).map_err(std::io::Error::other)?;
            write!(out, "{}=", one.variable)?;
            let quoting = Quoting::of(text).ok_or(std::io::ErrorKind::InvalidData)?;
            let quote = match quoting {
                Quoting::Plain(quote) | Quoting::Own(quote) => quote,
                Quoting::Escaped => b'"',
            };
            out.write_all(&[quote])?;
            match quoting {
                Quoting::Plain(_) => out.write_all(text.as_bytes())?,
                Quoting::Escaped => write_replaced(out, text.as_bytes(), escape)?,
                Quoting::Own(quote) => write_own(out, text, quote)?,
            }
            out.write_all(&[quote, b'\n'])?;
        }
        Ok(())
    }

    fn tell(&self, handed: &[Handed]) {
        let of = |wanted: fn(Quoting) -> bool| {
            let quoted = |one: &&Handed| utf8(one).ok().and_then(Quoting::of).is_some_and(wanted);
            let names = handed.iter().filter(quoted).map(|one| one.variable.as_str());
            names.collect::<Vec<_>>().join(", ")
        };
        for (names, who) in [
            (of(|quoting| quoting == Quoting::Escaped), "python-dotenv and sh, not Node"),
            (of(|quoting| matches!(quoting, Quoting::Own(_))), "python-dotenv, not sh and Node"),
        ] {
            if !names.is_empty() {
                let said = "prefect-secrets: these are read right by";
                let _ = writeln!(std::io::stderr(), "{said} {who}: {names}");
            }
        }
    }
}

fn escape(byte: u8) -> Option<&'static [u8]> {
    match byte {
        b'\\' => Some(br"\\"),
        b'"' => Some(br#"\""#),
        _ => None,
    }
}

/// What python-dotenv alone reads back. No single quote is in `text` if that is the `quote`.
fn write_own(out: &mut dyn Write, text: &str, quote: u8) -> Result<()> {
    const DOLLAR: &[u8] = b"${:-$}";
    let body = text.strip_suffix('\\').unwrap_or(text);
    if quote == b'"' {
        write_replaced(out, body.as_bytes(), |byte| match byte {
            b'$' => Some(DOLLAR),
            b'\r' => Some(br"\r"),
            byte => escape(byte),
        })?;
    } else {
        for (i, piece) in body.split("${").enumerate() {
            out.write_all(if i == 0 { b"" } else { DOLLAR })?;
            out.write_all(if i == 0 { b"" } else { b"{" })?;
            write_replaced(out, piece.as_bytes(), |byte| {
                (byte == b'\\').then_some(br"\\".as_slice())
            })?;
        }
    }
    // Away from the closing quote.
    out.write_all(if body.len() < text.len() { br"${:-\\}" } else { b"" })
}
