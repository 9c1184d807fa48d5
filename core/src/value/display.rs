//! An object as Python's `str()` writes it, which is what a reference puts into a larger text.

use std::io::{Result, Write};

use zeroize::Zeroizing;

use super::object::{Object, Text};
use crate::buffer::Buffer;

impl Object {
    /// What `str()` of Python gives: a string itself, everything else as a program would hold it.
    pub fn display(&self) -> Buffer {
        let written = Buffer::written(|out| match self {
            Self::Str(text) => out.write_all(text.as_bytes()),
            other => other.write_repr(out),
        });
        written.expect("memory takes what is written to it")
    }

    fn write_repr(&self, out: &mut dyn Write) -> Result<()> {
        match self {
            Self::None => out.write_all(b"None"),
            Self::Ellipsis => out.write_all(b"Ellipsis"),
            Self::Bool(yes) => out.write_all(if *yes { b"True" } else { b"False" }),
            Self::Int(digits) => out.write_all(digits.as_bytes()),
            Self::Float(_) => {
                let text = decimal(self.real().unwrap_or(f64::NAN));
                // `str` of a whole float says that it is one.
                let whole = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
                write!(out, "{}{}", text.as_str(), if whole { ".0" } else { "" })
            }
            Self::Complex(real, imaginary) => {
                let imaginary = decimal(*imaginary);
                if *real == 0.0 && real.is_sign_positive() {
                    return write!(out, "{}j", imaginary.as_str());
                }
                let plus = if imaginary.starts_with('-') { "" } else { "+" };
                write!(out, "({}{plus}{}j)", decimal(*real).as_str(), imaginary.as_str())
            }
            Self::Str(text) => {
                let quote = quote(|quote| text.contains(quote));
                write!(out, "{quote}")?;
                text.chars().try_for_each(|c| write_char(c, quote, out))?;
                write!(out, "{quote}")
            }
            Self::Bytes(bytes) => {
                let quote = quote(|quote| bytes.contains(&(quote as u8)));
                write!(out, "b{quote}")?;
                for byte in bytes.iter() {
                    match byte {
                        0x80.. => write!(out, "\\x{byte:02x}")?,
                        byte => write_char(char::from(*byte), quote, out)?,
                    }
                }
                write!(out, "{quote}")
            }
            Self::Date(date) => write_date(date, out),
            Self::List(items) => write_items(items, b"[", b"]", out),
            Self::Tuple(items) if items.len() == 1 => write_items(items, b"(", b",)", out),
            Self::Tuple(items) => write_items(items, b"(", b")", out),
            Self::Set(items) if items.is_empty() => out.write_all(b"set()"),
            Self::Set(items) => write_items(items, b"{", b"}", out),
            Self::Dict(members) => {
                out.write_all(b"{")?;
                for (i, (key, value)) in members.iter().enumerate() {
                    out.write_all(if i == 0 { b"" } else { b", " })?;
                    key.write_repr(out)?;
                    out.write_all(b": ")?;
                    value.write_repr(out)?;
                }
                out.write_all(b"}")
            }
        }
    }
}

/// A space before the time, an offset in full, six digits behind the seconds or none.
fn write_date(date: &str, out: &mut dyn Write) -> Result<()> {
    let micros = date.find('.').map_or("", |at| &date[at + 1..]);
    let micros = &micros[..micros.bytes().take_while(u8::is_ascii_digit).count()];
    let (before, after) = match date.split_once('.') {
        Some((before, rest)) => (before, &rest[micros.len()..]),
        None => (date, ""),
    };
    for c in before.chars() {
        match c {
            'T' | 't' => out.write_all(b" ")?,
            'Z' | 'z' => out.write_all(b"+00:00")?,
            c => write!(out, "{c}")?,
        }
    }
    if micros.bytes().take(6).any(|digit| digit != b'0') {
        write!(out, ".{:0<6}", &micros[..micros.len().min(6)])?;
    }
    out.write_all(if after.eq_ignore_ascii_case("z") { b"+00:00" } else { after.as_bytes() })
}

