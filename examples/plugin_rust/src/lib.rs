//! A complete plugin: each file of one directory is a secret, called by the file's name.
//!
//! Copy it, and put your own place into [`Directory`]. It is the same provider as
//! `examples/plugin_c/directory.c`, which shows the same in C. Its settings are one path:
//!
//! ```toml
//! [secrets.providers.files]
//! plugin = "/usr/lib/prefect-secrets/libdirectory_plugin.so"
//! [secrets.providers.files.config]
//! directory = "/run/secrets"
//! ```

mod file;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use prefect_secrets_core::abi::{Plugin, Settings};
use prefect_secrets_core::{Answer, Capabilities, Deadline, Error, Form, Kind, Provider, Secret};

/// Answers names from the files of one directory.
///
/// It holds no descriptor between calls, and the value of a file goes straight into memory that
/// is wiped. A name that no file can have is absent; so is one that leads out of the directory.
pub struct Directory {
    name: Arc<str>,
    path: PathBuf,
}

impl Directory {
    /// The directory, which must be there: that it is gone is an outage, not absence.
    fn present(&self) -> Result<&Path, Error> {
        match self.path.metadata() {
            Ok(metadata) if metadata.is_dir() => Ok(&self.path),
            Ok(_) => Err(file::no_directory(&ErrorKind::NotADirectory.into())),
            Err(error) => Err(file::no_directory(&error)),
        }
    }

    fn read(&self, directory: &Path, name: &str, deadline: &Deadline) -> Answer {
        if !is_file_name(name) {
            return Ok(None);
        }
        in_time(deadline, "reading a file")?;
        let value = file::read(&directory.join(name))?;
        Ok(value.map(|value| Secret::new(&self.name, value, Form::Text)))
    }
}

/// A name that a file of the directory can have.
fn is_file_name(name: &str) -> bool {
    (1..=255).contains(&name.len()) && !name.contains(['/', '\0']) && name != "." && name != ".."
}

fn in_time(deadline: &Deadline, doing: &str) -> Result<(), Error> {
    if deadline.should_stop() { Err(deadline.passed(doing)) } else { Ok(()) }
}

impl Provider for Directory {
    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> Capabilities {
        Self::CAPABILITIES
    }

    fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        self.read(self.present()?, name, deadline)
    }

    /// As `get`, with the directory looked at once.
    fn get_many(&self, names: &[&str], deadline: &Deadline) -> Vec<Answer> {
        let directory = match self.present() {
            Ok(directory) => directory,
            Err(error) => return names.iter().map(|_| Err(error.clone())).collect(),
        };
        names.iter().map(|name| self.read(directory, name, deadline)).collect()
    }

    /// Keeps the text: a file has no place for a JSON view of its own.
    fn set(&self, name: &str, value: &Secret, deadline: &Deadline) -> Result<(), Error> {
        if !is_file_name(name) {
            return Err(Error::invalid(
                "no file can have this name",
                "use a name of 1 to 255 bytes without '/', not \".\" and not \"..\"",
            ));
        }
        if !matches!(value.form(), Form::Text | Form::Json) {
            return Err(Error::new(
                Kind::Unsupported,
                "a file has no room for a JSON view beside its text",
                "set the value as text or as JSON",
            ));
        }
        in_time(deadline, "writing a file")?;
        file::write(self.present()?, name, value.expose_text())
    }

    fn delete(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        if !is_file_name(name) {
            return Ok(false);
        }
        in_time(deadline, "removing a file")?;
        file::remove(&self.present()?.join(name))
    }

    /// The regular files whose names are UTF-8 and do not start with a dot.
    fn list(&self, deadline: &Deadline) -> Result<Vec<String>, Error> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path).map_err(|error| file::no_directory(&error))? {
            in_time(deadline, "listing the directory")?;
            let entry = entry.map_err(|error| file::no_directory(&error))?;
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            match entry.file_name().into_string() {
                Ok(name) if is_file && !name.starts_with('.') => names.push(name),
                _ => {}
            }
        }
        Ok(names)
    }
}

impl Plugin for Directory {
    const ID: &'static str = "directory-rust";
    const CAPABILITIES: Capabilities = Capabilities::GET_MANY
        .and(Capabilities::SET)
        .and(Capabilities::DELETE)
        .and(Capabilities::LIST)
        .and(Capabilities::HONORS_DEADLINES);

    fn create(name: &str, settings: &Settings) -> Result<Self, Error> {
        let next_step = "set it to the absolute path of a directory";
        let Some(directory) = settings.get("directory") else {
            return Err(Error::invalid("the setting `directory` is missing", next_step));
        };
        match std::str::from_utf8(directory.expose()) {
            Ok(path) if path.starts_with('/') && !path.contains('\0') => {
                Ok(Self { name: name.into(), path: path.into() })
            }
            _ => Err(Error::invalid("the setting `directory` is no absolute path", next_step)),
        }
    }
}

prefect_secrets_core::export_provider!(Directory);
