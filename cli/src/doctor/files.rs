//! Who else can read the files that hold secrets, or put others in their place.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

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
        let Ok(target) = fs::canonicalize(path) else { continue };
        let Ok(metadata) = fs::metadata(&target) else { continue };
        if !metadata.is_file() {
            continue;
        }
        let shown = match fs::symlink_metadata(path) {
            Ok(link) if link.is_symlink() => {
                format!("{}, a link to {},", path.display(), target.display())
            }
            _ => path.display().to_string(),
        };
        if !tell(place.role, &shown, &target, file_faults(&metadata, user), report) {
            let whose = if metadata.uid() == user { "you" } else { "root" };
            let what = format!("{shown} can be read by {whose} alone");
            report.note(AREA, place.role, Outcome::Ok, what);
        }
        // The folder of a link decides which file is read, and that of its target what is in it.
        let holds = std::path::absolute(path).ok().and_then(|path| Some(path.parent()?.to_owned()));
        let holds = holds.and_then(|folder| fs::canonicalize(folder).ok());
        for folder in holds.into_iter().chain(target.parent().map(Path::to_owned)) {
            let Ok(metadata) = fs::metadata(&folder) else { continue };
            if folders.insert(folder.clone()) {
                let shown = folder.display().to_string();
                tell("folder", &shown, &folder, folder_faults(&metadata, user), report);
            }
        }
    }
    if report.checks.len() == before {
        report.note(AREA, "secrets", Outcome::Skipped, "no file of the configuration is there");
    }
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
    let whom = if mode & OTHERS == 0 { "its group" } else { "other users" };
    let own = "keep the secrets in a file of your own: that one is root's";
    faults.push((format!("can be {what} by {whom}"), changed("chmod 600", own, owner, user)));
    faults
}

fn folder_faults(metadata: &Metadata, user: u32) -> Vec<(String, Remedy)> {
    faults_of_folder(metadata.uid(), metadata.mode(), user)
}

/// Names in a folder are no secret: what counts is who could put another file there.
fn faults_of_folder(owner: u32, mode: u32, user: u32) -> Vec<(String, Remedy)> {
    let mut faults: Vec<_> = foreign(owner, user, "put another file there").into_iter().collect();
    // In a sticky folder of root's, like the temporary folder, nobody can replace what is another's.
    let sticky = owner == 0 && mode & STICKY != 0;
    if mode & WRITE != 0 && !sticky {
        let whom = if mode & OTHERS & WRITE == 0 { "its group" } else { "other users" };
        let what = format!("can be written by {whom}, who could put another file there");
        let own = "keep the configuration in a folder of your own: that one is root's";
        let remedy = changed("chmod go-w", own, owner, user);
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

/// The command that changes the mode, for whoever may do that. What root shares would become unreadable:
/// there is no command for that, and `own` is the advice.
fn changed(command: &str, own: &'static str, owner: u32, user: u32) -> Remedy {
    match owner {
        _ if owner == user || user == 0 => Remedy::Command(command.into()),
        0 => Remedy::Advice(own),
        _ => Remedy::Command(format!("sudo {command}")),
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
        let commands = ["if it should be yours: sudo chown 1000", "sudo chmod 600"];
        let remedies: Vec<_> = both.into_iter().map(|(_, remedy)| remedy).collect();
        assert_eq!(remedies, commands.map(|command| Remedy::Command(command.into())));
        // What root owns and shares would be unreadable, were it mended.
        let shared = faults_of_file(0, 0o644, USER);
        assert!(matches!(&shared[..], [(_, Remedy::Advice(_))]), "{shared:?}");
        assert_eq!(faults_of_file(0, 0o644, 0)[0].1, Remedy::Command("chmod 600".into()));
    }

    #[test]
    fn a_folder_that_others_can_write_lets_them_choose_the_file() {
        for (owner, mode) in [(USER, 0o755), (USER, 0o700), (0, 0o755), (0, 0o1777)] {
            assert_eq!(faults_of_folder(owner, mode, USER), [], "{owner} {mode:o}");
        }
        for (owner, mode) in
            [(USER, 0o777), (USER, 0o775), (USER, 0o1777), (0, 0o777), (OTHER, 0o700)]
        {
            assert_eq!(faults_of_folder(owner, mode, USER).len(), 1, "{owner} {mode:o}");
        }
    }
}
