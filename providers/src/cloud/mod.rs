//! Prefect Cloud, and a server of Prefect 3.
//!
//! [`Cloud`] is the provider. Where and as whom it asks is read from the local configuration, or
//! given as settings; how it speaks is a dialect, a folder each: [`graphql`] is Prefect 1's,
//! [`rest`] Prefect 3's. Below the dialects `http` sends requests: it tries again where Prefect does,
//! all under the caller's deadline, on a private runtime that exists from the first request on.

mod address;
mod configured;
mod credential;
mod dialect;
pub mod graphql;
mod http;
mod json;
mod looking;
pub mod rest;

use std::sync::Arc;

use arc_swap::ArcSwap;
use prefect_secrets_core::{
    Answer, Capabilities, Deadline, Error, Kind, Memory, Provider, Secret, Take,
};

use self::configured::Configured;
use self::dialect::Dialect;
use self::graphql::GraphQl;
pub use self::looking::Looking;
use self::rest::Rest;
use crate::local::Local;

/// Answers names from Prefect Cloud.
///
/// It is skipped while it is not configured: without a key or an address; in Prefect 1's dialect
/// also with the backend `server`, and with `use_local_secrets` set to true. With a setting that is
/// wrong every call fails and says which.
///
/// Until the first call there is no thread, no runtime and no descriptor. A refresh reads the
/// settings anew and begins with new connections.
pub struct Cloud {
    state: ArcSwap<State>,
    local: Option<Arc<Local>>,
    reloads: bool,
}

/// *Invalid* if a setting is wrong.
type State = Result<Configured, Error>;

impl Cloud {
    /// What configuration calls it.
    pub const NAME: &'static str = "cloud";

    /// As `local` configures it. The one provider that `reloads` loads `local` anew on a refresh
    /// of the chain.
    pub fn new(local: Arc<Local>, reloads: bool) -> Self {
        let state = Configured::read(&local.snapshot());
        Self { state: ArcSwap::from_pointee(state), local: Some(local), reloads }
    }

    /// A Prefect 1 Cloud with these settings, whatever the local configuration says.
    pub fn graphql(settings: graphql::Settings) -> Self {
        Self::given(Box::new(GraphQl::new(settings)))
    }

    /// A Prefect 3 Cloud or server with these settings, whatever the local configuration says.
    pub fn rest(settings: rest::Settings) -> Self {
        Self::given(Box::new(Rest::new(settings)))
    }

    fn given(dialect: Box<dyn Dialect>) -> Self {
        let why = format!("{}, as the program says", dialect.called());
        let state = ArcSwap::from_pointee(Ok(Configured::Ready(dialect, why)));
        Self { state, local: None, reloads: false }
    }

    /// Asks the Cloud. `skipped` is the outcome while it is not to be asked.
    fn ask<T>(
        &self,
        ask: impl FnOnce(&dyn Dialect) -> Result<T, Error>,
        skipped: impl FnOnce(&str) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let state = self.state.load_full();
        match &*state {
            Ok(Configured::Ready(dialect, _)) => ask(&**dialect),
            Ok(Configured::Skipped(why)) => skipped(why),
            Err(error) => Err(error.clone()),
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

    /// While it is skipped it has nothing to wait for.
    fn in_memory(&self, _: &[u8], _: &mut Take<'_>) -> Memory {
        match **self.state.load() {
            Ok(Configured::Skipped(_)) => Memory::Absent,
            _ => Memory::Waits,
        }
    }

    fn capabilities(&self) -> Capabilities {
        let always = Capabilities::REFRESH
            .and(Capabilities::THREAD_SAFE)
            .and(Capabilities::HONORS_DEADLINES);
        match **self.state.load() {
            Ok(Configured::Skipped(_)) => always,
            Ok(Configured::Ready(..)) | Err(_) => always
                .and(Capabilities::GET_MANY)
                .and(Capabilities::SET)
                .and(Capabilities::DELETE)
                .and(Capabilities::LIST),
        }
    }

    fn skipped(&self) -> Option<String> {
        match &**self.state.load() {
            Ok(Configured::Skipped(why)) => Some(why.clone()),
            Ok(Configured::Ready(..)) | Err(_) => None,
        }
    }

    fn remark(&self, name: &str) -> Option<String> {
        match &**self.state.load() {
            Ok(Configured::Ready(dialect, why)) => Some(match dialect.remark(name) {
                Some(remark) => format!("{why}; {remark}"),
                None => why.clone(),
            }),
            Ok(Configured::Skipped(_)) | Err(_) => None,
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
        self.state.store(Arc::new(Ok(configured)));
        Ok(())
    }
}
