//! Who else can read the files that hold secrets, or put others in their place.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Access, access};

use super::report::{Outcome, Report};
use super::shell;
use crate::config::Place;

const AREA: &str = "files";
const READ: u32 = 0o044;
const WRITE: u32 = 0o022;
const OTHERS: u32 = 0o007;
const STICKY: u32 = 0o1000;

pub(super) fn examine(places: &[Place], report: &mut Report) {
    let user = rustix::process::geteuid().as_raw();
    let mut folders = HashSet::new();
    let before = report.checks.len();
    for place in places {
        let Some(path) = place.path() else { continue };
        // Where links lead: that is what can be read, and what is to be mended.
        let target = fs::canonicalize(path).ok();
        if let Some(target) = &target {
            file(place.role, path, target, user, report);
        }
        // Whoever can write a folder on the way to it decides which file is read, one that is not there yet
        // among them. A link has a way, and its target another.
        let ways = [std::path::absolute(path).ok(), target];
        let near: Vec<_> = ways.iter().flatten().filter_map(|way| way.parent()).collect();
        for folder in ways.iter().flatten().flat_map(|way| way.ancestors().skip(1)) {
            let is_near = near.contains(&folder);
            let Ok(folder) = fs::canonicalize(folder) else { continue };
            let Ok(metadata) = fs::metadata(&folder) else { continue };
            if metadata.is_dir() && folders.insert(folder.clone()) {
                let shown = folder.display().to_string();
                tell("folder", &shown, &folder, folder_faults(&metadata, is_near, user), report);
            }
        }
    }
    if report.checks.len() == before {
        report.note(AREA, "secrets", Outcome::Skipped, "no file of the configuration is there");
    }
}

/// Looks at the file at `path`, which is the one at `target`.
fn file(role: &str, path: &Path, target: &Path, user: u32, report: &mut Report) {
    let Ok(metadata) = fs::metadata(target) else { return };
    if !metadata.is_file() {
        return;
    }
    let shown = match fs::symlink_metadata(path) {
        Ok(link) if link.is_symlink() => {
            format!("{}, a link to {},", path.display(), target.display())
        }
        _ => path.display().to_string(),
    };
    let any = tell(role, &shown, target, file_faults(&metadata, user), report);
    // That it cannot be read at all was told with the configuration.
    if !any && access(target, Access::READ_OK).is_ok() {
        let whose = match (metadata.uid() == user, metadata.mode() & READ == 0) {
            (true, _) => "you",
            (false, true) => "root",
            (false, false) => "root and its group",
        };
        let what = format!("{shown} can be read by {whose} alone");
        report.note(AREA, role, Outcome::Ok, what);
    }
}

/// What lets this user read the file at `path`, or go through the folder that is in between; `None` if nothing
/// keeps him from that.
pub(super) fn way_in(path: &Path) -> Option<String> {
    let user = rustix::process::geteuid().as_raw();
    let path = std::path::absolute(path).ok()?;
    let folders = path.ancestors().collect::<Vec<_>>().into_iter().rev();
    // From the root on, that what is below the first closed one is not looked at.
    for part in folders {
        let metadata = fs::metadata(part).ok()?;
        let (needed, command) = match metadata.is_dir() {
            true => (Access::EXEC_OK, "chmod u+x"),
            false => (Access::READ_OK, "chmod u+r"),
        };
        if access(part, needed).is_err() {
            let part = fs::canonicalize(part).ok()?;
            return Some(match metadata.uid() == user {
                true => shell::about(command, &part),
                false => shell::about(&format!("if it should be yours: sudo chown {user}"), &part),
            });
        }
    }
    None
}

/// Notes the faults of what stands at `path`; false if there are none.
fn tell(
    subject: &str,
    shown: &str,
    path: &Path,
    faults: Vec<(String, Remedy)>,
    report: &mut Report,
) -> bool {
    let any = !faults.is_empty();
    for (what, remedy) in faults {
        let next_step = match remedy {
            Remedy::Command(command) => shell::about(&command, path),
            Remedy::Advice(advice) => advice.into(),
        };
        report.fault(AREA, subject, Outcome::Warning, format!("{shown} {what}"), next_step);
    }
    any
}

