//! Which file is written: the one that is read.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use prefect_secrets_core::{Buffer, Error, Kind};
use prefect_secrets_providers::local::Environment;
use rustix::fs::{Access, AtFlags, Mode, OFlags, accessat, open, openat};
use rustix::io::Errno;
use rustix::process::geteuid;

/// The largest file that is read: 64 MiB.
const LARGEST: usize = 64 << 20;
/// How many links in a row are followed: as many as the system follows.
const LINKS: usize = 40;

/// The file, links followed: what is behind a link is written, and the link stays.
pub(super) struct Target {
    pub(super) path: PathBuf,
    folder: PathBuf,
    file: OsString,
}

/// The folder of the file, open, so that it is one and the same all the way, and the file's name in it.
pub(super) struct Folder<'t> {
    pub(super) open: OwnedFd,
    pub(super) path: &'t Path,
    pub(super) file: &'t OsString,
}

/// User and group that a file belongs to.
pub(super) type Owner = (u32, u32);

/// The file as it is.
pub(super) struct Content {
    pub(super) bytes: Buffer,
    pub(super) owner: Owner,
}

impl Target {
    /// The file that `environment` leads to.
    pub(super) fn of(environment: &Environment) -> Result<Self, Error> {
        let mut path = environment.config_path().ok_or_else(|| {
            Error::invalid(
                "there is no path to the file: PREFECT__USER_CONFIG_PATH is empty, or nobody knows \
                 the home directory",
                "set PREFECT__USER_CONFIG_PATH to the file, or HOME",
            )
        })?;
        for hops in 0..LINKS {
            for above in path.ancestors().filter(|above| !above.as_os_str().is_empty()) {
                check_link(above)?;
            }
            match fs::symlink_metadata(&path) {
                Ok(found) if found.is_symlink() => {
                    let to = fs::read_link(&path).map_err(|e| unusable(&path, &e))?;
                    path = path.parent().unwrap_or(Path::new("")).join(to);
                }
                Ok(_) => return Self::at(path),
                Err(error) if error.kind() == ErrorKind::NotFound && hops > 0 => {
                    return Err(Error::invalid(
                        format!("a link leads to {}, which is not there", path.display()),
                        "make that file, or remove the link",
                    ));
                }
                Err(error) if error.kind() == ErrorKind::NotFound => return Self::at(path),
                Err(error) => return Err(unusable(&path, &error)),
            }
        }
        Err(unusable(&path, &Errno::LOOP.into()))
    }

    fn at(path: PathBuf) -> Result<Self, Error> {
        // A slash behind the name is no part of that, but what reads the path finds no file there.
        let is_last = |name: &&OsStr| path.as_os_str().as_bytes().ends_with(name.as_bytes());
        let (Some(folder), Some(file)) = (path.parent(), path.file_name().filter(is_last)) else {
            let what = format!("{} names a folder", path.display());
            return Err(Error::invalid(what, "set PREFECT__USER_CONFIG_PATH to a file in it"));
        };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        Ok(Self { folder: folder.to_owned(), file: file.to_owned(), path })
    }

    /// Opens the folder; `None` if there is none, and one could be made.
    pub(super) fn folder(&self) -> Result<Option<Folder<'_>>, Error> {
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
        match open(&self.folder, flags, Mode::empty()) {
            Ok(open) => {
                accessat(&open, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::empty())
                    .map_err(|error| unusable(&self.folder, &error.into()))?;
                Ok(Some(Folder { open, path: &self.folder, file: &self.file }))
            }
            Err(Errno::NOENT) => {
                let above = self.folder.parent().unwrap_or(Path::new("/"));
                rustix::fs::access(above, Access::WRITE_OK | Access::EXEC_OK)
                    .map_err(|error| unusable(&self.folder, &error.into()))?;
                Ok(None)
            }
            Err(error) => Err(unusable(&self.folder, &error.into())),
        }
    }

    /// Opens the folder; makes it if there is none, for its owner alone.
    pub(super) fn made_folder(&self) -> Result<Folder<'_>, Error> {
        if let Some(folder) = self.folder()? {
            return Ok(folder);
        }
        match DirBuilder::new().mode(0o700).create(&self.folder) {
            // Another writer made it meanwhile.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => made.map_err(|error| unusable(&self.folder, &error))?,
        }
        // What is in a folder that a crash takes away would go with it.
        let above = self.folder.parent().filter(|above| !above.as_os_str().is_empty());
        if let Ok(above) = File::open(above.unwrap_or(Path::new("."))) {
            let _ = above.sync_all();
        }
        self.folder()?.ok_or_else(|| unusable(&self.folder, &ErrorKind::NotFound.into()))
    }
}

