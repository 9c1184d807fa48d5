//! The provider in front of the process.

use std::sync::Arc;

use prefect_secrets_core::{Answer, Capabilities, Deadline, Error, Provider, Secret};
use prefect_secrets_wire::{
    Frame, Kind, LARGEST_NAME, LARGEST_PAYLOAD, Outgoing, Tag, absolute, parts, with_value,
};

use super::answers;
use super::call::Expected;
use super::connection::{Connection, Lost};
use super::inherited;
use super::lives::Lives;
use super::start::{Command, Created, introduce};
use crate::own::{Own, PerProcess};

/// What a plugin can do that its host asks for.
const ASKED: Capabilities = Capabilities::GET_MANY
    .and(Capabilities::SET)
    .and(Capabilities::DELETE)
    .and(Capabilities::LIST)
    .and(Capabilities::REFRESH);
/// The most bytes of names in one call; more names are asked for in several.
const NAMES: usize = 256 << 10;

/// A provider that runs in a process of its own. The process is started again when it ended, and a
/// forked child of this process has one of its own.
pub struct Isolated {
    name: Arc<str>,
    id: String,
    capabilities: Capabilities,
    command: Command,
    lives: PerProcess<Lives>,
}

impl Isolated {
    pub(in crate::plugin) fn new(name: &str, command: Command, created: Created) -> Self {
        let Created { connection, id, capabilities } = created;
        let lives = PerProcess::empty();
        // Nothing can fail here.
        let _ = lives.get(|| Ok(Lives::new(Some(Arc::clone(&connection)))));
        Self { name: name.into(), id, capabilities, command, lives }
    }

    /// What the provider says that it is.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The number of the process, if one lives.
    pub fn pid(&self) -> Option<i32> {
        Some(self.lives().ok()?.living()?.pid())
    }

    /// The processes of this process: at first, in a forked child, none.
    fn lives(&self) -> Result<Arc<Own<Lives>>, Error> {
        self.lives.get(|| {
            inherited::close();
            Ok(Lives::new(None))
        })
    }

    fn connection(&self, deadline: &Deadline) -> Result<Arc<Connection>, Error> {
        self.lives()?.current(deadline, || self.start(deadline))
    }

    /// Starts the process once more.
    fn start(&self, deadline: &Deadline) -> Result<Arc<Connection>, Error> {
        let deadline = self.command.deadline(deadline);
        let introduced = introduce(&self.command, &self.name, &deadline, |_| {})?;
        if introduced.id != self.id || introduced.capabilities != self.capabilities {
            introduced.connection.discard();
            return Err(Error::invalid(
                "the plugin's process, started again, is another provider than it was",
                "open the chain again",
            ));
        }
        Ok(introduced.create(&self.command, &self.name, &deadline)?.connection)
    }

    /// Makes a call; once more if the process was gone before the call reached it.
    fn call(
        &self,
        expected: Expected,
        deadline: &Deadline,
        payload: [&[u8]; 2],
        make: impl Fn(Outgoing) -> Outgoing,
        kind: Kind,
    ) -> Result<Vec<Frame>, Error> {
        if deadline.should_stop() {
            return Err(deadline.passed("this provider was about to be asked"));
        }
        let at = absolute(deadline);
        let frame = |number| {
            let frame = make(Outgoing::new(kind, number));
            match at {
                Some(at) => frame.u64(Tag::Deadline, at),
                None => frame,
            }
        };
        match self.connection(deadline)?.call(expected, deadline, payload, frame) {
            Err(Lost::Before(_)) => self
                .connection(deadline)?
                .call(expected, deadline, payload, frame)
                .map_err(Lost::into_error),
            answered => answered.map_err(Lost::into_error),
        }
    }

    fn able(&self, capability: Capabilities, what: &str) -> Result<(), Error> {
        if self.capabilities.has(capability) { Ok(()) } else { Err(self.cannot(what)) }
    }

