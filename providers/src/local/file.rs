//! A TOML file.

use std::borrow::Cow;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use prefect_secrets_core::value::{self, Surroundings};
use prefect_secrets_core::{Buffer, Error, Kind};
use rustix::fs::OFlags;
use toml::de::{DeInteger, DeTable, DeValue};
use zeroize::Zeroize;

use super::members::Members;
use super::node::{Node, Origin};
use super::text::Text;
use crate::position::line_and_column;

/// The largest file that is read: 64 MiB.
const LARGEST: usize = 64 << 20;
/// How often a TOML string is expanded and cast (Prefect 1.4.1, measured).
const PASSES: u8 = 1;

/// What a TOML file says. Wiped.
pub struct Document {
    pub(super) root: Node,
    pub(super) identity: Identity,
}

/// Device and inode of a file that was read: which file it was, whatever its path says later.
pub type Identity = (u64, u64);

impl Document {
    /// The value at `keys`, as written, and where it was set.
    pub fn text(&self, keys: &[&str]) -> Option<(&[u8], &Origin)> {
        self.root.at(keys.iter().copied())?.leaf()
    }

    /// The member at `keys`.
    pub fn section(&self, keys: &[&str]) -> Option<&Node> {
        self.root.at(keys.iter().copied())
    }

    /// Whether there is a table at `keys`.
    pub fn has_table(&self, keys: &[&str]) -> bool {
        self.root.at(keys.iter().copied()).is_some_and(|node| node.members().is_some())
    }
}

/// Reads the TOML file at `path` as it was written; `None` if there is no such file. An error names
/// the file, the line and the column, and shows nothing of what stands there.
pub fn read(path: &Path) -> Result<Option<Document>, Error> {
    struct Nowhere;
    impl Surroundings for Nowhere {
        fn variable(&self, _: &[u8]) -> Option<&[u8]> {
            None
        }
        fn home(&self, _: Option<&[u8]>) -> Option<Vec<u8>> {
            None
        }
    }
    read_within(path, &Nowhere)
}

/// Reads the TOML file at `path`, its texts expanded.
pub(super) fn read_within(
    path: &Path,
    around: &dyn Surroundings,
) -> Result<Option<Document>, Error> {
    let Some((source, identity)) = load(path)? else { return Ok(None) };
    let text = match std::str::from_utf8(source.expose()) {
        Ok(text) => text,
        Err(error) => {
            return Err(broken(path, source.expose(), error.valid_up_to(), "is not UTF-8"));
        }
    };
    // The recovering parser: the errors of the other one keep a copy of the whole source.
    let (mut table, errors) = DeTable::parse_recoverable(text);
    let origin = Origin::File(Arc::from(path));
    match errors.first() {
        None => {
            let root = from_table(table.get_mut(), &origin, around);
            Ok(Some(Document { root, identity }))
        }
        Some(error) => {
            wipe(table.get_mut());
            let at = error.span().map_or(0, |span| span.start);
            Err(broken(path, source.expose(), at, "is not TOML"))
        }
    }
}

/// The bytes of a file, read into memory of the right size: a buffer that grows leaves copies.
fn load(path: &Path) -> Result<Option<(Buffer, Identity)>, Error> {
    let unreadable = |error: std::io::Error| {
        let kind = match error.kind() {
            ErrorKind::PermissionDenied => Kind::Denied,
            _ => Kind::Unavailable,
        };
        let what = format!("{} cannot be read: {error}", path.display());
        Error::new(kind, what, "mend the file, or remove it")
    };
    // Should a pipe stand here, opening it must not wait for its writer.
    let flags = OFlags::NONBLOCK.bits() as i32;
    let opened = File::options().read(true).custom_flags(flags).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(error)),
    };
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        // A folder or a pipe is no configuration (Prefect 1.4.1, measured).
        return Ok(None);
    }
    let expected = usize::try_from(metadata.len()).unwrap_or(LARGEST);
    let buffer = Buffer::read(file, expected, LARGEST).map_err(unreadable)?.ok_or_else(|| {
        Error::invalid(
            format!("{} has more than {LARGEST} bytes", path.display()),
            "a configuration is not that large; is it the right file?",
        )
    })?;
    Ok(Some((buffer, (metadata.dev(), metadata.ino()))))
}

