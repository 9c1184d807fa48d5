//! **literal**: a Python literal, as `ast.literal_eval` of Python 3.10 reads it.
//!
//! The grammar is Python's own: its tokens (blank lines, indentation, comments, joined lines,
//! numbers, strings with their prefixes), and of its expressions those that stand for a value.
//! Everything else is no literal, which for Prefect 1.4.1 means: text. Compared with Python 3.10
//! itself on some hundred thousand texts.
//!
//! Left out: `\N{...}`, a table of names of 0.9 MB for nobody, and half a pair of surrogates, which
//! no UTF-8 can say. A text that needs one of them is no literal.

mod number;
mod space;
mod string;
#[cfg(test)]
mod tests;
mod unique;

use super::object::Object;

/// How many brackets may be open at once, as in Python 3.10 (measured). What recurses here is
/// bounded by it.
const DEEPEST: usize = 200;

/// Reads `text` as a Python literal.
pub fn literal(text: &str) -> Option<Object> {
    // Only these begin one: most texts are turned away here.
    let text = text.trim_start_matches([' ', '\t']);
    let begins = |byte: &u8| !matches!(byte, b'$' | b'/' | b'<' | b'=' | b'>' | b'@' | b'~');
    if !text.as_bytes().first().is_some_and(begins) || text.contains('\0') {
        return None;
    }
    let mut parser = Parser::new(text, Dialect::Python);
    parser.line_start()?;
    let value = parser.expressions()?;
    parser.skip()?;
    if parser.newline() {
        parser.line_start()?;
    }
    parser.at_end().then_some(value)
}

/// Reads `text`, which is one valid JSON document. `None` if it is nested too deeply, or holds
/// half a pair of surrogates.
pub fn json(text: &str) -> Option<Object> {
    let mut parser = Parser::new(text, Dialect::Json);
    // As within brackets, where a line may end anywhere.
    parser.level = 1;
    let value = parser.expressions()?;
    parser.skip()?;
    parser.at_end().then_some(value)
}

#[derive(Clone, Copy, PartialEq)]
enum Dialect {
    Python,
    Json,
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    /// How many brackets are open.
    level: usize,
    dialect: Dialect,
}

