//! From a plugin's name to a provider.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use prefect_secrets_core::abi::witness::{Difference, Witness};
use prefect_secrets_core::abi::{Imported, Settings};
use prefect_secrets_core::{Capabilities, Deadline, Error, Provider};

use super::elf::{self, Flaw};
use super::library::{self, Library};
use super::manifest::{Code, Manifest};
use super::pin::Pin;
use super::process::{self, Isolated};
use super::refused::Refused;
use super::running::{Isolation, Running};
use super::search::{Found, Search};
use super::trace::{Step, Trace};
use super::trust::Trusted;
use super::{pin, trust};

/// What became of a plugin: a provider or a refusal, and in both cases how it came to that.
pub struct Loaded {
    /// The provider, or why there is none.
    pub provider: Result<Arc<dyn Provider>, Error>,
    /// Every step, the last of which holds the refusal if there is one.
    pub trace: Trace,
}

impl Loaded {
    /// The link of the chain: the provider, or one that fails with the refusal.
    pub fn into_link(self) -> (Arc<dyn Provider>, Trace) {
        let provider = self.provider.unwrap_or_else(|why| {
            let refused: Arc<dyn Provider> = Arc::new(Refused::new(self.trace.provider(), why));
            refused
        });
        (provider, self.trace)
    }
}

/// Loads a plugin and makes an instance of its provider, called `name` from now on; in this process
/// or in one of its own, as `running` and its manifest say.
///
/// `plugin` is the name of a manifest that `search` finds, or an absolute path: of a manifest if
/// it ends with `.toml`, else of a library. A refusal is *denied* if somebody else could have
/// written the library, *unsupported* in a static program, the failure that the provider gave
/// when it refused to be created, and else *invalid*; or what became of a process that did not
/// start.
pub fn load(
    name: &str,
    plugin: &str,
    settings: Settings,
    running: &Running,
    search: &Search,
) -> Loaded {
    let mut trace = Trace::new(name);
    let provider =
        run(name, plugin, settings, running, search, &mut trace).map_err(|error| error.by(name));
    match &provider {
        Ok(_) => tracing::debug!(provider = name, plugin, "plugin loaded"),
        Err(error) => tracing::error!(provider = name, plugin, "plugin refused: {error}"),
    }
    Loaded { provider, trace }
}

fn run(
    name: &str,
    plugin: &str,
    settings: Settings,
    running: &Running,
    search: &Search,
    trace: &mut Trace,
) -> Result<Arc<dyn Provider>, Error> {
    let (subject, trusted) = locate(plugin, search, trace)?;
    let isolation = running.isolation(subject.isolation);
    match trace.note(Step::Isolation, plugin, isolation)? {
        Isolation::InProcess => {
            let opened = subject.open(&trusted, trace)?;
            let (id, _) = opened.introduce(trace)?;
            trace.note(Step::Id, id, same_id(id, opened.id.as_deref()))?;
            Ok(Arc::new(opened.create(name, settings, trace)?))
        }
        _ => Ok(Arc::new(isolated(name, subject, trusted, settings, running, trace)?)),
    }
}

/// Starts a plugin in a process of its own. None of its code runs here.
fn isolated(
    name: &str,
    subject: Subject,
    trusted: Trusted,
    settings: Settings,
    running: &Running,
    trace: &mut Trace,
) -> Result<Isolated, Error> {
    let command = subject.command(trusted, settings, running, trace)?;
    let deadline = command.deadline(&Deadline::none());
    let introduced = introduced(name, &subject, &command, &deadline, trace)?;
    let created = trace.note(Step::Create, name, introduced.create(&command, name, &deadline))?;
    Ok(Isolated::new(name, command, created))
}

/// Starts the process, and notes the steps that it told.
fn introduced(
    name: &str,
    subject: &Subject,
    command: &process::Command,
    deadline: &Deadline,
    trace: &mut Trace,
) -> Result<process::Introduced, Error> {
    let mut told = Vec::new();
    let introduced = process::introduce(command, name, deadline, |step| told.push(step));
    // A refusal that the process told itself is the last of its steps.
    let refused_inside = told.last().is_some_and(|step| step.refusal.is_some());
    let started = match &introduced {
        Err(error) if !refused_inside => Err(error.clone()),
        _ => Ok(()),
    };
    trace.note(Step::Start, &command.host.display().to_string(), started)?;
    for step in told {
        let outcome = step.refusal.map_or(Ok(()), Err);
        trace.note(Step::told(&step.step), &step.subject, outcome)?;
    }
    let introduced = introduced?;
    let id = same_id(&introduced.id, subject.id.as_deref());
    trace.note(Step::Id, &introduced.id, id)?;
    Ok(introduced)
}

