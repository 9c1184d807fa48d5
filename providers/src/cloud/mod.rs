//! Prefect Cloud.
//!
//! [`Cloud`] is the provider. Where and as whom it asks are its [`Settings`], read from the local
//! configuration or given; how it speaks is a dialect, one file each: `graphql` is Prefect 1's.
//! Below the dialects a client sends requests: it tries again where Prefect does, all under the
//! caller's deadline, on a private runtime that exists from the first request on.

mod address;
mod answer;
mod client;
mod configured;
mod dialect;
mod fault;
mod graphql;
mod json;
mod live;
mod retry;
mod settings;
mod wire;

use std::sync::Arc;

use arc_swap::ArcSwap;
use prefect_secrets_core::{Answer, Capabilities, Deadline, Error, Kind, Provider, Secret};

use self::configured::Configured;
use self::dialect::Dialect;
use self::graphql::GraphQl;
use crate::local::Local;

pub use self::settings::Settings;

/// Answers names from Prefect Cloud.
///
/// It is skipped while it is not configured: without a key or an address, with the backend
/// `server`, with `use_local_secrets` set to true. With a setting that is wrong every call fails
/// and says which.
///
/// Until the first call there is no thread, no runtime and no descriptor. A refresh reads the
/// settings anew and begins with new connections.
pub struct Cloud {
    state: ArcSwap<State>,
    local: Option<Arc<Local>>,
    reloads: bool,
}

enum State {
    Ready(Box<dyn Dialect>),
    Skipped(String),
    Invalid(Error),
}

impl From<Configured> for State {
    fn from(configured: Configured) -> Self {
        match configured {
            Configured::Ready(settings) => Self::Ready(Box::new(GraphQl::new(settings))),
            Configured::Skipped(why) => Self::Skipped(why),
        }
    }
}

impl Cloud {
    /// What configuration calls it.
    pub const NAME: &'static str = "cloud";

    /// As `local` configures it. The one provider that `reloads` loads `local` anew on a refresh
    /// of the chain.
    pub fn new(local: Arc<Local>, reloads: bool) -> Self {
        let state = Configured::read(&local.snapshot()).map_or_else(State::Invalid, State::from);
        Self { state: ArcSwap::from_pointee(state), local: Some(local), reloads }
    }

    /// With these settings, whatever the local configuration says.
    pub fn with_settings(settings: Settings) -> Self {
        let state = State::from(Configured::Ready(settings));
        Self { state: ArcSwap::from_pointee(state), local: None, reloads: false }
    }

    /// Asks the Cloud. `skipped` is the outcome while it is not to be asked.
    fn ask<T>(
        &self,
        ask: impl FnOnce(&dyn Dialect) -> Result<T, Error>,
        skipped: impl FnOnce(&str) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let state = self.state.load_full();
        match &*state {
            State::Ready(dialect) => ask(&**dialect),
            State::Skipped(why) => skipped(why),
            State::Invalid(error) => Err(error.clone()),
        }
        .map_err(|error| error.by(Self::NAME))
    }
}

/// The failure of what is more than a question, while the Cloud is not to be asked.
fn refused<T>(why: &str) -> Result<T, Error> {
    Err(Error::new(Kind::Unsupported, "Prefect Cloud is not in use", why.to_owned()))
}

impl Provider for Cloud {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        self.ask(|cloud| cloud.get(name, deadline), |_| Ok(None)).map_err(|e| e.about(name))
    }

    fn capabilities(&self) -> Capabilities {
        let always = Capabilities::REFRESH
            .and(Capabilities::THREAD_SAFE)
            .and(Capabilities::HONORS_DEADLINES);
        match **self.state.load() {
            State::Skipped(_) => always,
            State::Ready(_) | State::Invalid(_) => always
                .and(Capabilities::GET_MANY)
                .and(Capabilities::SET)
                .and(Capabilities::DELETE)
                .and(Capabilities::LIST),
        }
    }

    fn skipped(&self) -> Option<String> {
        match &**self.state.load() {
            State::Skipped(why) => Some(why.clone()),
            State::Ready(_) | State::Invalid(_) => None,
        }
    }

    fn get_many(&self, names: &[&str], deadline: &Deadline) -> Vec<Answer> {
        let answers = self.ask(
            |cloud| Ok(cloud.get_many(names, deadline)),
            |_| Ok(names.iter().map(|_| Ok(None)).collect()),
        );
        let answers =
            answers.unwrap_or_else(|error| names.iter().map(|_| Err(error.clone())).collect());
        let named = |(answer, name): (Answer, &&str)| {
            answer.map_err(|error| error.by(Self::NAME).about(name))
        };
        answers.into_iter().zip(names).map(named).collect()
    }

    fn exists(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        self.ask(|cloud| cloud.exists(name, deadline), |_| Ok(false)).map_err(|e| e.about(name))
    }

    fn set(&self, name: &str, value: &Secret, deadline: &Deadline) -> Result<(), Error> {
        self.ask(|cloud| cloud.set(name, value, deadline), refused).map_err(|e| e.about(name))
    }

    /// A delete whose answer was lost is sent again; the second one then finds nothing.
    fn delete(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        self.ask(|cloud| cloud.delete(name, deadline), refused).map_err(|e| e.about(name))
    }

    fn list(&self, deadline: &Deadline) -> Result<Vec<String>, Error> {
        self.ask(|cloud| cloud.list(deadline), refused)
    }

    fn refresh(&self, _deadline: &Deadline) -> Result<(), Error> {
        let Some(local) = &self.local else { return Ok(()) };
        if self.reloads {
            local.refresh()?;
        }
        let configured =
            Configured::read(&local.snapshot()).map_err(|error| error.by(Self::NAME))?;
        self.state.store(Arc::new(State::from(configured)));
        Ok(())
    }
}
