//! From a plugin's name to a provider.

use std::path::PathBuf;
use std::sync::Arc;

use prefect_secrets_core::abi::witness::{Difference, Witness};
use prefect_secrets_core::abi::{Imported, Settings};
use prefect_secrets_core::{Error, Kind, Provider};

use super::elf::{self, Flaw};
use super::library::{self, Library};
use super::manifest::{Isolation, Manifest};
use super::pin::Pin;
use super::refused::Refused;
use super::search::{Found, Search};
use super::trace::{Step, Trace};
use super::trust::Trusted;
use super::{pin, trust};

/// What became of a plugin: a provider or a refusal, and in both cases how it came to that.
pub struct Loaded {
    /// The provider, or why there is none.
    pub provider: Result<Imported, Error>,
    /// Every step, the last of which holds the refusal if there is one.
    pub trace: Trace,
}

impl Loaded {
    /// The link of the chain: the provider, or one that fails with the refusal.
    pub fn into_link(self) -> (Arc<dyn Provider>, Trace) {
        let provider: Arc<dyn Provider> = match self.provider {
            Ok(provider) => Arc::new(provider),
            Err(why) => Arc::new(Refused::new(self.trace.provider(), why)),
        };
        (provider, self.trace)
    }
}

/// Loads a plugin and makes an instance of its provider, called `name` from now on.
///
/// `plugin` is the name of a manifest that `search` finds, or an absolute path: of a manifest if
/// it ends with `.toml`, else of a library. A refusal is *denied* if somebody else could have
/// written the library, *unsupported* in a static program, the failure that the provider gave
/// when it refused to be created, and else *invalid*.
pub fn load(name: &str, plugin: &str, settings: Settings, search: &Search) -> Loaded {
    let mut trace = Trace::new(name);
    let provider = run(name, plugin, settings, search, &mut trace).map_err(|error| error.by(name));
    match &provider {
        Ok(_) => tracing::debug!(provider = name, plugin, "plugin loaded"),
        Err(error) => tracing::error!(provider = name, plugin, "plugin refused: {error}"),
    }
    Loaded { provider, trace }
}

/// What the checks before loading found out about a plugin.
pub struct Inspected {
    /// The library, its links followed; or why it would not be opened.
    pub library: Result<PathBuf, Error>,
    /// Every step, the last of which holds the refusal if there is one.
    pub trace: Trace,
}

/// Checks the plugin as [`load`] does, up to where its own code would run.
pub fn inspect(plugin: &str, search: &Search) -> Inspected {
    let mut trace = Trace::new(plugin);
    let located = locate(plugin, search, &mut trace).and_then(|(_, trusted)| {
        let path = trusted.path.display().to_string();
        trace.note(Step::File, &path, elf::check(&trusted.file))?;
        Ok(trusted.path)
    });
    Inspected { library: located, trace }
}

/// What stands in a plugin's file.
pub struct Contents {
    /// What keeps it from being loaded, in the order in which it is looked for.
    pub flaws: Vec<Flaw>,
    /// The names that it gives to others, beside those of this ABI.
    pub exports: Vec<String>,
}

/// Reads a plugin's file, once it is known to be trusted. None of its code runs.
pub fn contents(plugin: &str, search: &Search) -> Result<Contents, Error> {
    let (_, trusted) = locate(plugin, search, &mut Trace::new(plugin))?;
    Ok(Contents { flaws: elf::flaws(&trusted.file), exports: elf::exports(&trusted.file) })
}

/// The library to load, and what is known of it before.
struct Subject {
    library: PathBuf,
    id: Option<String>,
    pin: Option<Pin>,
}

fn run(
    name: &str,
    plugin: &str,
    settings: Settings,
    search: &Search,
    trace: &mut Trace,
) -> Result<Imported, Error> {
    let opened = open_library(plugin, search, trace)?;
    // SAFETY: the entry stands in a library that was checked and is never unloaded; the header
    // demands of its table what `check` does.
    let (table, id) = unsafe {
        let table = (opened.library.entry)();
        (table, Imported::check(table))
    };
    let path = opened.path.display().to_string();
    let id = trace.note(Step::Table, &path, id.map_err(Error::from))?;
    trace.note(Step::Id, id, same_id(id, opened.id.as_deref()))?;
    // SAFETY: as above; a plugin is trusted to keep the header's promises about its functions.
    let provider = unsafe { Imported::create(table, name, settings) };
    trace.note(Step::Create, name, provider)
}

