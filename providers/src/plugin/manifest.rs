//! `providers.d/NAME.toml`: which library a plugin's name stands for.

use std::io::Read;
use std::path::PathBuf;

use prefect_secrets_core::{Error, Kind};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::pin::{self, Pin};
use super::trust::Trusted;

/// The version of manifests that this library reads.
const VERSION: i64 = 1;
/// The largest manifest: 64 KiB.
const LARGEST: u64 = 64 << 10;
/// How a manifest names this platform.
fn platform() -> String {
    format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}

/// Where a plugin runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Isolation {
    /// In this process, trusted.
    InProcess,
    /// In a process of its own.
    Process,
}

/// What a manifest says.
/// ```toml
/// manifest_version = 1
/// id = "vault"
/// library = "libvault.so"              # beside this file, or an absolute path
/// # library.x86_64-linux = "..."       # or one for each platform; sha256 likewise
/// sha256 = "..."                       # optional: 64 hexadecimal digits
/// isolation = "in-process"             # optional
/// language = "c"                       # optional, for people
/// ```
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) id: String,
    pub(super) library: PathBuf,
    pub(super) pin: Option<Pin>,
    /// `None` if the manifest does not say.
    pub(super) isolation: Option<Isolation>,
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
            let known = ["manifest_version", "id", "library", "sha256", "isolation", "language"];
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
            Some((_, at)) => {
                return Err(self.wrong(
                    at,
                    "`isolation` is neither \"in-process\" nor \"process\"",
                    "write one of the two",
                ));
            }
        };
        self.text(table, "language")?;
        let id = self.text(table, "id")?.ok_or_else(|| self.missing("id"))?.0.to_owned();
        let library =
            self.by_platform(table, "library")?.ok_or_else(|| self.missing("library"))?.0;
        let pin = match self.by_platform(table, "sha256")? {
            None => None,
            Some((text, at)) => Some(pin::parse(text).ok_or_else(|| {
                let next_step = "write the digits that sha256sum gives for the library";
                self.wrong(at, "`sha256` is not 64 hexadecimal digits", next_step)
            })?),
        };
        // A manifest stands in a folder. An absolute `library` replaces the whole path.
        let folder = self.trusted.path.parent().unwrap_or(&self.trusted.path);
        Ok(Manifest { id, library: folder.join(library), pin, isolation })
    }

    fn version(&self, table: &DeTable<'_>) -> Result<(), Error> {
        let value = table.get("manifest_version").ok_or_else(|| self.missing("manifest_version"))?;
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

    fn missing(&self, key: &str) -> Error {
        Error::invalid(
            format!("{} has no `{key}`", self.trusted.path.display()),
            "add it; a manifest has manifest_version, id and library",
        )
    }

    fn wrong(&self, at: usize, what: &str, next_step: &str) -> Error {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        // Characters, as editors count them: every byte that does not continue one.
        let column = before[start..].iter().filter(|&&byte| byte & 0xc0 != 0x80).count() + 1;
        Error::invalid(
            format!("{} line {line}, column {column}: {what}", self.trusted.path.display()),
            next_step.to_owned(),
        )
    }
}
