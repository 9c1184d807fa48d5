//! Who could have changed a file: decided by its owner and mode, and those of every folder above.

use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use prefect_secrets_core::{Error, Kind};
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::local::Identity;

const GROUP_OR_OTHERS_WRITE: u32 = 0o022;
const STICKY: u32 = 0o1000;
const ANY_MAY_EXECUTE: u32 = 0o111;

/// A file that only root or the user of this process could have written.
pub(super) struct Trusted {
    pub(super) file: File,
    /// Where it is, without links.
    pub(super) path: PathBuf,
}

/// Whether only root and the user of this process could have written the file at `path`, and it is
/// still the one that was `read`: the check for a configuration file that names plugins. *Denied*
/// with the command that mends it.
pub fn check_trusted(path: &Path, read: Identity) -> Result<(), Error> {
    let (_, metadata) = walk(path)?;
    if (metadata.dev(), metadata.ino()) == read {
        return Ok(());
    }
    Err(Error::new(
        Kind::Denied,
        format!("{} was replaced while it was read", path.display()),
        "open the chain again, once nobody writes that file",
    ))
}

/// Opens the file at `path` if only root or the user of this process could have written it.
pub(super) fn open(path: &Path) -> Result<Trusted, Error> {
    let (path, _) = walk(path)?;
    let file = File::options()
        .read(true)
        // NONBLOCK: should a pipe stand here by now, opening it must not wait for its writer.
        .custom_flags((OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK).bits() as i32)
        .open(&path)
        .map_err(|error| unreachable(&path, &error))?;
    // Once more on what was opened: from here on nobody can put another file in its place.
    let metadata = file.metadata().map_err(|error| unreachable(&path, &error))?;
    judge(&path, &metadata, user())?;
    regular(&path, &metadata)?;
    Ok(Trusted { file, path })
}

/// Where `path` leads without links, and what stands there: a file that only root or the user of this
/// process could have written, in folders of which that is true as well.
fn walk(path: &Path) -> Result<(PathBuf, Metadata), Error> {
    let user = user();
    if let Some(file) = walk_without_links(path, user) {
        return Ok((path.to_owned(), file));
    }
    // Links first: the checks are about where they lead, and nothing below follows one.
    let path = fs::canonicalize(path).map_err(|error| unreachable(path, &error))?;
    let file = stat(&path)?;
    judge(&path, &file, user)?;
    regular(&path, &file)?;
    for folder in path.ancestors().skip(1) {
        judge(folder, &stat(folder)?, user)?;
    }
    Ok((path, file))
}

/// The same for a path from the root that no link is part of, as most are; to follow links asks about
/// each part once more. `None` for any other path, and wherever anything is wrong: the long way says
/// what.
fn walk_without_links(path: &Path, user: u32) -> Option<Metadata> {
    let plain = |part| matches!(part, Component::RootDir | Component::Normal(_));
    // Put together again, to see that nothing was left out when it was taken apart: `//`, `/.`.
    let whole: PathBuf = path.components().take_while(|&part| plain(part)).collect();
    if !path.is_absolute() || whole.as_os_str() != path.as_os_str() {
        return None;
    }
    let accepted = |part: &Path| {
        let metadata = part.symlink_metadata().ok()?;
        let link = metadata.file_type().is_symlink();
        let fault = fault(metadata.is_dir(), metadata.uid(), metadata.mode(), user);
        (!link && fault.is_none()).then_some(metadata)
    };
    let file = accepted(path).filter(Metadata::is_file)?;
    path.ancestors().skip(1).all(|folder| accepted(folder).is_some()).then_some(file)
}

fn stat(path: &Path) -> Result<Metadata, Error> {
    path.symlink_metadata().map_err(|error| unreachable(path, &error))
}

fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Whether a file can be started as a program.
pub(super) fn executable(trusted: &Trusted) -> Result<(), Error> {
    let path = &trusted.path;
    let metadata = trusted.file.metadata().map_err(|error| unreachable(path, &error))?;
    if metadata.mode() & ANY_MAY_EXECUTE != 0 {
        return Ok(());
    }
    Err(Error::invalid(
        format!("{} is no program: nobody may execute it", path.display()),
        format!("if it is the plugin: chmod +x {}", path.display()),
    ))
}

fn judge(path: &Path, metadata: &Metadata, user: u32) -> Result<(), Error> {
    match fault(metadata.is_dir(), metadata.uid(), metadata.mode(), user) {
        None => Ok(()),
        Some((what, command)) => Err(Error::new(
            Kind::Denied,
            format!("{} {what}", path.display()),
            format!("make sure that it is what you installed, then: {command} {}", path.display()),
        )),
    }
}

/// Why somebody beside root and `user` could have changed a file or a folder, and the command
/// that mends it.
fn fault(is_dir: bool, owner: u32, mode: u32, user: u32) -> Option<(String, &'static str)> {
    if owner != 0 && owner != user {
        let what = format!("belongs to user {owner}, neither root nor the user of this process");
        return Some((what, "chown root"));
    }
    // In a sticky folder of root's, like the temporary folder, nobody can replace what belongs to
    // another user.
    let sticky = is_dir && owner == 0 && mode & STICKY != 0;
    if mode & GROUP_OR_OTHERS_WRITE != 0 && !sticky {
        return Some(("can be written by other users".into(), "chmod go-w"));
    }
    None
}

fn regular(path: &Path, metadata: &Metadata) -> Result<(), Error> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(Error::invalid(
        format!("{} is not a regular file", path.display()),
        "give the path of the file itself",
    ))
}

fn unreachable(path: &Path, error: &std::io::Error) -> Error {
    // Nothing is wrong with the file, and the next time it may be opened.
    let exhausted = [Errno::MFILE, Errno::NFILE, Errno::NOMEM];
    let (kind, next_step) = match error.kind() {
        _ if Errno::from_io_error(error).is_some_and(|errno| exhausted.contains(&errno)) => {
            (Kind::Unavailable, "raise the limits of open files and memory of this process")
        }
        ErrorKind::NotFound => (Kind::Invalid, "install it, or correct the path"),
        ErrorKind::PermissionDenied => (Kind::Denied, "let the user of this process read it"),
        _ => (Kind::Invalid, "correct the path, or mend the file"),
    };
    Error::new(kind, format!("{} cannot be opened: {error}", path.display()), next_step)
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn only_root_and_the_user_may_have_written_it() {
        const USER: u32 = 1000;
        for (is_dir, owner, mode, trusted) in [
            (false, 0, 0o644, true),
            (false, USER, 0o755, true),
            (false, 1001, 0o644, false),
            (true, 1001, 0o755, false),
            (true, 1001, 0o1777, false),
            (false, 0, 0o664, false),
            (false, USER, 0o646, false),
            (true, 0, 0o775, false),
            (true, 0, 0o1777, true),
            (true, 0, 0o1775, true),
            (true, USER, 0o1777, false),
            (false, 0, 0o1666, false),
        ] {
            let fault = fault(is_dir, owner, mode, USER);
            assert_eq!(fault.is_none(), trusted, "{is_dir} {owner} {mode:o}: {fault:?}");
        }
        assert_eq!(fault(true, 0, 0o755, 0), None, "root trusts root");
        assert!(fault(true, USER, 0o755, 0).is_some(), "root trusts no user");
    }
}