fn broken(path: &Path, source: &[u8], at: usize, how: &str) -> Error {
    let (line, column) = line_and_column(source, at);
    Error::invalid(
        format!("{} {how} at line {line}, column {column}", path.display()),
        "mend that line; until then no secret is resolved",
    )
}

/// The members of `table`; what the parser had to copy is wiped.
fn from_table(table: &mut DeTable<'_>, origin: &Origin, around: &dyn Surroundings) -> Node {
    let mut members = Members::with_capacity(table.len());
    for (key, member) in table.iter_mut() {
        let member = from_value(member.get_mut(), origin, around);
        members.insert(key.get_ref().as_ref().into(), member);
    }
    Node::Table(members)
}

fn from_value(value: &mut DeValue<'_>, origin: &Origin, around: &dyn Surroundings) -> Node {
    match value {
        DeValue::String(text) => {
            let copy = Buffer::copy_of(text.as_bytes());
            if let Cow::Owned(text) = text {
                text.zeroize();
            }
            Node::Text(Text::new(copy, PASSES, around), origin.clone())
        }
        DeValue::Datetime(date) => {
            Node::Date(Buffer::take(&mut date.to_string().into_bytes()), origin.clone())
        }
        DeValue::Table(table) => from_table(table, origin, around),
        value => {
            let mut json = Vec::new();
            write_json(value, &mut json);
            wipe_value(value);
            Node::Json(Buffer::take(&mut json), origin.clone())
        }
    }
}

/// Appends a typed value as compact JSON; the digits of a number stay as they were written.
fn write_json(value: &DeValue<'_>, json: &mut Vec<u8>) {
    match value {
        DeValue::Boolean(yes) => json.extend_from_slice(if *yes { b"true" } else { b"false" }),
        DeValue::Integer(integer) => json.extend_from_slice(decimal(integer).as_bytes()),
        DeValue::Float(float) => {
            let digits = float.as_str().trim_start_matches('+');
            if serde_json::from_str::<serde::de::IgnoredAny>(digits).is_ok() {
                json.extend_from_slice(digits.as_bytes());
            } else {
                // inf and nan: JSON has no number for them.
                append(json, value::string(digits).expose());
            }
        }
        DeValue::String(text) => append(json, value::string(text).expose()),
        DeValue::Datetime(date) => append(json, value::string(&date.to_string()).expose()),
        DeValue::Array(array) => {
            append(json, b"[");
            for (i, item) in array.iter().enumerate() {
                append(json, if i == 0 { b"" } else { b"," });
                write_json(item.get_ref(), json);
            }
            append(json, b"]");
        }
        DeValue::Table(table) => {
            append(json, b"{");
            for (i, (key, member)) in table.iter().enumerate() {
                append(json, if i == 0 { b"" } else { b"," });
                append(json, value::string(key.get_ref()).expose());
                append(json, b":");
                write_json(member.get_ref(), json);
            }
            append(json, b"}");
        }
    }
}

/// Appends without leaving a copy behind where the vector has to move.
fn append(json: &mut Vec<u8>, bytes: &[u8]) {
    if json.capacity() - json.len() < bytes.len() {
        let mut larger = Vec::with_capacity((json.len() + bytes.len()) * 2);
        larger.extend_from_slice(json);
        json.as_mut_slice().zeroize();
        *json = larger;
    }
    json.extend_from_slice(bytes);
}

/// A TOML integer in decimal: the digits as they were written, unless it has another base.
fn decimal<'a>(integer: &'a DeInteger<'_>) -> Cow<'a, str> {
    let digits = integer.as_str();
    match integer.radix() {
        10 => digits.strip_prefix('+').unwrap_or(digits).into(),
        radix => match i128::from_str_radix(digits, radix) {
            Ok(value) => value.to_string().into(),
            // More digits than any number here has: they stay what they are, as a string.
            Err(_) => format!("{:?}", integer.to_string()).into(),
        },
    }
}

/// Wipes the texts that the parser had to copy because they held escapes.
fn wipe(table: &mut DeTable<'_>) {
    for (_, member) in table.iter_mut() {
        wipe_value(member.get_mut());
    }
}

fn wipe_value(value: &mut DeValue<'_>) {
    match value {
        DeValue::String(Cow::Owned(text)) => text.zeroize(),
        DeValue::Table(table) => wipe(table),
        DeValue::Array(array) => array.iter_mut().for_each(|item| wipe_value(item.get_mut())),
        _ => {}
    }
}
