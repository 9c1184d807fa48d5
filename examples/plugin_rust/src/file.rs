//! One file of the directory: read, write, remove.

use std::fs::{self, File, OpenOptions};
use std::io::{Error as IoError, ErrorKind, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use prefect_secrets_core::{Buffer, Error, Kind};

/// The largest value: 16 MiB.
const LARGEST: usize = 16 << 20;

/// The content of the file at `path`; `None` if there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Buffer>, Error> {
    let file = match open(path) {
        Ok(file) => file,
        Err(Unopened::Io(error)) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(Unopened::Io(error)) => return Err(no_file(&error)),
        Err(Unopened::NoFile) => return Err(not_a_file()),
    };
    let size = file.metadata().map_err(|error| no_file(&error))?.len();
    let mut size = usize::try_from(size).unwrap_or(usize::MAX);
    loop {
        if size > LARGEST {
            return Err(too_large());
        }
        // Memory of the right size at once: a vector that grows leaves copies of the value behind.
        // One byte more, to see whether the file has grown meanwhile.
        let mut value = Buffer::zeroed(size + 1);
        let mut len = 0;
        while len < value.len() {
            match file.read_at(&mut value.expose_mut()[len..], len as u64) {
                Ok(0) => {
                    value.truncate(len);
                    return Ok(Some(value));
                }
                Ok(read) => len += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(no_file(&error)),
            }
        }
        size = (2 * size).max(4096);
    }
}

enum Unopened {
    Io(IoError),
    /// A link, a directory, a pipe.
    NoFile,
}

/// Opens a regular file. A link is not followed: it could lead out of the directory. It is looked
/// at first, and what was opened must be what was looked at.
fn open(path: &Path) -> Result<File, Unopened> {
    let seen = path.symlink_metadata().map_err(Unopened::Io)?;
    if !seen.is_file() {
        return Err(Unopened::NoFile);
    }
    let file = File::open(path).map_err(Unopened::Io)?;
    let opened = file.metadata().map_err(Unopened::Io)?;
    if (opened.dev(), opened.ino()) == (seen.dev(), seen.ino()) {
        return Ok(file);
    }
    // Replaced in between, by a write perhaps. Whoever does that all the time is told so.
    let again = path.symlink_metadata().map_err(Unopened::Io)?;
    let same = again.is_file() && (opened.dev(), opened.ino()) == (again.dev(), again.ino());
    if same { Ok(file) } else { Err(Unopened::NoFile) }
}

/// Puts `value` into the file `name` of `directory`: whoever reads meanwhile gets the old value
/// or the new one, and never a part.
pub(crate) fn write(directory: &Path, name: &str, value: &[u8]) -> Result<(), Error> {
    if value.len() > LARGEST {
        return Err(too_large());
    }
    let (temporary, mut file) = temporary(directory).map_err(|error| not_written(&error))?;
    let written = file
        .write_all(value)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, directory.join(name)));
    written.map_err(|error| {
        let _ = fs::remove_file(&temporary);
        not_written(&error)
    })
}

/// A new file that only this user can read, under a name that a list leaves out.
fn temporary(directory: &Path) -> Result<(PathBuf, File), IoError> {
    let mut attempt = 0;
    loop {
        let path = directory.join(format!(".prefect-secrets-{}-{attempt}", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && attempt < 1000 => {
                attempt += 1;
            }
            made => return Ok((path, made?)),
        }
    }
}

/// Removes the file at `path`; `false` if there was none.
pub(crate) fn remove(path: &Path) -> Result<bool, Error> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(not_written(&error)),
    }
}

/// Why the directory cannot be opened.
pub(crate) fn no_directory(error: &IoError) -> Error {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Error::new(
            Kind::Unavailable,
            "the directory is not there",
            "create or mount it, or correct the setting `directory`",
        ),
        ErrorKind::PermissionDenied => Error::new(
            Kind::Denied,
            "this user may not use the directory",
            "give this user the permission with chmod or chown",
        ),
        _ => Error::new(
            Kind::Unavailable,
            "the directory cannot be read at present",
            "look into the system's log for the disk or the mount",
        ),
    }
}

fn no_file(error: &IoError) -> Error {
    match error.kind() {
        ErrorKind::PermissionDenied => Error::new(
            Kind::Denied,
            "this user may not read the file",
            "give this user the permission with chmod or chown",
        ),
        _ => Error::new(
            Kind::Unavailable,
            "the file cannot be read at present",
            "look into the system's log for the disk or the mount",
        ),
    }
}

fn not_written(error: &IoError) -> Error {
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Error::new(
            Kind::Denied,
            "this user may not write to the directory",
            "give this user the permission with chmod or chown",
        ),
        ErrorKind::IsADirectory => not_a_file(),
        _ => Error::new(
            Kind::Unavailable,
            "the directory cannot be written at present",
            "make room on the disk, or look into the system's log",
        ),
    }
}

fn not_a_file() -> Error {
    Error::invalid(
        "what has this name is not a regular file",
        "put the file itself there, not a directory or a link",
    )
}

fn too_large() -> Error {
    Error::invalid("the value is larger than 16 MiB", "store a smaller value")
}