fn write_items(items: &[Object], open: &[u8], close: &[u8], out: &mut dyn Write) -> Result<()> {
    out.write_all(open)?;
    for (i, item) in items.iter().enumerate() {
        out.write_all(if i == 0 { b"" } else { b", " })?;
        item.write_repr(out)?;
    }
    out.write_all(close)
}

/// Single quotes, unless only these are in the text.
fn quote(has: impl Fn(char) -> bool) -> char {
    if has('\'') && !has('"') { '"' } else { '\'' }
}

fn write_char(c: char, quote: char, out: &mut dyn Write) -> Result<()> {
    match c {
        '\\' => out.write_all(b"\\\\"),
        '\n' => out.write_all(b"\\n"),
        '\r' => out.write_all(b"\\r"),
        '\t' => out.write_all(b"\\t"),
        c if c == quote => write!(out, "\\{c}"),
        c if is_printable(c) => write!(out, "{c}"),
        c => match u32::from(c) {
            code @ 0..=0xff => write!(out, "\\x{code:02x}"),
            code @ 0x100..=0xffff => write!(out, "\\u{code:04x}"),
            code => write!(out, "\\U{code:08x}"),
        },
    }
}

/// Rust escapes what is not printable by the same categories of Unicode as Python; only a mark
/// that would join what stands before it, it escapes at the start of a text alone.
fn is_printable(c: char) -> bool {
    let (mut text, mut room) = (['x', c].into_iter().collect::<String>(), 0);
    text.escape_debug().for_each(|_| room += 1);
    text.clear();
    room == 2 || matches!(c, '"' | '\'')
}

/// The shortest digits that read as the same float, without `.0`.
fn decimal(float: f64) -> Text {
    if !float.is_finite() {
        let name = if float.is_nan() { "nan" } else { "inf" };
        return Zeroizing::new(format!("{}{name}", if float < 0.0 { "-" } else { "" }));
    }
    let scientific = Zeroizing::new(format!("{float:e}"));
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    Zeroizing::new(match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..16).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => format!("{float}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::literal;

    fn shown(object: &Object) -> String {
        String::from_utf8(object.display().expose().to_vec()).unwrap()
    }

    #[test]
    fn an_object_looks_as_python_shows_it() {
        for (text, wanted) in [
            ("1_0", "10"),
            ("1e16", "1e+16"),
            ("1e15", "1000000000000000.0"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("1e999", "inf"),
            ("-0.0", "-0.0"),
            ("1+2.50j", "(1+2.5j)"),
            ("2j", "2j"),
            ("'plain'", "plain"),
            ("[None, True, ..., 'a\\'b', \"q'\\\"\"]", "[None, True, Ellipsis, \"a'b\", 'q\\'\"']"),
            ("['\\x7f\\u2028é\\U000e0001']", "['\\x7f\\u2028é\\U000e0001']"),
            ("(1,)", "(1,)"),
            ("{'a': (1, 2), 2: b'\\xff\\n'}", "{'a': (1, 2), 2: b'\\xff\\n'}"),
            ("{1, 1.0, True}", "{1}"),
            ("set()", "set()"),
        ] {
            assert_eq!(shown(&literal(text).unwrap()), wanted, "{text}");
        }
    }

    #[test]
    fn a_date_looks_as_python_shows_it() {
        for (date, wanted) in [
            ("2020-01-02", "2020-01-02"),
            ("2020-01-02T03:04:05Z", "2020-01-02 03:04:05+00:00"),
            ("2020-01-02t03:04:05.5z", "2020-01-02 03:04:05.500000+00:00"),
            ("2020-01-02T03:04:05.1234567-07:00", "2020-01-02 03:04:05.123456-07:00"),
            ("03:04:05.0", "03:04:05"),
        ] {
            let date = Object::Date(Zeroizing::new(date.to_owned()));
            assert_eq!(shown(&date), wanted);
        }
    }
}
