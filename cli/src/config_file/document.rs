//! What a TOML text says, to see that a change changed nothing else.

use std::path::Path;

use prefect_secrets_core::{Buffer, Error, Kind};
use toml::de::{DeTable, DeValue};

use super::splice::SECRETS;

/// The text in `bytes` of the file at `path`, if that is TOML. An error names the line and the column,
/// and shows nothing of what stands there.
pub(super) fn text<'b>(bytes: &'b Buffer, path: &Path) -> Result<&'b str, Error> {
    let bytes = bytes.expose();
    let broken = |how: &str, at: usize| {
        let before = &bytes[..at.min(bytes.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
        Error::invalid(
            format!("{} {how} at line {line}, column {column}", path.display()),
            "mend that line; nothing was written",
        )
    };
    let text = std::str::from_utf8(bytes).map_err(|e| broken("is not UTF-8", e.valid_up_to()))?;
    // The recovering parser: the errors of the other one keep a copy of the whole.
    match DeTable::parse_recoverable(text).1.first() {
        None => Ok(text),
        Some(error) => Err(broken("is not TOML", error.span().map_or(0, |span| span.start))),
    }
}

/// Whether the two say the same of everything but the secret `name`, which is in `after` or not, as
/// `has` says.
pub(super) fn check(before: &str, after: &str, name: &str, has: bool) -> Result<(), Error> {
    let (mut before, _) = DeTable::parse_recoverable(before);
    let (mut after, errors) = DeTable::parse_recoverable(after);
    take(before.get_mut(), name);
    let is_there = take(after.get_mut(), name);
    if errors.is_empty() && is_there == has && are_same_tables(before.get_ref(), after.get_ref()) {
        return Ok(());
    }
    let what = "the change would have changed more of the file than this secret";
    Err(Error::new(Kind::Unsupported, what, "change the file by hand; nothing was written"))
}

/// Takes the secret out, and puts its tables there where there are none; whether it was there.
fn take(root: &mut DeTable<'_>, name: &str) -> bool {
    let mut table = root;
    for part in SECRETS {
        if !table.contains_key(part) {
            let empty = DeValue::Table(DeTable::new());
            table.insert(spanned(part.into()), spanned(empty));
        }
        match table.get_mut(part).map(toml::Spanned::get_mut) {
            Some(DeValue::Table(inner)) => table = inner,
            _ => return false,
        }
    }
    table.remove(name).is_some()
}

fn spanned<T>(value: T) -> toml::Spanned<T> {
    toml::Spanned::new(0..0, value)
}

fn are_same_tables(a: &DeTable<'_>, b: &DeTable<'_>) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|((a_key, a), (b_key, b))| {
            a_key.get_ref() == b_key.get_ref() && are_same(a.get_ref(), b.get_ref())
        })
}

fn are_same(a: &DeValue<'_>, b: &DeValue<'_>) -> bool {
    match (a, b) {
        (DeValue::String(a), DeValue::String(b)) => a == b,
        (DeValue::Integer(a), DeValue::Integer(b)) => {
            a.radix() == b.radix() && a.as_str() == b.as_str()
        }
        (DeValue::Float(a), DeValue::Float(b)) => a.as_str() == b.as_str(),
        (DeValue::Boolean(a), DeValue::Boolean(b)) => a == b,
        (DeValue::Datetime(a), DeValue::Datetime(b)) => a == b,
        (DeValue::Array(a), DeValue::Array(b)) => {
            a.len() == b.len()
                && a.iter().zip(b.iter()).all(|(a, b)| are_same(a.get_ref(), b.get_ref()))
        }
        (DeValue::Table(a), DeValue::Table(b)) => are_same_tables(a, b),
        _ => false,
    }
}
