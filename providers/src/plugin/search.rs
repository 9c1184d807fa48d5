//! Where manifests are looked for.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use prefect_secrets_core::abi::raised_privileges;
use prefect_secrets_core::{Error, Kind};

use super::own::own_folder;
use super::trace::{Step, Trace};

/// The folder of the machine's administrator.
const SYSTEM: &str = "/etc/prefect-secrets/providers.d";
/// The folder of installed packages; chosen when this library is built.
const COMPILED_IN: &str = match option_env!("PREFECT_SECRETS_PLUGIN_DIR") {
    Some(folder) => folder,
    None => "/usr/lib/prefect-secrets/providers.d",
};
/// The folder of what is installed with this library, seen from the folder that it stands in: from
/// lib/ or bin/, from lib/x86_64-linux-gnu/.
const BESIDE: [&str; 2] =
    ["../lib/prefect-secrets/providers.d", "../../lib/prefect-secrets/providers.d"];
/// The folder of the user, below the home directory.
const USER: &str = ".config/prefect-secrets/providers.d";

/// The folders in which `NAME.toml` is looked for, the first one that has it wins: those that the
/// host adds, the administrator's (`/etc/prefect-secrets/providers.d`), that of the prefix which this
/// library is installed in (`lib/prefect-secrets/providers.d`, if it is there), the packages'
/// (`/usr/lib/prefect-secrets/providers.d` unless built otherwise), and if the host allows it the
/// user's (`~/.config/prefect-secrets/providers.d`).
#[derive(Clone, Debug, Default)]
pub struct Search {
    folders: Vec<PathBuf>,
    user_folder: bool,
}

/// A manifest in one of the folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// What configuration can call it.
    pub name: String,
    /// The manifest.
    pub manifest: PathBuf,
    /// Whether a folder before this one has a manifest of that name, which is taken in its stead.
    pub shadowed: bool,
}

/// What configuration named.
pub(super) enum Found {
    Manifest(PathBuf),
    Library(PathBuf),
}

impl Search {
    /// The administrator's folder, the prefix's and the packages'.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a folder of the host's, an absolute path, asked after those added before and ahead of
    /// all others.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders.push(folder.into());
        self
    }

    /// Whether the user's folder is asked, as the last. It is never in a set-uid program, where
    /// whoever started the program chooses the home directory.
    #[must_use]
    pub fn user_folder(mut self, allowed: bool) -> Self {
        self.user_folder = allowed;
        self
    }

    /// The folders, in the order of asking.
    pub fn folders(&self) -> Vec<PathBuf> {
        let mut folders = self.folders.clone();
        folders.push(SYSTEM.into());
        let own = own_folder();
        let beside = own.iter().flat_map(|own| BESIDE.map(|path| own.join(path).canonicalize()));
        folders.extend(beside.flatten().find(|folder| folder != Path::new(COMPILED_IN)));
        folders.push(COMPILED_IN.into());
        if self.user_folder && !raised_privileges() {
            folders.extend(std::env::home_dir().map(|home| home.join(USER)));
        }
        folders
    }

    /// The manifests in all folders, in the order of asking. A folder that is not there has none.
    pub fn installed(&self) -> Result<Vec<Installed>, Error> {
        let mut installed: Vec<Installed> = Vec::new();
        for folder in self.folders() {
            let unreadable = |error: std::io::Error| {
                Error::new(
                    Kind::Denied,
                    format!("{} cannot be read: {error}", folder.display()),
                    "let this user read the folder, or remove it",
                )
            };
            let entries = match std::fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(unreadable(error)),
            };
            let mut here = Vec::new();
            for entry in entries {
                let manifest = entry.map_err(unreadable)?.path();
                let name =
                    manifest.file_name().and_then(|name| name.to_str()?.strip_suffix(".toml"));
                if let Some(name) = name.filter(|name| is_name(name).is_ok()) {
                    here.push((name.to_owned(), manifest));
                }
            }
            here.sort();
            for (name, manifest) in here {
                let shadowed = installed.iter().any(|other| other.name == name);
                installed.push(Installed { name, manifest, shadowed });
            }
        }
        Ok(installed)
    }

    /// The file that `plugin` names: the manifest of that name, or an absolute path, which is a
    /// manifest's if it ends with `.toml`.
    pub(super) fn find(&self, plugin: &str, trace: &mut Trace) -> Result<Found, Error> {
        let path = Path::new(plugin);
        if path.is_absolute() {
            trace.note(Step::Search, plugin, Ok(()))?;
            return Ok(match path.extension() {
                Some(ending) if ending == "toml" => Found::Manifest(path.into()),
                _ => Found::Library(path.into()),
            });
        }
        trace.note(Step::Search, plugin, is_name(plugin))?;
        for folder in self.folders() {
            let file = folder.join(format!("{plugin}.toml"));
            match look(&folder, &file) {
                Ok(true) => return Ok(Found::Manifest(file)),
                Ok(false) => trace.note_absent(Step::Search, &file),
                Err(error) => {
                    trace.note(Step::Search, &file.display().to_string(), Err(error))?;
                }
            }
        }
        let none = Error::invalid(
            format!("no folder of plugins has a manifest {plugin}.toml"),
            format!(
                "install the plugin, or write {SYSTEM}/{plugin}.toml, or give the absolute path \
                 of the library"
            ),
        );
        trace.note(Step::Search, plugin, Err(none))
    }
}

/// Whether there is such a file. A folder that cannot be looked into is a failure: its manifest
/// may be the one that was meant.
fn look(folder: &Path, file: &Path) -> Result<bool, Error> {
    if !folder.is_absolute() {
        return Err(Error::invalid(
            format!("the search folder {} is not an absolute path", folder.display()),
            "name it from the root: plugins are never looked for in the working directory",
        ));
    }
    match file.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(false)
        }
        Err(error) => Err(Error::new(
            Kind::Denied,
            format!("{} cannot be looked at: {error}", file.display()),
            "let this user read the folder, or remove it",
        )),
    }
}

/// A manifest's name: no path, and nothing hidden.
fn is_name(plugin: &str) -> Result<(), Error> {
    if plugin.contains('/') {
        return Err(Error::invalid(
            "the plugin is named by a relative path",
            "give its absolute path, or the name of its manifest without folders",
        ));
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if plugin.is_empty() || plugin.starts_with('.') || !plugin.bytes().all(fits) {
        return Err(Error::invalid(
            "this is no name of a manifest",
            "a name has letters, digits, and - _ . inside it; anything else is an absolute path",
        ));
    }
    Ok(())
}
