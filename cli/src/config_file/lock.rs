//! One writer at a time.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::time::Duration;

use prefect_secrets_core::{Deadline, Error, Kind};
use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, fchown, flock, openat, statat};
use rustix::io::Errno;
use rustix::process::{Gid, Pid, Uid, geteuid, test_kill_process};

use super::target::{Folder, Owner, unusable};
use crate::progress::Progress;

/// How soon a lock that was let go is noticed.
const TICK: Duration = Duration::from_millis(20);

/// The lock that every writer of the file takes: of a file beside it, since the file itself is another
/// one after each change. It ends with its process, however that ends; the lock file stays, because a
/// writer may be waiting for it.
pub(super) struct Lock {
    _held: File,
}

impl Lock {
    /// Waits for it until the deadline.
    pub(super) fn take(
        folder: &Folder<'_>,
        owner: Owner,
        deadline: &Deadline,
    ) -> Result<Self, Error> {
        let mut name = OsString::from(".");
        name.push(folder.file);
        name.push(".lock");
        let path = folder.path.join(&name);
        let failed = |error: Errno| unusable(&path, &error.into());
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut waiting = None;
        loop {
            let opened = openat(&folder.open, &name, flags, Mode::RUSR | Mode::WUSR);
            let file = File::from(opened.map_err(failed)?);
            let held = file.metadata().map_err(|error| unusable(&path, &error))?;
            if !held.is_file() || held.nlink() > 1 {
                // Another file under this name would get an owner and a content that it should not have.
                let what = format!("{} is no lock file", path.display());
                return Err(Error::invalid(what, "remove it"));
            }
            if geteuid().is_root() {
                // Else its owner could not lock it any more.
                let (user, group) = (Uid::from_raw(owner.0), Gid::from_raw(owner.1));
                fchown(&file, Some(user), Some(group)).map_err(failed)?;
            }
            loop {
                match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                    Ok(()) => break,
                    Err(Errno::INTR) => {}
                    Err(Errno::WOULDBLOCK) if deadline.should_stop() => {
                        let (who, path) = (holder(&file), path.display());
                        return Err(Error::new(
                            Kind::TimedOut,
                            format!("{who} is writing the file, and holds {path}"),
                            "wait for it to end, or give more time with --timeout; nothing was changed",
                        ));
                    }
                    Err(Errno::WOULDBLOCK) => {
                        let waiting = waiting.get_or_insert_with(Progress::begin);
                        waiting.tell(|| format!("waiting for {}", holder(&file)));
                        std::thread::sleep(TICK.min(deadline.remaining()));
                    }
                    Err(error) => return Err(failed(error)),
                }
            }
            // Somebody may have removed the file: then others lock another one.
            match statat(&folder.open, &name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(there) if (there.st_dev, there.st_ino) == (held.dev(), held.ino()) => {}
                Ok(_) | Err(Errno::NOENT) => continue,
                Err(error) => return Err(failed(error)),
            }
            // For who waits in vain. Nobody is worse off without it.
            let _ = file.set_len(0);
            let _ = file.write_all_at(std::process::id().to_string().as_bytes(), 0);
            return Ok(Self { _held: file });
        }
    }
}

/// Who says that it holds the lock. One that held it before may have left its number.
fn holder(file: &File) -> String {
    let mut said = [0; 20];
    let len = file.read_at(&mut said, 0).unwrap_or(0);
    let said = std::str::from_utf8(&said[..len]).ok().and_then(|said| said.parse().ok());
    let process = said.filter(|process| *process > 0).and_then(Pid::from_raw);
    match process {
        Some(process) if test_kill_process(process) != Err(Errno::SRCH) => {
            format!("process {}", process.as_raw_nonzero())
        }
        _ => "another program".into(),
    }
}