    fn get_some(&self, names: &[&str], deadline: &Deadline) -> Result<Vec<Answer>, Error> {
        let expected = Expected::Values(names.len());
        let add = |frame: Outgoing, name: &&str| frame.text(Tag::Name, name);
        let frame = |frame| names.iter().fold(frame, add);
        let frames = self.call(expected, deadline, [&[], &[]], frame, Kind::GetMany)?;
        answers::get_many(frames, names.len(), &self.name)
    }
}

impl Drop for Isolated {
    fn drop(&mut self) {
        inherited::close();
    }
}

impl Provider for Isolated {
    fn name(&self) -> &str {
        &self.name
    }

    fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        fits(name)?;
        let frame = |frame: Outgoing| frame.text(Tag::Name, name);
        let frames = self.call(Expected::Value, deadline, [&[], &[]], frame, Kind::Get)?;
        answers::get(frames, &self.name)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::from_bits(self.capabilities.bits() & ASKED.bits())
    }

    fn remark(&self, _name: &str) -> Option<String> {
        Some(match self.pid() {
            Some(pid) => format!("runs in a process of its own, {pid}"),
            None => "runs in a process of its own, which ended".into(),
        })
    }

    fn get_many(&self, names: &[&str], deadline: &Deadline) -> Vec<Answer> {
        if !self.capabilities.has(Capabilities::GET_MANY)
            || names.iter().any(|name| name.len() > NAMES)
        {
            return names.iter().map(|name| self.get(name, deadline)).collect();
        }
        let mut answers = Vec::with_capacity(names.len());
        let mut rest = names;
        while !rest.is_empty() {
            let mut bytes = 0;
            let fitting = rest.iter().take_while(|name| {
                bytes += name.len() + 8;
                bytes <= NAMES + 8
            });
            let (some, behind) = rest.split_at(fitting.count());
            match self.get_some(some, deadline) {
                Ok(some) => answers.extend(some),
                Err(error) => answers.extend(some.iter().map(|_| Err(error.clone()))),
            }
            rest = behind;
        }
        answers
    }

    fn set(&self, name: &str, value: &Secret, deadline: &Deadline) -> Result<(), Error> {
        self.able(Capabilities::SET, "set a secret")?;
        fits(name)?;
        let (form, payload) = parts(value)?;
        if payload[0].len() + payload[1].len() > LARGEST_PAYLOAD {
            return Err(Error::invalid(
                "the value, with its JSON view, has more than the 64 MiB that a provider takes",
                "store a smaller value",
            ));
        }
        let frame = |frame: Outgoing| with_value(frame.text(Tag::Name, name), form, payload);
        let frames = self.call(Expected::Done, deadline, payload, frame, Kind::Set)?;
        answers::all_done(&frames)
    }

    fn delete(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        self.able(Capabilities::DELETE, "delete a secret")?;
        fits(name)?;
        let frame = |frame: Outgoing| frame.text(Tag::Name, name);
        let frames = self.call(Expected::Done, deadline, [&[], &[]], frame, Kind::Delete)?;
        answers::outcome(&frames)
    }

    fn list(&self, deadline: &Deadline) -> Result<Vec<String>, Error> {
        self.able(Capabilities::LIST, "list its names")?;
        let frames = self.call(Expected::Names, deadline, [&[], &[]], |frame| frame, Kind::List)?;
        answers::list(&frames)
    }

    fn refresh(&self, deadline: &Deadline) -> Result<(), Error> {
        if !self.capabilities.has(Capabilities::REFRESH) {
            return Ok(());
        }
        let frames =
            self.call(Expected::Done, deadline, [&[], &[]], |frame| frame, Kind::Refresh)?;
        answers::all_done(&frames)
    }
}

fn fits(name: &str) -> Result<(), Error> {
    if name.len() <= LARGEST_NAME {
        return Ok(());
    }
    Err(Error::invalid(
        format!("the name has {} bytes, more than the {LARGEST_NAME} of the wire", name.len()),
        "give a shorter name",
    ))
}
