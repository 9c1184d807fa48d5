//! Strings and bytes.

use zeroize::Zeroizing;

use super::{Dialect, Parser};
use crate::value::object::Object;

/// One piece of a string between its quotes. Pieces that follow each other are joined.
struct Piece<'t> {
    content: &'t str,
    bytes: bool,
    raw: bool,
}

impl<'t> Parser<'t> {
    /// Whether a string is next, its prefix included. `f"..."` is no literal.
    pub(super) fn at_string(&self) -> bool {
        self.prefix().is_some()
    }

    /// The prefix of the string that is next.
    fn prefix(&self) -> Option<&'t str> {
        let rest = &self.text[self.at..];
        let prefix = &rest[..rest.find(['"', '\'']).filter(|at| *at <= 2)?];
        let known = ["", "b", "r", "u", "br", "rb"];
        known.iter().any(|known| prefix.eq_ignore_ascii_case(known)).then_some(prefix)
    }

    /// One string or more, joined.
    pub(super) fn strings(&mut self) -> Option<Object> {
        let mut pieces = Vec::with_capacity(1);
        while let Some(prefix) = self.prefix() {
            let has = |letter: char| prefix.contains([letter, letter.to_ascii_uppercase()]);
            self.at += prefix.len();
            pieces.push(Piece { content: self.quoted()?, bytes: has('b'), raw: has('r') });
            self.skip()?;
        }
        let bytes = pieces[0].bytes;
        if pieces.iter().any(|piece| piece.bytes != bytes || bytes && !piece.content.is_ascii()) {
            return None;
        }
        // No escape stands for more bytes than it has itself, so nothing grows.
        let len = pieces.iter().map(|piece| piece.content.len()).sum();
        if bytes {
            let mut all = Zeroizing::new(Vec::with_capacity(len));
            for piece in &pieces {
                // Each character is one byte here: escapes beyond that are cut, as Python does.
                piece.decode(self.dialect, &mut |c| all.push((u32::from(c) & 0xff) as u8))?;
            }
            return Some(Object::Bytes(all));
        }
        let mut all = Zeroizing::new(String::with_capacity(len));
        for piece in &pieces {
            piece.decode(self.dialect, &mut |c| all.push(c))?;
        }
        Some(Object::Str(all))
    }

    /// Takes a string in its quotes, one or three, and returns what stands between them.
    fn quoted(&mut self) -> Option<&'t str> {
        let rest = &self.text[self.at..];
        let long = rest.starts_with("\"\"\"") || rest.starts_with("'''");
        let quotes = &rest[..if long { 3 } else { 1 }];
        let body = &rest.as_bytes()[quotes.len()..];
        let mut at = 0;
        loop {
            match *body.get(at)? {
                b'\\' if body[at + 1..].starts_with(b"\r\n") => at += 2,
                b'\\' => at += 1,
                b'\n' | b'\r' if !long => return None,
                _ if body[at..].starts_with(quotes.as_bytes()) => break,
                _ => {}
            }
            at += 1;
        }
        self.at += at + 2 * quotes.len();
        Some(&rest[quotes.len()..quotes.len() + at])
    }
}

impl Piece<'_> {
    /// Puts the characters of this piece, escapes decoded and every end of a line as one `\n`.
    fn decode(&self, dialect: Dialect, put: &mut dyn FnMut(char)) -> Option<()> {
        let mut rest = self.content;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '\r' => {
                    rest = rest.strip_prefix('\n').unwrap_or(rest);
                    put('\n');
                }
                '\\' if !self.raw => rest = self.escape(rest, dialect, put)?,
                c => put(c),
            }
        }
        Some(())
    }

    /// Decodes the escape whose backslash stands before `text`; returns what is behind it.
    fn escape<'a>(
        &self,
        text: &'a str,
        dialect: Dialect,
        put: &mut dyn FnMut(char),
    ) -> Option<&'a str> {
        let c = text.chars().next()?;
        let rest = &text[c.len_utf8()..];
        let decoded = match c {
            '\n' => return Some(rest),
            '\r' => return Some(rest.strip_prefix('\n').unwrap_or(rest)),
            '\\' | '\'' | '"' => c,
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            '/' if dialect == Dialect::Json => '/',
            '0'..='7' => {
                let end = text.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte));
                let (digits, rest) = text.split_at(end.count());
                put(char::from_u32(u32::from_str_radix(digits, 8).ok()?)?);
                return Some(rest);
            }
            'x' => return hexadecimal(rest, 2, put),
            'u' if !self.bytes => return hexadecimal(rest, 4, put),
            'U' if !self.bytes => return hexadecimal(rest, 8, put),
            'N' if !self.bytes => return None,
            other => {
                put('\\');
                other
            }
        };
        put(decoded);
        Some(rest)
    }
}

/// Puts the character of the `digits` at the start of `text`; of two escapes that are a pair of
/// surrogates, the character that they make together.
fn hexadecimal<'a>(text: &'a str, digits: usize, put: &mut dyn FnMut(char)) -> Option<&'a str> {
    let number = |text: &str| {
        let digits = text.get(..digits)?;
        let all = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| all)
    };
    let first = number(text)?;
    let rest = &text[digits..];
    if let Some(c) = char::from_u32(first) {
        put(c);
        return Some(rest);
    }
    let next = rest.strip_prefix("\\u").filter(|_| digits == 4)?;
    let pair = [u16::try_from(first).ok()?, u16::try_from(number(next)?).ok()?];
    put(char::decode_utf16(pair).next()?.ok()?);
    Some(&next[digits..])
}
