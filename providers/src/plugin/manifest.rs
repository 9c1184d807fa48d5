//! `providers.d/NAME.toml`: which library a plugin's name stands for.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

use prefect_secrets_core::{Error, Kind};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::pin::{self, Pin};
use super::running::Isolation;
use super::trust::Trusted;
use crate::position::line_and_column;

/// The version of manifests that this library reads.
const VERSION: i64 = 1;
/// The largest manifest: 64 KiB.
const LARGEST: u64 = 64 << 10;
/// How a manifest names this platform.
fn platform() -> String {
    format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}

/// What a manifest says.
/// ```toml
/// manifest_version = 1
/// id = "vault"
/// library = "libvault.so"              # beside this file, or an absolute path
/// # library.x86_64-linux = "..."       # or one for each platform; sha256 likewise
/// sha256 = "..."                       # optional: 64 hexadecimal digits
/// isolation = "in-process"             # or "process", which is what silence means
/// language = "c"                       # optional, for people
/// ```
/// or, for a plugin that is a program:
/// ```toml
/// manifest_version = 1
/// id = "vault"
/// isolation = "exec"
/// program = "vault-plugin"             # beside this file, or an absolute path; or one for each platform
/// arguments = ["--plugin"]             # optional
/// ```
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) id: String,
    pub(super) code: Code,
    pub(super) pin: Option<Pin>,
    /// `None` if the manifest does not say.
    pub(super) isolation: Option<Isolation>,
}

/// The file that the plugin's code stands in.
#[derive(Debug)]
pub(super) enum Code {
    /// A shared library.
    Library(PathBuf),
    /// A program that speaks the wire, and its arguments.
    Program(PathBuf, Vec<OsString>),
}

impl Code {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Library(path) | Self::Program(path, _) => path,
        }
    }
}

impl Manifest {
    /// Reads the manifest in `trusted`. *Invalid* names the file, the line, the column and the
    /// key; it repeats nothing of what stands there.
    pub(super) fn read(trusted: &Trusted) -> Result<Self, Error> {
        let mut text = String::new();
        let read = (&trusted.file).take(LARGEST + 1).read_to_string(&mut text);
        let unreadable = |why: &str| {
            let what = format!("{} {why}", trusted.path.display());
            Error::invalid(what, "write the manifest anew")
        };
        match read {
            Err(_) => return Err(unreadable("cannot be read as UTF-8 text")),
            Ok(_) if text.len() as u64 > LARGEST => {
                return Err(unreadable("is larger than a manifest may be (64 KiB)"));
            }
            Ok(_) => {}
        }
        Source { trusted, text: &text }.manifest()
    }
}

/// The text of a manifest, which knows where in it something stands.
struct Source<'a> {
    trusted: &'a Trusted,
    text: &'a str,
}