/// What a provider says that it is, and what it can do.
pub type Said = (String, Capabilities);

/// Starts a plugin in a process of its own, to hear what its provider is. The process ends again.
pub fn introduce(plugin: &str, running: &Running, search: &Search) -> (Result<Said, Error>, Trace) {
    let mut trace = Trace::new(plugin);
    let said = locate(plugin, search, &mut trace).and_then(|(subject, trusted)| {
        let command = subject.command(trusted, Settings::none(), running, &mut trace)?;
        let deadline = command.deadline(&Deadline::none());
        let introduced = introduced(plugin, &subject, &command, &deadline, &mut trace)?;
        Ok((introduced.id, introduced.capabilities))
    });
    (said, trace)
}

/// What the checks before loading found out about a plugin.
pub struct Inspected {
    /// Whether it is a program, which runs in a process of its own and nowhere else.
    pub is_program: bool,
    /// The library or the program, its links followed; or why it would not be opened.
    pub library: Result<PathBuf, Error>,
    /// Every step, the last of which holds the refusal if there is one.
    pub trace: Trace,
}

/// Checks the plugin as [`load`] does, up to where its own code would run.
pub fn inspect(plugin: &str, search: &Search) -> Inspected {
    let mut trace = Trace::new(plugin);
    let mut is_program = false;
    let located = locate(plugin, search, &mut trace).and_then(|(subject, trusted)| {
        is_program = matches!(subject.code, Code::Program(..));
        subject.check(&trusted, &mut trace)?;
        Ok(trusted.path)
    });
    Inspected { is_program, library: located, trace }
}

/// What stands in a plugin's file.
pub struct Contents {
    /// What keeps it from being loaded, in the order in which it is looked for.
    pub flaws: Vec<Flaw>,
    /// The names that it gives to others, beside those of this ABI.
    pub exports: Vec<String>,
}

/// Reads a plugin's file, once it is known to be trusted. None of its code runs.
/// `None` if it is a program.
pub fn contents(plugin: &str, search: &Search) -> Result<Option<Contents>, Error> {
    let (subject, trusted) = locate(plugin, search, &mut Trace::new(plugin))?;
    let Code::Library(_) = subject.code else { return Ok(None) };
    let (flaws, exports) = (elf::flaws(&trusted.file), elf::exports(&trusted.file));
    Ok(Some(Contents { flaws, exports }))
}

/// The file that the plugin's code stands in, and what is known of it before.
struct Subject {
    code: Code,
    id: Option<String>,
    pin: Option<Pin>,
    isolation: Option<Isolation>,
}

impl Subject {
    /// What the file is, read before any of its code runs.
    fn check(&self, trusted: &Trusted, trace: &mut Trace) -> Result<(), Error> {
        let outcome = match self.code {
            Code::Library(_) => elf::check(&trusted.file),
            Code::Program(..) => trust::executable(trusted),
        };
        trace.note(Step::File, &trusted.path.to_string_lossy(), outcome)
    }

    /// Opens the library in this process.
    fn open(self, trusted: &Trusted, trace: &mut Trace) -> Result<Opened, Error> {
        self.check(trusted, trace)?;
        if let Code::Program(..) = self.code {
            let error = Error::invalid("the plugin is a program, and no library", "start it");
            return trace.note(Step::Open, &trusted.path.to_string_lossy(), Err(error));
        }
        Opened::open(&trusted.file, &trusted.path, self.id, trace)
    }

