//! What belongs to the whole process, and is not a plugin's to change.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, OsString};
use std::path::PathBuf;
use std::{fs, io, mem, ptr};

/// As it was at one moment.
pub(crate) struct State {
    descriptors: BTreeMap<u32, PathBuf>,
    threads: BTreeSet<u32>,
    signals: Vec<(usize, u64)>,
    blocked: u64,
    environment: Vec<(OsString, OsString)>,
    directory: PathBuf,
    umask: String,
    locale: Option<String>,
}

/// The threads of this process, by their numbers.
pub(crate) fn threads() -> io::Result<BTreeSet<u32>> {
    numbers("/proc/self/task")
}

fn numbers(folder: &str) -> io::Result<BTreeSet<u32>> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    Ok(entries.iter().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

impl State {
    pub(crate) fn now() -> io::Result<Self> {
        let link = |number: u32| {
            let to = fs::read_link(format!("/proc/self/fd/{number}")).ok()?;
            Some((number, to))
        };
        Ok(Self {
            // The descriptor through which they are read is gone when its link is looked at.
            descriptors: numbers("/proc/self/fd")?.into_iter().filter_map(link).collect(),
            threads: threads()?,
            signals: (1..=libc::SIGRTMAX()).map(handler).collect(),
            blocked: blocked(),
            environment: std::env::vars_os().collect(),
            directory: std::env::current_dir()?,
            umask: umask()?,
            locale: locale(),
        })
    }

    /// Descriptors that were opened, closed or replaced since `before`.
    pub(crate) fn descriptors_since(&self, before: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        for (number, to) in &self.descriptors {
            match before.descriptors.get(number) {
                Some(was) if was == to => {}
                Some(_) => changes.push(format!("descriptor {number} is another file")),
                None => changes.push(format!("descriptor {number} was left open")),
            }
        }
        let gone =
            before.descriptors.keys().filter(|number| !self.descriptors.contains_key(number));
        changes.extend(gone.map(|number| format!("descriptor {number} was closed")));
        changes
    }

    /// How many threads there are that were not there before.
    pub(crate) fn threads_since(&self, before: &Self) -> usize {
        self.threads.difference(&before.threads).count()
    }

    /// Signals whose handling changed, and whether the mask of this thread did.
    pub(crate) fn signals_since(&self, before: &Self) -> Vec<String> {
        let handlers = self.signals.iter().zip(&before.signals).enumerate();
        let changed = handlers.filter(|(_, (now, then))| now != then);
        let mut changes: Vec<String> =
            changed.map(|(i, _)| format!("the handling of signal {} changed", i + 1)).collect();
        if self.blocked != before.blocked {
            changes.push("the mask of blocked signals changed".into());
        }
        changes
    }

    /// Names of variables that were set, changed or removed.
    pub(crate) fn environment_since(&self, before: &Self) -> Vec<String> {
        let (now, then) = (&self.environment, &before.environment);
        let changed = now.iter().filter(|pair| !then.contains(pair));
        let gone = then.iter().filter(|(name, _)| !now.iter().any(|(other, _)| other == name));
        changed.chain(gone).map(|(name, _)| name.to_string_lossy().into_owned()).collect()
    }

    /// What of the working directory, the umask and the locale changed.
    pub(crate) fn surroundings_since(&self, before: &Self) -> Vec<&'static str> {
        [
            (self.directory != before.directory, "the working directory changed"),
            (self.umask != before.umask, "the umask changed"),
            (self.locale != before.locale, "the locale changed"),
        ]
        .into_iter()
        .filter_map(|(changed, what)| changed.then_some(what))
        .collect()
    }
}

fn handler(signal: i32) -> (usize, u64) {
    // SAFETY: every member of the struct may be zero.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: the handling is asked for and not changed.
    if unsafe { libc::sigaction(signal, ptr::null(), &raw mut action) } != 0 {
        return (0, 0); // one of the C library's own
    }
    (action.sa_sigaction, action.sa_flags as u64)
}

fn blocked() -> u64 {
    // SAFETY: every bit of the set may be zero.
    let mut set: libc::sigset_t = unsafe { mem::zeroed() };
    // SAFETY: the mask is asked for and not changed.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), &raw mut set) };
    (1..=64)
        .filter(|&signal| {
            // SAFETY: a set that was filled.
            unsafe { libc::sigismember(&raw const set, signal) == 1 }
        })
        .fold(0, |mask, signal| mask | 1 << (signal - 1))
}

fn umask() -> io::Result<String> {
    let status = fs::read_to_string("/proc/self/status")?;
    Ok(status.lines().find(|line| line.starts_with("Umask:")).unwrap_or_default().to_owned())
}

fn locale() -> Option<String> {
    // SAFETY: asked for and not changed; the text is copied at once.
    unsafe {
        let name = libc::setlocale(libc::LC_ALL, ptr::null());
        (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned())
    }
}
