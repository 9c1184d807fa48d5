//! Secrets that somebody mounts as files: Kubernetes, systemd (`LoadCredential=`), Docker.
//!
//! Each file of one directory is a secret, called by the file's name. Which directory: the setting
//! `directory`; else `$CREDENTIALS_DIRECTORY`, which systemd sets for a service; else `/run/secrets`,
//! where Docker mounts them. Nothing is written here: that is the business of whoever mounts.
//!
//! Kubernetes mounts links (`NAME` leads to `..data/NAME`, and `..data` to a folder with a date in its
//! name, which is exchanged as a whole when a secret changes), so links are followed; but the kernel
//! follows none that leads out of the directory.

mod mount;

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use prefect_secrets_core::abi::{Plugin, Settings};
use prefect_secrets_core::{Answer, Capabilities, Deadline, Error, Form, Provider, Secret};

/// Where Docker and Podman mount secrets.
const DOCKER: &str = "/run/secrets";

/// Answers names from the files of one directory. It holds no descriptor between calls.
struct Mounted {
    name: Arc<str>,
    directory: PathBuf,
}

impl Mounted {
    fn open(&self, deadline: &Deadline) -> Result<OwnedFd, Error> {
        if deadline.should_stop() {
            return Err(deadline.passed("the directory was to be opened"));
        }
        mount::open(&self.directory)
    }

    fn read(&self, directory: &OwnedFd, name: &str) -> Answer {
        if !is_file_name(name) {
            return Ok(None);
        }
        let value = mount::read(directory, name)?;
        Ok(value.map(|value| Secret::new(&self.name, value, Form::Text)))
    }
}

/// A name that a mounted file can have. What starts with two dots is Kubernetes's own.
fn is_file_name(name: &str) -> bool {
    (1..=255).contains(&name.len()) && !name.contains('/') && name != "." && !name.starts_with("..")
}

impl Provider for Mounted {
    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> Capabilities {
        Self::CAPABILITIES
    }

    fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        self.read(&self.open(deadline)?, name)
    }

    /// As `get`, all from one opened directory.
    fn get_many(&self, names: &[&str], deadline: &Deadline) -> Vec<Answer> {
        match self.open(deadline) {
            Ok(directory) => names.iter().map(|name| self.read(&directory, name)).collect(),
            Err(error) => names.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    /// The files whose names are UTF-8, and that lead to a file within the directory.
    fn list(&self, deadline: &Deadline) -> Result<Vec<String>, Error> {
        let directory = self.open(deadline)?;
        let names = mount::names(&directory)?.into_iter();
        Ok(names.filter(|name| is_file_name(name) && mount::is_file(&directory, name)).collect())
    }
}

impl Plugin for Mounted {
    const ID: &'static str = "mounted";
    const CAPABILITIES: Capabilities =
        Capabilities::GET_MANY.and(Capabilities::LIST).and(Capabilities::HONORS_DEADLINES);

    fn create(name: &str, settings: &Settings) -> Result<Self, Error> {
        let said = settings.get("directory");
        let said = said.as_ref().map(|text| std::str::from_utf8(text.expose()).unwrap_or_default());
        let directory = match said {
            Some(said) => PathBuf::from(said),
            None => std::env::var_os("CREDENTIALS_DIRECTORY").unwrap_or(DOCKER.into()).into(),
        };
        if !Path::is_absolute(&directory) {
            return Err(Error::invalid(
                "the directory of mounted secrets is no absolute path",
                "set `directory` to one, or take it out for $CREDENTIALS_DIRECTORY or /run/secrets",
            ));
        }
        Ok(Self { name: name.into(), directory })
    }
}

prefect_secrets_core::export_provider!(Mounted);