/// What mends it.
#[derive(Debug, PartialEq)]
enum Remedy {
    /// A command, which the path follows.
    Command(String),
    /// What no command does.
    Advice(&'static str),
}

fn file_faults(metadata: &Metadata, user: u32) -> Vec<(String, Remedy)> {
    faults_of_file(metadata.uid(), metadata.mode(), user)
}

fn faults_of_file(owner: u32, mode: u32, user: u32) -> Vec<(String, Remedy)> {
    let mut faults: Vec<_> = foreign(owner, user, "read and change it").into_iter().collect();
    let what = match (mode & READ != 0, mode & WRITE != 0) {
        (false, false) => return faults,
        (true, false) => "read",
        (false, true) => "changed",
        (true, true) => "read and changed",
    };
    // So a file of root's is given to those who need it.
    if owner == 0 && user != 0 && mode & (WRITE | OTHERS) == 0 {
        return faults;
    }
    let whom = if mode & OTHERS == 0 { "its group" } else { "other users" };
    let own = "keep the secrets in a file of your own: that one is root's";
    // Before that it would keep this user out, too.
    let theirs = "once it is yours: chmod 600";
    let remedy = changed("chmod 600", theirs, own, owner, user);
    faults.push((format!("can be {what} by {whom}"), remedy));
    faults
}

fn folder_faults(metadata: &Metadata, is_near: bool, user: u32) -> Vec<(String, Remedy)> {
    faults_of_folder(metadata.uid(), metadata.mode(), is_near, user)
}

/// Names in a folder are no secret: what counts is who could put another file there. One that is not near, but
/// above the folder of the file, is there for others as well: nobody is told to take it from them.
fn faults_of_folder(owner: u32, mode: u32, is_near: bool, user: u32) -> Vec<(String, Remedy)> {
    let mut faults: Vec<_> = foreign(owner, user, "put another file there").into_iter().collect();
    if let ([(_, remedy)], false) = (&mut faults[..], is_near) {
        *remedy = Remedy::Advice("keep the configuration in folders that nobody else can write");
        return faults;
    }
    // In a sticky folder of root's, like the temporary folder, nobody can replace what is another's.
    let sticky = owner == 0 && mode & STICKY != 0;
    if mode & WRITE != 0 && !sticky {
        let whom = if mode & OTHERS & WRITE == 0 { "its group" } else { "other users" };
        let what = format!("can be written by {whom}, who could put another file there");
        let own = "keep the configuration in a folder of your own: that one is root's";
        let remedy = changed("chmod go-w", "sudo chmod go-w", own, owner, user);
        faults.push((what, remedy));
    }
    faults
}

/// Whether it belongs to somebody else, who can do what is said.
fn foreign(owner: u32, user: u32, can: &str) -> Option<(String, Remedy)> {
    if owner == user || owner == 0 {
        return None;
    }
    let what = format!("belongs to user {owner}, who can {can}");
    let sudo = if user == 0 { "" } else { "sudo " };
    Some((what, Remedy::Command(format!("if it should be yours: {sudo}chown {user}"))))
}

/// The command that changes the mode, for whoever may do that; `theirs` of what is another's. What root shares
/// would become unreadable: there is no command for that, and `own` is the advice.
fn changed(command: &str, theirs: &str, own: &'static str, owner: u32, user: u32) -> Remedy {
    match owner {
        _ if owner == user || user == 0 => Remedy::Command(command.into()),
        0 => Remedy::Advice(own),
        _ => Remedy::Command(theirs.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Remedy, faults_of_file, faults_of_folder};

    const USER: u32 = 1000;
    const OTHER: u32 = 1001;

    #[test]
    fn a_file_of_secrets_is_for_its_owner() {
        for mode in [0o100600, 0o100400, 0o100700] {
            assert_eq!(faults_of_file(USER, mode, USER), [], "{mode:o}");
            assert_eq!(faults_of_file(0, mode, USER), [], "{mode:o}");
        }
        let said = |owner, mode| {
            let faults = faults_of_file(owner, mode, USER);
            faults.into_iter().map(|(what, _)| what).collect::<Vec<_>>()
        };
        assert_eq!(said(USER, 0o644), ["can be read by other users"]);
        assert_eq!(said(USER, 0o640), ["can be read by its group"]);
        assert_eq!(said(USER, 0o666), ["can be read and changed by other users"]);
        assert_eq!(said(USER, 0o602), ["can be changed by other users"]);
        let of_another = said(OTHER, 0o600);
        assert!(of_another.len() == 1 && of_another[0].contains("belongs to user 1001"));
        let both = faults_of_file(OTHER, 0o644, USER);
        let commands = ["if it should be yours: sudo chown 1000", "once it is yours: chmod 600"];
        let remedies: Vec<_> = both.into_iter().map(|(_, remedy)| remedy).collect();
        assert_eq!(remedies, commands.map(|command| Remedy::Command(command.into())));
        assert_eq!(faults_of_file(0, 0o640, USER), []);
        assert_eq!(faults_of_file(0, 0o660, USER).len(), 1);
        assert_eq!(faults_of_file(0, 0o640, 0).len(), 1);
        // What root owns and shares would be unreadable, were it mended.
        let shared = faults_of_file(0, 0o644, USER);
        assert!(matches!(&shared[..], [(_, Remedy::Advice(_))]), "{shared:?}");
        assert_eq!(faults_of_file(0, 0o644, 0)[0].1, Remedy::Command("chmod 600".into()));
    }

    #[test]
    fn a_folder_that_others_can_write_lets_them_choose_the_file() {
        for (owner, mode) in [(USER, 0o755), (USER, 0o700), (0, 0o755), (0, 0o1777)] {
            assert_eq!(faults_of_folder(owner, mode, true, USER), [], "{owner} {mode:o}");
        }
        for (owner, mode) in
            [(USER, 0o777), (USER, 0o775), (USER, 0o1777), (0, 0o777), (OTHER, 0o700)]
        {
            assert_eq!(faults_of_folder(owner, mode, true, USER).len(), 1, "{owner} {mode:o}");
        }
        let above = faults_of_folder(OTHER, 0o777, false, USER);
        assert!(matches!(&above[..], [(_, Remedy::Advice(_))]), "{above:?}");
    }
}
