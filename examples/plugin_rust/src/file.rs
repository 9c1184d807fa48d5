//! One file of the directory: read, write, remove.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::FileExt;

use prefect_secrets_core::{Buffer, Error, Kind};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

/// The largest value: 16 MiB.
const LARGEST: usize = 16 << 20;

/// The content of the file `name`; `None` if there is none. Links are not followed: one could
/// lead out of the directory.
pub(crate) fn read(directory: &OwnedFd, name: &str) -> Result<Option<Buffer>, Error> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::openat(directory, name, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(no_file(error)),
    };
    let stat = rustix::fs::fstat(&file).map_err(no_file)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(not_a_file());
    }
    let file = File::from(file);
    let mut size = usize::try_from(stat.st_size).unwrap_or(usize::MAX);
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
                Err(error) => {
                    return Err(no_file(Errno::from_io_error(&error).unwrap_or(Errno::IO)));
                }
            }
        }
        size = (2 * size).max(4096);
    }
}

/// Puts `value` into the file `name`: whoever reads meanwhile gets the old value or the new one,
/// and never a part.
pub(crate) fn write(directory: &OwnedFd, name: &str, value: &[u8]) -> Result<(), Error> {
    if value.len() > LARGEST {
        return Err(too_large());
    }
    let (temporary, file) = temporary(directory)?;
    let mut file = File::from(file);
    let written = file
        .write_all(value)
        .and_then(|()| file.sync_all())
        .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
        .and_then(|()| rustix::fs::renameat(directory, &temporary, directory, name));
    written.map_err(|error| {
        let _ = rustix::fs::unlinkat(directory, &temporary, AtFlags::empty());
        not_written(error)
    })
}

/// A new file that only this user can read, under a name that a list leaves out.
fn temporary(directory: &OwnedFd) -> Result<(String, OwnedFd), Error> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    for attempt in 0..1000 {
        let name = format!(".prefect-secrets-{}-{attempt}", std::process::id());
        match rustix::fs::openat(directory, &name, flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => return Ok((name, file)),
            Err(Errno::EXIST) => {}
            Err(error) => return Err(not_written(error)),
        }
    }
    Err(not_written(Errno::EXIST))
}

/// Removes the file `name`; `false` if there was none.
pub(crate) fn remove(directory: &OwnedFd, name: &str) -> Result<bool, Error> {
    match rustix::fs::unlinkat(directory, name, AtFlags::empty()) {
        Ok(()) => Ok(true),
        Err(Errno::NOENT) => Ok(false),
        Err(error) => Err(not_written(error)),
    }
}

/// Why the directory cannot be opened.
pub(crate) fn no_directory(error: Errno) -> Error {
    match error {
        Errno::NOENT | Errno::NOTDIR => Error::new(
            Kind::Unavailable,
            "the directory is not there",
            "create or mount it, or correct the setting `directory`",
        ),
        Errno::ACCESS | Errno::PERM => Error::new(
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

fn no_file(error: Errno) -> Error {
    match error {
        Errno::ACCESS | Errno::PERM => Error::new(
            Kind::Denied,
            "this user may not read the file",
            "give this user the permission with chmod or chown",
        ),
        // A link, a device without a driver, a socket.
        Errno::LOOP | Errno::NXIO => not_a_file(),
        _ => Error::new(
            Kind::Unavailable,
            "the file cannot be read at present",
            "look into the system's log for the disk or the mount",
        ),
    }
}

fn not_written(error: Errno) -> Error {
    match error {
        Errno::ACCESS | Errno::PERM | Errno::ROFS => Error::new(
            Kind::Denied,
            "this user may not write to the directory",
            "give this user the permission with chmod or chown",
        ),
        Errno::ISDIR => not_a_file(),
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