impl Source<'_> {
    fn manifest(&self) -> Result<Manifest, Error> {
        // The recovering parser: the errors of the other one keep a copy of the whole source.
        let (table, errors) = DeTable::parse_recoverable(self.text);
        if let Some(error) = errors.first() {
            let at = error.span().map_or(0, |span| span.start);
            return Err(self.wrong(at, "this is not TOML", "mend that line"));
        }
        let table = table.get_ref();
        for (key, _) in table.iter() {
            let known = [
                "manifest_version",
                "id",
                "library",
                "program",
                "arguments",
                "sha256",
                "isolation",
                "language",
            ];
            if !known.contains(&&**key.get_ref()) {
                return Err(self.wrong(
                    key.span().start,
                    &format!("the key {:?} is not one of a manifest", key.get_ref()),
                    &format!("take it out; there are: {}", known.join(", ")),
                ));
            }
        }
        self.version(table)?;
        let isolation = match self.text(table, "isolation")? {
            None => None,
            Some(("in-process", _)) => Some(Isolation::InProcess),
            Some(("process", _)) => Some(Isolation::Process),
            Some(("exec", _)) => Some(Isolation::Exec),
            Some((_, at)) => {
                return Err(self.wrong(
                    at,
                    "`isolation` is not \"process\", \"in-process\" or \"exec\"",
                    "write one of them",
                ));
            }
        };
        self.text(table, "language")?;
        let id = self.text(table, "id")?.ok_or_else(|| self.missing("id"))?.0.to_owned();
        // A manifest stands in a folder. An absolute path replaces all of it.
        let folder = self.trusted.path.parent().unwrap_or(&self.trusted.path);
        let code = if isolation == Some(Isolation::Exec) {
            let program = self.by_platform(table, "program")?;
            let program = program.ok_or_else(|| self.missing_program())?.0;
            Code::Program(folder.join(program), self.arguments(table)?)
        } else {
            self.refuse(table, "program")?;
            self.refuse(table, "arguments")?;
            let library = self.by_platform(table, "library")?;
            Code::Library(folder.join(library.ok_or_else(|| self.missing("library"))?.0))
        };
        let pin = match self.by_platform(table, "sha256")? {
            None => None,
            Some((text, at)) => Some(pin::parse(text).ok_or_else(|| {
                let next_step = "write the digits that sha256sum gives for the library";
                self.wrong(at, "`sha256` is not 64 hexadecimal digits", next_step)
            })?),
        };
        Ok(Manifest { id, code, pin, isolation })
    }

    fn version(&self, table: &DeTable<'_>) -> Result<(), Error> {
        let value =
            table.get("manifest_version").ok_or_else(|| self.missing("manifest_version"))?;
        match value.get_ref() {
            DeValue::Integer(number) if number.as_str().parse() == Ok(VERSION) => Ok(()),
            DeValue::Integer(_) => Err(self.wrong(
                value.span().start,
                "this version of manifests is not known",
                "install a newer libprefect_secrets, or the plugin's manifest of version 1",
            )),
            _ => Err(self.wrong(
                value.span().start,
                "`manifest_version` is not a number",
                "write manifest_version = 1",
            )),
        }
    }

    /// A member that is text, and where it stands.
    fn text<'t>(
        &self,
        table: &'t DeTable<'_>,
        key: &str,
    ) -> Result<Option<(&'t str, usize)>, Error> {
        table.get(key).map(|value| self.string(value, key)).transpose()
    }

    fn string<'t>(
        &self,
        value: &'t Spanned<DeValue<'_>>,
        key: &str,
    ) -> Result<(&'t str, usize), Error> {
        let at = value.span().start;
        match value.get_ref() {
            DeValue::String(text) if !text.is_empty() => Ok((text, at)),
            _ => Err(self.wrong(at, &format!("`{key}` is not text"), "write text in quotes")),
        }
    }

    /// A member that is text, or a table with one text for each platform.
    fn by_platform<'t>(
        &self,
        table: &'t DeTable<'_>,
        key: &str,
    ) -> Result<Option<(&'t str, usize)>, Error> {
        let Some(value) = table.get(key) else { return Ok(None) };
        let DeValue::Table(platforms) = value.get_ref() else {
            return self.string(value, key).map(Some);
        };
        let here = platform();
        match platforms.get(here.as_str()) {
            Some(value) => self.string(value, key).map(Some),
            None => Err(Error::new(
                Kind::Unsupported,
                format!("{} has no `{key}.{here}`", self.trusted.path.display()),
                "install the plugin in a build for this platform",
            )),
        }
    }

    /// The arguments of a program.
    fn arguments(&self, table: &DeTable<'_>) -> Result<Vec<OsString>, Error> {
        let Some(value) = table.get("arguments") else { return Ok(Vec::new()) };
        let wrong = |at| self.wrong(at, "`arguments` is not a list of texts", "write [\"...\"]");
        let DeValue::Array(list) = value.get_ref() else { return Err(wrong(value.span().start)) };
        let text = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
            DeValue::String(text) if !text.contains('\0') => Ok(text.as_ref().into()),
            _ => Err(wrong(value.span().start)),
        };
        list.iter().map(text).collect()
    }

    /// Refuses a key that only a plugin that is a program has.
    fn refuse(&self, table: &DeTable<'_>, key: &str) -> Result<(), Error> {
        let Some((key, _)) = table.get_key_value(key) else { return Ok(()) };
        Err(self.wrong(
            key.span().start,
            &format!("`{}` is for a plugin that is a program", key.get_ref()),
            "write isolation = \"exec\" with it, or take it out",
        ))
    }

    fn missing_program(&self) -> Error {
        Error::invalid(
            format!("{} has no `program`", self.trusted.path.display()),
            "add it; with isolation = \"exec\" a manifest has manifest_version, id and program",
        )
    }

    fn missing(&self, key: &str) -> Error {
        Error::invalid(
            format!("{} has no `{key}`", self.trusted.path.display()),
            "add it; a manifest has manifest_version, id and library",
        )
    }

    fn wrong(&self, at: usize, what: &str, next_step: &str) -> Error {
        let (line, column) = line_and_column(self.text.as_bytes(), at);
        Error::invalid(
            format!("{} line {line}, column {column}: {what}", self.trusted.path.display()),
            next_step.to_owned(),
        )
    }
}
