//! Where files are installed.

use std::path::{Component, Path, PathBuf};

use crate::Outcome;

/// The prefix, and what stands before it while a package is made.
pub struct Places {
    prefix: PathBuf,
    destdir: Option<PathBuf>,
    libdir: String,
}

impl Places {
    /// `prefix` is an absolute path. With `destdir` everything is written below that folder, as if it
    /// were the root. `libdir` is where libraries go within the prefix: `lib`, `lib64`,
    /// `lib/x86_64-linux-gnu`.
    pub fn new(prefix: &Path, destdir: Option<&Path>, libdir: &str) -> Outcome<Self> {
        if !prefix.is_absolute() {
            return Err(format!(
                "the prefix {} is not absolute: name it from the root",
                prefix.display()
            ));
        }
        if prefix.components().any(|part| part == Component::ParentDir) {
            return Err(format!("the prefix {} has .. in it: write it without", prefix.display()));
        }
        let plain = |part| matches!(part, Component::Normal(_));
        let parts: Vec<_> = Path::new(libdir).components().collect();
        // The library finds its plugin host and its plugins from there.
        if !(1..=2).contains(&parts.len()) || !parts.into_iter().all(plain) {
            return Err(format!("{libdir:?} is no folder within the prefix such as lib or lib64"));
        }
        Ok(Self {
            prefix: prefix.to_owned(),
            destdir: destdir.map(Path::to_owned),
            libdir: libdir.trim_end_matches('/').to_owned(),
        })
    }

    /// The folder that files are written below.
    pub fn root(&self) -> PathBuf {
        match &self.destdir {
            None => self.prefix.clone(),
            Some(destdir) => destdir.join(self.prefix.strip_prefix("/").unwrap_or(&self.prefix)),
        }
    }

    /// Where libraries are, within the prefix.
    pub fn libdir(&self) -> &str {
        &self.libdir
    }
}