/// A plugin that was opened, and of which nothing was asked yet.
pub struct Opened {
    /// What the library exports.
    pub library: Library,
    /// The file, its links followed.
    pub path: PathBuf,
    /// The id that the manifest promises, if it was found by one.
    pub id: Option<String>,
}

/// Does what [`load`] does, up to where the table would be asked for: for whoever wants to look at
/// a plugin more closely than a host does. The library's constructors have run.
pub fn open(plugin: &str, search: &Search) -> (Result<Opened, Error>, Trace) {
    let mut trace = Trace::new(plugin);
    (open_library(plugin, search, &mut trace), trace)
}

fn open_library(plugin: &str, search: &Search, trace: &mut Trace) -> Result<Opened, Error> {
    let (subject, trusted) = locate(plugin, search, trace)?;
    let said = trusted.path.display().to_string();
    trace.note(Step::File, &said, elf::check(&trusted.file))?;
    let library = trace.note(Step::Open, &said, library::open(&trusted))?;
    if let Some(witness) = library.witness {
        // SAFETY: the library was checked and is never unloaded; who exports a witness keeps its
        // promises.
        let layout = unsafe { Witness::check(witness) };
        trace.note(Step::Witness, &said, layout.map_err(other_layout))?;
    }
    Ok(Opened { library, path: trusted.path, id: subject.id })
}

/// The library's file, opened, and who could have written it.
fn locate(plugin: &str, search: &Search, trace: &mut Trace) -> Result<(Subject, Trusted), Error> {
    if cfg!(target_feature = "crt-static") {
        let error = Error::new(
            Kind::Unsupported,
            "a statically linked program cannot load plugins",
            "link this program dynamically, or take the plugin out of its chain",
        );
        return trace.note(Step::Search, plugin, Err(error));
    }
    let subject = match search.find(plugin, trace)? {
        Found::Library(library) => Subject { library, id: None, pin: None },
        Found::Manifest(file) => described(&file, trace)?,
    };
    let said = subject.library.display().to_string();
    let trusted = trace.note(Step::Trust, &said, trust::open(&subject.library))?;
    if let Some(pin) = &subject.pin {
        let path = trusted.path.display().to_string();
        trace.note(Step::Digest, &path, pin::check(&trusted.file, &trusted.path, pin))?;
    }
    Ok((subject, trusted))
}

/// What the manifest at `file` says.
fn described(file: &std::path::Path, trace: &mut Trace) -> Result<Subject, Error> {
    let path = file.display().to_string();
    let trusted = trace.note(Step::Trust, &path, trust::open(file))?;
    let manifest = trace.note(Step::Manifest, &path, Manifest::read(&trusted).and_then(allowed))?;
    Ok(Subject { library: manifest.library, id: Some(manifest.id), pin: manifest.pin })
}

/// Only what runs in this process, in this version. A manifest that says nothing is taken as
/// in-process; once there is a process of its own for plugins, that becomes what silence means.
fn allowed(manifest: Manifest) -> Result<Manifest, Error> {
    match manifest.isolation {
        Some(Isolation::InProcess) | None => Ok(manifest),
        Some(Isolation::Process) => Err(Error::new(
            Kind::Unsupported,
            "the manifest wants a process of its own (isolation = \"process\"), which this \
             version has not got",
            "if the plugin is trusted, write isolation = \"in-process\"; else wait for a version \
             that has it",
        )),
    }
}

fn other_layout(difference: Difference) -> Error {
    Error::invalid(
        format!(
            "the plugin was built from other shapes than its version of the ABI has: {difference}"
        ),
        "build the plugin with the crate prefect-secrets-core as it is published",
    )
}

fn same_id(id: &str, wanted: Option<&str>) -> Result<(), Error> {
    match wanted {
        Some(wanted) if wanted != id => Err(Error::invalid(
            format!("the library is the provider {id:?}, but the manifest says {wanted:?}"),
            "correct `library` or `id` in the manifest",
        )),
        _ => Ok(()),
    }
}