/// What an expression is beside its value: a sign and a sum take only some.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Number,
    Signed,
    Other,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, dialect: Dialect) -> Self {
        Self { text, at: 0, level: 0, dialect }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn at_end(&self) -> bool {
        self.at == self.text.len()
    }

    /// Takes `byte` if it is next.
    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// One expression, or several with commas: a tuple.
    fn expressions(&mut self) -> Option<Object> {
        let (first, _) = self.expression()?;
        self.skip()?;
        if self.peek() != Some(b',') {
            return Some(first);
        }
        let mut items = vec![first];
        while self.take(b',') {
            self.skip()?;
            if self.at_end() || matches!(self.peek(), Some(b'\n' | b'\r')) {
                break;
            }
            items.push(self.expression()?.0);
            self.skip()?;
        }
        Some(Object::Tuple(items))
    }

    /// A value, or a complex number written as a sum.
    fn expression(&mut self) -> Option<(Object, Kind)> {
        self.skip()?;
        let (left, kind) = self.signed()?;
        self.skip()?;
        let minus = match self.peek() {
            Some(b'+') => false,
            Some(b'-') => true,
            _ => return Some((left, kind)),
        };
        self.at += 1;
        let real = left.real().filter(|_| kind != Kind::Other)?;
        self.skip()?;
        let (Object::Complex(zero, imaginary), Kind::Number) = self.operand()? else {
            return None;
        };
        let sum = if minus { (real - zero, 0.0 - imaginary) } else { (real + zero, imaginary) };
        self.skip()?;
        // A sum of more than two is not a literal.
        let more = matches!(self.peek(), Some(b'+' | b'-'));
        (!more).then_some((Object::Complex(sum.0, sum.1), Kind::Other))
    }

    fn signed(&mut self) -> Option<(Object, Kind)> {
        let minus = match self.peek()? {
            b'+' => false,
            b'-' => true,
            _ => return self.operand(),
        };
        self.at += 1;
        self.skip()?;
        let (value, Kind::Number) = self.operand()? else { return None };
        Some((if minus { value.negative() } else { value }, Kind::Signed))
    }

    fn operand(&mut self) -> Option<(Object, Kind)> {
        let value = match self.peek()? {
            b'(' => return self.within(Self::parenthesis),
            b'[' => Object::List(self.within(|parser| parser.items(b']'))?),
            b'{' => self.within(Self::braces)?,
            b'0'..=b'9' => return Some((self.number()?, Kind::Number)),
            b'.' if self.text[self.at..].starts_with("...") => {
                self.at += 3;
                Object::Ellipsis
            }
            b'.' => return Some((self.number()?, Kind::Number)),
            _ if self.at_string() => self.strings()?,
            _ => self.name()?,
        };
        Some((value, Kind::Other))
    }

    /// Reads what stands in brackets, the opening one included.
    fn within<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.at += 1;
        self.level += 1;
        if self.level > DEEPEST {
            return None;
        }
        self.skip()?;
        let value = read(self)?;
        self.level -= 1;
        Some(value)
    }

    /// What stands in parentheses: one expression, or a tuple.
    fn parenthesis(&mut self) -> Option<(Object, Kind)> {
        if self.take(b')') {
            return Some((Object::Tuple(Vec::new()), Kind::Other));
        }
        let (first, kind) = self.expression()?;
        if self.take(b')') {
            return Some((first, kind));
        }
        if !self.take(b',') {
            return None;
        }
        self.skip()?;
        let mut items = vec![first];
        items.append(&mut self.items(b')')?);
        Some((Object::Tuple(items), Kind::Other))
    }

    /// Expressions and commas up to `end`; the last comma may be left out.
    fn items(&mut self, end: u8) -> Option<Vec<Object>> {
        let mut items = Vec::new();
        while !self.take(end) {
            items.push(self.expression()?.0);
            if !self.take(b',') && self.peek() != Some(end) {
                return None;
            }
            self.skip()?;
        }
        Some(items)
    }

    /// A dict or a set.
    fn braces(&mut self) -> Option<Object> {
        if self.take(b'}') {
            return Some(Object::Dict(Vec::new()));
        }
        let (first, _) = self.expression()?;
        if !self.take(b':') {
            let mut items = vec![first];
            if !self.take(b',') && self.peek() != Some(b'}') {
                return None;
            }
            self.skip()?;
            items.append(&mut self.items(b'}')?);
            return unique::items(items).map(Object::Set);
        }
        let mut members = vec![(first, self.expression()?.0)];
        loop {
            let more = self.take(b',');
            self.skip()?;
            if self.take(b'}') {
                return unique::members(members).map(Object::Dict);
            }
            if !more {
                return None;
            }
            let (key, _) = self.expression()?;
            if !self.take(b':') {
                return None;
            }
            members.push((key, self.expression()?.0));
        }
    }

    fn name(&mut self) -> Option<Object> {
        let rest = &self.text[self.at..];
        let end = rest.bytes().position(|byte| !is_name(byte)).unwrap_or(rest.len());
        self.at += end;
        match (&rest[..end], self.dialect) {
            ("None", Dialect::Python) | ("null", Dialect::Json) => Some(Object::None),
            ("True", Dialect::Python) | ("true", Dialect::Json) => Some(Object::Bool(true)),
            ("False", Dialect::Python) | ("false", Dialect::Json) => Some(Object::Bool(false)),
            ("set", Dialect::Python) => {
                self.skip()?;
                if self.peek() != Some(b'(') {
                    return None;
                }
                self.within(|parser| parser.take(b')').then_some(Object::Set(Vec::new())))
            }
            _ => None,
        }
    }
}

/// Whether a name can hold this byte; beyond ASCII any can.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}