impl Folder<'_> {
    /// Reads the file; `None` if there is none. *Denied* if it is somebody else's, who could look at
    /// what is written there, or could not any more.
    pub(super) fn read(&self) -> Result<Option<Content>, Error> {
        self.read_as(self.file)
    }

    /// The same of another name in the folder.
    pub(super) fn read_as(&self, name: &OsString) -> Result<Option<Content>, Error> {
        let path = self.path.join(name);
        let failed = |error: std::io::Error| unusable(&path, &error);
        // Should a pipe stand here, opening it must not wait.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.open, name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(failed(error.into())),
        };
        let found = file.metadata().map_err(failed)?;
        if !found.is_file() {
            let what = format!("{} is no regular file", path.display());
            return Err(Error::invalid(what, "remove it, or set PREFECT__USER_CONFIG_PATH"));
        }
        let me = geteuid();
        if found.uid() != me.as_raw() && !me.is_root() {
            let (path, owner) = (path.display(), found.uid());
            return Err(Error::new(
                Kind::Denied,
                format!(
                    "{path} belongs to user {owner}, who would lose it to the one that writes it"
                ),
                "run this as that user, or as root",
            ));
        }
        accessat(&self.open, name, Access::WRITE_OK, AtFlags::empty())
            .map_err(|error| unusable(&path, &error.into()))?;
        let expected = usize::try_from(found.len()).unwrap_or(LARGEST);
        let bytes = Buffer::read(file, expected, LARGEST).map_err(failed)?.ok_or_else(|| {
            let what = format!("{} has more than {LARGEST} bytes", path.display());
            Error::invalid(what, "a configuration is not that large; is it the right file?")
        })?;
        Ok(Some(Content { bytes, owner: (found.uid(), found.gid()) }))
    }

    /// Whom a new file here belongs to: this user, and the owner of the folder where that is root.
    pub(super) fn owner(&self) -> Result<Owner, Error> {
        let folder = rustix::fs::fstat(&self.open).map_err(|e| unusable(self.path, &e.into()))?;
        let me = geteuid();
        let group = rustix::process::getegid().as_raw();
        Ok(if me.is_root() { (folder.st_uid, folder.st_gid) } else { (me.as_raw(), group) })
    }
}

/// A link of somebody else's could lead anywhere, and elsewhere in a moment.
fn check_link(path: &Path) -> Result<(), Error> {
    let Ok(found) = fs::symlink_metadata(path) else { return Ok(()) };
    let is_ours = found.uid() == geteuid().as_raw() || found.uid() == 0;
    if !found.is_symlink() || is_ours {
        return Ok(());
    }
    Err(Error::new(
        Kind::Denied,
        format!(
            "{} is a link that belongs to user {}, and is not followed",
            path.display(),
            found.uid()
        ),
        "set PREFECT__USER_CONFIG_PATH to the file that it leads to, if that is the one",
    ))
}

/// `path` cannot be read or written.
pub(super) fn unusable(path: &Path, error: &std::io::Error) -> Error {
    let kind = match error.kind() {
        ErrorKind::PermissionDenied => Kind::Denied,
        _ => Kind::Unavailable,
    };
    let next_step = match error.kind() {
        ErrorKind::PermissionDenied => {
            "give yourself the right to write there: ls -ld shows who has it"
        }
        ErrorKind::NotFound => "make its folder first",
        ErrorKind::ReadOnlyFilesystem => "write where the file comes from",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room; nothing was changed",
        ErrorKind::ResourceBusy => "it is mounted as a file: write what it is mounted from",
        _ => "look at that path",
    };
    Error::new(kind, format!("{} cannot be written: {error}", path.display()), next_step)
}
