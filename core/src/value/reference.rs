//! **references**: `${section.key}` in a string stands for another value of the configuration.
//!
//! Measured (Prefect 1.4.1, `interpolate_config`): after expanding and casting, every string that
//! holds a reference has its first one replaced, ten rounds at most. One that is the whole string
//! keeps the type of what it refers to; within a larger string it becomes what Python's `str()`
//! makes of it. An unknown one is the empty string.

use zeroize::Zeroizing;

use super::expand::LONGEST;
use super::object::Object;
use crate::buffer::Buffer;

/// Rounds at most.
pub const ROUNDS: usize = 10;

/// A reference in a text.
pub struct Reference<'t> {
    /// What stands before it.
    pub before: &'t str,
    /// What it refers to: names of tables and of a member, with dots between them.
    pub key: &'t str,
    /// What stands behind it.
    pub after: &'t str,
}

impl<'t> Reference<'t> {
    /// The first reference in `text`: `${`, any character but a line's end, then none of `$`, `{`,
    /// `}` up to a `}`.
    pub fn first(text: &'t str) -> Option<Self> {
        let mut from = 0;
        while let Some(found) = text[from..].find("${") {
            let at = from + found;
            let inner = &text[at + 2..];
            let first = inner.chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
            let rest = &inner[first..];
            if first > 0
                && let Some(end) = rest.find(['$', '{', '}'])
                && rest.as_bytes()[end] == b'}'
            {
                let end = first + end;
                return Some(Self {
                    before: &text[..at],
                    key: &inner[..end],
                    after: &inner[end + 1..],
                });
            }
            from = at + 2;
        }
        None
    }

    /// Whether it is the whole text.
    pub fn is_all(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// The text with `value` in its place; `None` if that is too long.
    pub fn replaced(&self, value: &[u8]) -> Option<Buffer> {
        let len = self.before.len() + value.len() + self.after.len();
        let parts = [self.before.as_bytes(), value, self.after.as_bytes()];
        (len <= LONGEST).then(|| {
            let written =
                Buffer::written(|out| parts.iter().try_for_each(|part| out.write_all(part)));
            written.expect("memory takes what is written to it")
        })
    }
}

impl Object {
    /// The string that `buffer` holds.
    pub fn from_buffer(buffer: &Buffer) -> Self {
        Self::Str(Zeroizing::new(String::from_utf8_lossy(buffer.expose()).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reference_is_found() {
        for (text, wanted) in [
            ("${a.b}", Some(("", "a.b", ""))),
            ("x${a}y${b}", Some(("x", "a", "y${b}"))),
            ("${${backend}.endpoint}", Some(("${", "backend", ".endpoint}"))),
            ("${}}", Some(("", "}", ""))),
            ("${$}", Some(("", "$", ""))),
            ("${a\nb}", Some(("", "a\nb", ""))),
            ("${é}", Some(("", "é", ""))),
            ("${\na}", None),
            ("${}", None),
            ("${a", None),
            ("${a$}", None),
            ("$a{}", None),
        ] {
            let found = Reference::first(text).map(|found| (found.before, found.key, found.after));
            assert_eq!(found, wanted, "{text}");
        }
    }

    #[test]
    fn what_grows_without_end_is_refused() {
        let found = Reference::first("a${b}").unwrap();
        assert_eq!(found.replaced(b"cd").unwrap().expose(), b"acd");
        assert!(found.replaced(&vec![b'x'; LONGEST]).is_none());
    }
}
