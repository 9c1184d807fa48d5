//! From a command to a provider that answers.

use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::process;
use std::sync::Arc;
use std::time::Duration;

use prefect_secrets_core::abi::{Settings, answer, one_line};
use prefect_secrets_core::{Capabilities, Deadline, Error, Kind as Failure};
use prefect_secrets_wire::{Broken, Fields, Kind, Outgoing, Tag, VERSION, same_major};

use crate::plugin::pin::{self, Pin};
use crate::plugin::trust;

use super::answers::{all_done, status};
use super::call::Expected;
use super::child::Child;
use super::connection::{Connection, Lost};

/// How a plugin's process is started, now and whenever it has to be started again.
pub(in crate::plugin) struct Command {
    /// `prefect-secrets-plugin-host`, checked.
    pub(in crate::plugin) host: PathBuf,
    pub(in crate::plugin) arguments: Vec<OsString>,
    /// The program of the plugin, for a host that becomes one, and its digest if that is pinned: looked
    /// at before each start.
    pub(in crate::plugin) program: Option<(PathBuf, Option<Pin>)>,
    /// The library, checked and open, for a host that loads one: its standard output.
    pub(in crate::plugin) library: Option<File>,
    pub(in crate::plugin) environment: Vec<(OsString, OsString)>,
    pub(in crate::plugin) settings: Settings,
    /// How long starting may take.
    pub(in crate::plugin) limit: Duration,
}

/// A step of loading that the process told.
pub(in crate::plugin) struct Told {
    pub(in crate::plugin) step: String,
    pub(in crate::plugin) subject: String,
    pub(in crate::plugin) refusal: Option<Error>,
}

/// A process that has said what its provider is.
pub(in crate::plugin) struct Introduced {
    pub(super) connection: Connection,
    pub(in crate::plugin) id: String,
    pub(in crate::plugin) capabilities: Capabilities,
}

/// Starts the process, and hears what its provider is. `told` gets the steps on the way.
pub(in crate::plugin) fn introduce(
    command: &Command,
    provider: &str,
    deadline: &Deadline,
    mut told: impl FnMut(Told),
) -> Result<Introduced, Error> {
    let connection = Connection::new(command.start(provider)?, provider);
    let hello = |number| Outgoing::new(Kind::Hello, number).u32(Tag::Version, VERSION);
    let frames = connection
        .call(Expected::Hello, deadline, [&[], &[]], hello)
        .map_err(|lost| late(lost, "the plugin's process did not say hello in time"))?;
    let wrong = |broken: Broken| answer::fault(broken.0);
    for frame in frames {
        let fields = Fields::read(&frame.fields).map_err(wrong)?;
        match Kind::from_raw(frame.kind) {
            Some(Kind::Step) => {
                let text = |said: Option<&str>| one_line(said.unwrap_or_default().as_bytes());
                let refusal = status(&fields).err();
                let (step, subject) = (text(fields.step), text(fields.subject));
                told(Told { step, subject, refusal: refusal.clone() });
                if let Some(refusal) = refusal {
                    return Err(refusal);
                }
            }
            Some(Kind::HelloBack) => {
                let (Some(version), Some(id), Some(capabilities)) =
                    (fields.version, fields.id, fields.capabilities)
                else {
                    return Err(answer::fault("its hello does not say everything"));
                };
                if !same_major(version, VERSION) || version > VERSION {
                    return Err(answer::fault("its hello has a version that it was not offered"));
                }
                let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
                if !(1..=64).contains(&id.len()) || !id.bytes().all(fits) {
                    return Err(answer::fault(
                        "its id is not 1 to 64 lower-case letters, digits and dashes",
                    ));
                }
                let id = id.to_owned();
                let capabilities = Capabilities::from_bits(capabilities);
                return Ok(Introduced { connection, id, capabilities });
            }
            _ => {
                status(&fields)?;
                return Err(answer::fault("it ended the talk without a reason"));
            }
        }
    }
    Err(answer::fault("it ended the talk without a reason"))
}

impl Introduced {
    /// Makes the provider in the process.
    pub(in crate::plugin) fn create(
        self,
        command: &Command,
        provider: &str,
        deadline: &Deadline,
    ) -> Result<Created, Error> {
        let create = |number| Outgoing::new(Kind::Create, number).text(Tag::Name, provider);
        let payload = [command.settings.as_json(), &[]];
        let frames =
            self.connection.call(Expected::Done, deadline, payload, create).map_err(|lost| {
                late(lost, "the plugin's process did not create its provider in time")
            })?;
        all_done(&frames)?;
        let Self { connection, id, capabilities } = self;
        Ok(Created { connection: Arc::new(connection), id, capabilities })
    }
}

/// A process with a provider that answers.
pub(in crate::plugin) struct Created {
    pub(super) connection: Arc<Connection>,
    pub(super) id: String,
    pub(super) capabilities: Capabilities,
}

impl Command {
    fn start(&self, provider: &str) -> Result<Child, Error> {
        // Long after the first look, perhaps: what is started is what the path leads to now.
        trust::open(&self.host)?;
        if let Some((path, pin)) = &self.program {
            let trusted = trust::open(path)?;
            if let Some(pin) = pin {
                pin::check(&trusted.file, &trusted.path, pin)?;
            }
        }
        let mut command = process::Command::new(&self.host);
        command.args(&self.arguments).current_dir("/");
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        match &self.library {
            Some(library) => {
                let library = library.try_clone().map_err(|error| {
                    Error::new(
                        Failure::Unavailable,
                        format!("the library cannot be handed to a process: {error}"),
                        "raise the limit of open files of this process",
                    )
                })?;
                command.stdout(library);
            }
            None => drop(command.stdout(process::Stdio::null())),
        }
        Child::start(&mut command, provider)
    }

    /// Until when it has to be started, for a caller with this deadline.
    pub(in crate::plugin) fn deadline(&self, deadline: &Deadline) -> Deadline {
        let deadline = deadline.at_most(self.limit);
        deadline.at();
        deadline
    }
}

/// A call of the start that was not answered.
fn late(lost: Lost, what: &'static str) -> Error {
    let error = lost.into_error();
    if error.kind() != Failure::TimedOut {
        return error;
    }
    Error::new(
        Failure::TimedOut,
        what,
        "allow more time (start_timeout_ms; for a process that is started again also the caller's \
         deadline), or report it to the plugin's author",
    )
}
