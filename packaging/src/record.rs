//! The record of an installation: what is ours in a prefix.

use std::fs;
use std::path::{Component, Path};

use sha2::{Digest, Sha256};

use crate::{Outcome, VERSION, about};

/// Where it stands, within the prefix.
pub const RECORD: &str = "share/prefect-secrets/installed.txt";

/// One thing that was installed; its path is within the prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Installed {
    /// A folder that was not there before. The prefix itself is `.`.
    Folder(String),
    /// A file, with the SHA-256 of what was written.
    File(String, String),
    /// A link, with what it leads to.
    Link(String, String),
}

impl Installed {
    /// Where it is, within the prefix.
    pub fn path(&self) -> &str {
        match self {
            Self::Folder(path) | Self::File(path, _) | Self::Link(path, _) => path,
        }
    }
}

/// Reads the record of the prefix at `root`; `None` if nothing was installed there.
pub fn read(root: &Path) -> Outcome<Option<Vec<Installed>>> {
    let path = root.join(RECORD);
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).map_err(about(&path))?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| parse(line).ok_or_else(|| wrong(&path, line)))
        .collect::<Outcome<_>>()
        .map(Some)
}

pub(crate) fn write(root: &Path, installed: &[Installed]) -> Outcome {
    let mut text =
        format!("# libprefect_secrets {VERSION}: what `cargo xtask uninstall` takes away.\n");
    for thing in installed {
        text += &match thing {
            Installed::Folder(path) => format!("folder {path}\n"),
            Installed::File(path, digest) => format!("file {path} {digest}\n"),
            Installed::Link(path, target) => format!("link {path} {target}\n"),
        };
    }
    let path = root.join(RECORD);
    fs::write(&path, text).map_err(about(&path))
}

/// The SHA-256 of a file, in hexadecimal digits.
pub fn digest(path: &Path) -> Outcome<String> {
    let bytes = fs::read(path).map_err(about(path))?;
    Ok(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

fn parse(line: &str) -> Option<Installed> {
    let mut words = line.split(' ');
    let (kind, path, more) = (words.next()?, words.next()?.to_owned(), words.next());
    // Somebody may have written into the record: nothing outside of the prefix is ours.
    let within = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if words.next().is_some() || path.is_empty() || !Path::new(&path).components().all(within) {
        return None;
    }
    match (kind, more) {
        ("folder", None) => Some(Installed::Folder(path)),
        ("file", Some(digest)) => Some(Installed::File(path, digest.to_owned())),
        ("link", Some(target)) => Some(Installed::Link(path, target.to_owned())),
        _ => None,
    }
}

fn wrong(path: &Path, line: &str) -> String {
    format!("{}: {line:?} is no line of a record; nothing was removed", path.display())
}
