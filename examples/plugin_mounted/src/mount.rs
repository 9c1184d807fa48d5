//! The directory, and what is in it.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;

use prefect_secrets_core::{Buffer, Error, Kind};
use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags, fstat, openat, openat2, statat,
};
use rustix::io::Errno;

/// The largest value: 16 MiB.
const LARGEST: usize = 16 << 20;

/// Opens the directory. That it is not there is an outage, and no absence.
pub(crate) fn open(directory: &Path) -> Result<OwnedFd, Error> {
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
    openat(CWD, directory, flags, Mode::empty()).map_err(|error| match error {
        Errno::NOENT | Errno::NOTDIR => Error::new(
            Kind::Unavailable,
            "the directory of mounted secrets is not there",
            "mount it, or correct the setting `directory`",
        ),
        error => failed(error),
    })
}

/// The content of the file `name`; `None` if there is none. The kernel refuses whatever leads out of
/// the directory: that cannot be looked at first and opened then, somebody may change it in between.
pub(crate) fn read(directory: &OwnedFd, name: &str) -> Result<Option<Buffer>, Error> {
    let Some(file) = open_within(directory, name)? else { return Ok(None) };
    let stat = fstat(&file).map_err(failed)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Error::invalid(
            "what has this name is not a regular file",
            "mount the file itself there, or a link to one beside it",
        ));
    }
    let expected = usize::try_from(stat.st_size).unwrap_or_default();
    let value = Buffer::read(File::from(file), expected, LARGEST);
    let value = value.map_err(|error| failed(Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
    value.map(Some).ok_or_else(|| {
        Error::invalid("the value is larger than 16 MiB", "keep a value that large elsewhere")
    })
}

fn open_within(directory: &OwnedFd, name: &str) -> Result<Option<OwnedFd>, Error> {
    // NONBLOCK: should a pipe stand here, opening it must not wait for its writer.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let within = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    match openat2(directory, name, flags, Mode::empty(), within) {
        Ok(file) => Ok(Some(file)),
        Err(Errno::NOENT) => Ok(None),
        // EXDEV: out of the directory. ELOOP: a link into /proc, or in a circle.
        Err(Errno::XDEV | Errno::LOOP) => Err(Error::new(
            Kind::Denied,
            "what has this name leads out of the directory",
            "find out who put that link there; it is not followed",
        )),
        Err(Errno::NOSYS) => Err(Error::new(
            Kind::Unsupported,
            "this kernel cannot keep a path within a directory (openat2, Linux 5.6)",
            "use a newer kernel",
        )),
        Err(error) => Err(failed(error)),
    }
}

/// Every name in the directory that is UTF-8.
pub(crate) fn names(directory: &OwnedFd) -> Result<Vec<String>, Error> {
    let entries = Dir::read_from(directory).map_err(failed)?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        names.extend(entry.file_name().to_str().ok().map(String::from));
    }
    Ok(names)
}

/// Whether `name` is a regular file, or a link that leads to one within the directory.
pub(crate) fn is_file(directory: &OwnedFd, name: &str) -> bool {
    let kind = |mode| FileType::from_raw_mode(mode);
    let Ok(own) = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) else { return false };
    match kind(own.st_mode) {
        FileType::RegularFile => true,
        FileType::Symlink => open_within(directory, name)
            .ok()
            .flatten()
            .and_then(|file| fstat(&file).ok())
            .is_some_and(|stat| kind(stat.st_mode) == FileType::RegularFile),
        _ => false,
    }
}

fn failed(error: Errno) -> Error {
    match error {
        Errno::ACCESS | Errno::PERM => Error::new(
            Kind::Denied,
            "this user may not read the mounted secrets",
            "mount them so that the user of this program may read them",
        ),
        error => Error::new(
            Kind::Unavailable,
            format!("the mounted secrets cannot be read at present: {error}"),
            "look at the mount",
        ),
    }
}
