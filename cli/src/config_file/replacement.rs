//! The file as it will be.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use prefect_secrets_core::{Error, Kind};
use rustix::fs::{
    AtFlags, Mode, OFlags, RenameFlags, fchmod, fchown, openat, renameat, renameat_with, statat,
    unlinkat,
};
use rustix::io::Errno;
use rustix::process::{Gid, Uid};

use super::target::{Content, Folder, Owner, unusable};

/// A file beside the one that it is to replace; it goes away if it does not. Under the lock, so one name
/// is enough for all, and what a writer left that was killed is gone with the next one.
pub(super) struct Replacement<'f> {
    folder: &'f Folder<'f>,
    name: OsString,
    file: File,
    is_published: bool,
}

impl<'f> Replacement<'f> {
    /// Writes it, for `owner` alone to read.
    pub(super) fn write(folder: &'f Folder<'f>, bytes: &[u8], owner: Owner) -> Result<Self, Error> {
        let mut name = OsString::from(".");
        name.push(folder.file);
        name.push(".new");
        let path = folder.path.join(&name);
        let failed = |error: Errno| unusable(&path, &error.into());
        match unlinkat(&folder.open, &name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => return Err(failed(error)),
        }
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        let file = openat(&folder.open, &name, flags, mode).map_err(failed)?;
        let mut new = Self { folder, name, file: file.into(), is_published: false };
        // Whatever the mask of the process says.
        fchmod(&new.file, mode).map_err(failed)?;
        let now = rustix::fs::fstat(&new.file).map_err(failed)?;
        if (now.st_uid, now.st_gid) != owner {
            let (user, group) = (Uid::from_raw(owner.0), Gid::from_raw(owner.1));
            // A group that this user is not in is no matter: it has no rights to the file.
            match fchown(&new.file, Some(user), Some(group)) {
                Err(Errno::PERM) if now.st_uid == owner.0 => {}
                changed => changed.map_err(failed)?,
            }
        }
        new.file.write_all(bytes).map_err(|error| unusable(&path, &error))?;
        Ok(new)
    }

    /// Where it is.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.path.join(&self.name)
    }

    /// Sees to it that what was written stays, whatever happens to the machine.
    pub(super) fn sync(&self) -> Result<(), Error> {
        self.file.sync_all().map_err(|error| unusable(&self.path(), &error))
    }

    /// Puts it in the place of the file in one step, if that is still what it was; else `false`. The two
    /// change places, so that one who wrote the file in the last moment has lost nothing.
    pub(super) fn publish(mut self, was: Option<&Content>) -> Result<bool, Error> {
        let Folder { open, file, path } = self.folder;
        let failed = |error: Errno| unusable(&path.join(file), &error.into());
        let flags = match was {
            Some(_) => RenameFlags::EXCHANGE,
            None => RenameFlags::NOREPLACE,
        };
        match (renameat_with(open, &self.name, open, *file, flags), was) {
            (Ok(()), Some(was)) if self.holds(was) => {
                unlinkat(open, &self.name, AtFlags::empty()).map_err(failed)?;
            }
            (Ok(()), Some(_)) => {
                if let Err(error) = self.take_back() {
                    // What was displaced is not ours to remove.
                    self.is_published = true;
                    let (new, there) = (self.path(), path.join(file));
                    return Err(Error::new(
                        Kind::Unavailable,
                        format!(
                            "{} was changed meanwhile, and cannot be put back: {error}",
                            there.display()
                        ),
                        format!("it is {} now: put it back by hand", new.display()),
                    ));
                }
                return Ok(false);
            }
            (Ok(()), None) => {}
            (Err(Errno::EXIST | Errno::NOENT), _) => return Ok(false),
            // A file system that cannot do that, or a sandbox that forbids it.
            (Err(Errno::INVAL | Errno::NOSYS | Errno::PERM), _) => {
                renameat(open, &self.name, open, *file).map_err(failed)?;
            }
            (Err(error), _) => return Err(failed(error)),
        }
        self.is_published = true;
        match rustix::fs::fsync(open) {
            // A file system that keeps no folders in memory.
            Ok(()) | Err(Errno::INVAL) => Ok(true),
            Err(error) => Err(Error::new(
                Kind::Unavailable,
                format!("it is written, but {} cannot be made to last: {error}", path.display()),
                "look at that disk",
            )),
        }
    }

    /// Whether what has its name now is the file as it `was`.
    fn holds(&self, was: &Content) -> bool {
        let there = self.folder.read_as(&self.name);
        there.is_ok_and(|there| {
            there.is_some_and(|there| there.bytes.expose() == was.bytes.expose())
        })
    }

    /// Puts back what it displaced. Whoever writes meanwhile is not displaced either.
    fn take_back(&self) -> Result<(), Errno> {
        let Folder { open, file, .. } = self.folder;
        let this = rustix::fs::fstat(&self.file)?;
        loop {
            renameat_with(open, &self.name, open, *file, RenameFlags::EXCHANGE)?;
            let there = statat(open, &self.name, AtFlags::SYMLINK_NOFOLLOW)?;
            if (there.st_dev, there.st_ino) == (this.st_dev, this.st_ino) {
                return Ok(());
            }
        }
    }
}

impl Drop for Replacement<'_> {
    fn drop(&mut self) {
        if !self.is_published {
            // The next writer removes it, if this fails.
            let _ = unlinkat(&self.folder.open, &self.name, AtFlags::empty());
        }
    }
}