    /// How the plugin is started in a process of its own.
    fn command(
        &self,
        trusted: Trusted,
        settings: Settings,
        running: &Running,
        trace: &mut Trace,
    ) -> Result<process::Command, Error> {
        self.check(&trusted, trace)?;
        let host = match process::find(running.plugin_host.as_deref()) {
            Ok(host) => host,
            Err(error) => return trace.note(Step::Start, process::HOST, Err(error)),
        };
        let mut arguments: Vec<OsString> = Vec::new();
        if running.sandbox {
            arguments.push("--sandbox".into());
            for path in &running.sandbox_read {
                arguments.extend(["--read".into(), path.into()]);
            }
        }
        let (kind, program) = match self.code {
            Code::Library(_) => ("library", None),
            Code::Program(..) => ("program", Some((trusted.path.clone(), self.pin))),
        };
        arguments.extend([kind.into(), trusted.path.into()]);
        let library = match &self.code {
            Code::Library(_) => Some(trusted.file),
            Code::Program(_, own) => {
                arguments.extend(own.iter().cloned());
                None
            }
        };
        Ok(process::Command {
            host,
            arguments,
            program,
            library,
            environment: running.variables(),
            settings,
            limit: running.start_timeout,
        })
    }
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

impl Opened {
    /// Opens a library that was checked. Its constructors run.
    fn open(
        file: &File,
        path: &Path,
        id: Option<String>,
        trace: &mut Trace,
    ) -> Result<Self, Error> {
        let said = path.to_string_lossy();
        let library = trace.note(Step::Open, &said, library::open(file, path))?;
        if let Some(witness) = library.witness {
            // SAFETY: the library was checked and is never unloaded; who exports a witness keeps its
            // promises.
            let layout = unsafe { Witness::check(witness) };
            trace.note(Step::Witness, &said, layout.map_err(other_layout))?;
        }
        Ok(Self { library, path: path.into(), id })
    }

    /// What the provider says that it is, and what it can do.
    pub fn introduce(&self, trace: &mut Trace) -> Result<(&'static str, Capabilities), Error> {
        // SAFETY: the entry stands in a library that was checked and is never unloaded; the header
        // demands of its table what `check` does.
        let said = unsafe { Imported::check((self.library.entry)()) };
        trace.note(Step::Table, &self.path.to_string_lossy(), said.map_err(Error::from))
    }

    /// Makes an instance, called `name`.
    pub fn create(
        &self,
        name: &str,
        settings: Settings,
        trace: &mut Trace,
    ) -> Result<Imported, Error> {
        // SAFETY: as above; a plugin is trusted to keep the header's promises about its functions.
        let provider = unsafe { Imported::create((self.library.entry)(), name, settings) };
        trace.note(Step::Create, name, provider)
    }
}

/// Does what [`load`] does in this process, up to where the table would be asked for: for whoever
/// wants to look at a plugin more closely than a host does. The library's constructors have run.
pub fn open(plugin: &str, search: &Search) -> (Result<Opened, Error>, Trace) {
    let mut trace = Trace::new(plugin);
    let opened = locate(plugin, search, &mut trace)
        .and_then(|(subject, trusted)| subject.open(&trusted, &mut trace));
    (opened, trace)
}

/// Opens the library in `file`, which somebody else has checked: the host that started this process
/// for it. `path` is what people know it by.
pub fn open_checked(file: &File, path: &Path) -> (Result<Opened, Error>, Trace) {
    let mut trace = Trace::new(&path.to_string_lossy());
    (Opened::open(file, path, None, &mut trace), trace)
}

/// The library's file, opened, and who could have written it.
fn locate(plugin: &str, search: &Search, trace: &mut Trace) -> Result<(Subject, Trusted), Error> {
    let subject = match search.find(plugin, trace)? {
        Found::Library(library) => {
            Subject { code: Code::Library(library), id: None, pin: None, isolation: None }
        }
        Found::Manifest(file) => described(&file, trace)?,
    };
    let path = subject.code.path();
    let trusted = trace.note(Step::Trust, &path.to_string_lossy(), trust::open(path))?;
    if let Some(pin) = &subject.pin {
        let path = trusted.path.to_string_lossy();
        trace.note(Step::Digest, &path, pin::check(&trusted.file, &trusted.path, pin))?;
    }
    Ok((subject, trusted))
}

/// What the manifest at `file` says.
fn described(file: &Path, trace: &mut Trace) -> Result<Subject, Error> {
    let path = file.to_string_lossy();
    let trusted = trace.note(Step::Trust, &path, trust::open(file))?;
    let manifest = trace.note(Step::Manifest, &path, Manifest::read(&trusted))?;
    let Manifest { id, code, pin, isolation } = manifest;
    Ok(Subject { code, id: Some(id), pin, isolation })
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
