//! What every format has: what it cannot hold, and how it is written.

use std::io::{Result, Write};

use prefect_secrets_core::Error;

use crate::handover::Handed;

/// A format that secrets are exported in.
pub(super) trait Form {
    /// Why this one cannot be held exactly.
    fn refused(&self, one: &Handed) -> Option<Error>;

    /// Why all of them together cannot.
    fn all_refused(&self, _handed: &[Handed]) -> Option<Error> {
        None
    }

    /// Writes all of them, of which none was refused. It is called twice, see
    /// [`prefect_secrets_core::Buffer::written`].
    fn write(&self, handed: &[Handed], out: &mut dyn Write) -> Result<()>;

    /// Says what whoever uses the file should know.
    fn tell(&self, _handed: &[Handed]) {}
}

/// The failure that `one` is to become a variable of a shell under a name that is none (POSIX, XBD
/// 3.216: letters, digits and `_`, no digit first).
pub(super) fn no_identifier(one: &Handed) -> Option<Error> {
    let name = one.variable.as_bytes();
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let fits = name.first().is_some_and(|first| !first.is_ascii_digit()) && name.iter().all(word);
    (!fits).then(|| {
        one.refused(
            format!(
                "{:?} is no name of a variable: letters, digits and _, no digit first",
                one.variable
            ),
            "name the variable: NAME=VAR",
        )
    })
}

/// The failure that `one` holds a NUL, which no variable can.
pub(super) fn holds_nul(one: &Handed) -> Option<Error> {
    one.text().contains(&0).then(|| {
        one.refused(
            "it holds a NUL, where a variable would end",
            "--format k8s and json can hold it",
        )
    })
}

/// The text of `one`, or the failure that it is not UTF-8.
pub(super) fn utf8(one: &Handed) -> std::result::Result<&str, Error> {
    std::str::from_utf8(one.text()).map_err(|_| {
        one.refused(
            "it is not UTF-8, which this format has to be",
            "--format k8s and shell can hold it",
        )
    })
}

/// Writes `text` with `replaced` in the place of some bytes.
pub(super) fn write_replaced(
    out: &mut dyn Write,
    text: &[u8],
    replaced: impl Fn(u8) -> Option<&'static [u8]>,
) -> Result<()> {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| replaced(*byte).is_some()) {
        out.write_all(&rest[..at])?;
        out.write_all(replaced(rest[at]).unwrap_or_default())?;
        rest = &rest[at + 1..];
    }
    out.write_all(rest)
}
