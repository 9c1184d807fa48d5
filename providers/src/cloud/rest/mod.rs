//! The REST dialect of Prefect 3: Secret blocks on Prefect Cloud or on a server of one's own.
//!
//! What a request and an answer look like is measured on real servers (3.4.25, 3.8.8, 3.9.1); what
//! only Prefect Cloud does comes from its documentation and its client's code.

mod answer;
mod configured;
mod csrf;
mod in_force;
mod many;
mod profile;
mod session;
mod settings;
mod sources;
mod spelling;
mod stored;
mod write;

use std::collections::HashSet;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use prefect_secrets_core::{Answer as Found, Deadline, Error, Secret};

use self::answer::Document;
use self::csrf::Csrf;
use self::session::{Api, Session};
use self::spelling::Spelling;
use self::write::Schema;
use super::dialect::Dialect;
use super::http::{Client, Patience, Persistence};
use crate::own::PerProcess;

pub(super) use self::configured::Configured;
pub use self::in_force::{InForce, in_force};
pub use self::settings::Settings;
pub(super) use self::sources::{Mentioned, Sources};

/// A Prefect 3 API.
pub(super) struct Rest {
    api: Arc<Api>,
    client: Client,
    /// A forked child gets a token of its own: asking for one voids that of its parent.
    csrf: PerProcess<Csrf>,
    schema: Arc<ArcSwapOption<Schema>>,
    map_names: bool,
}

impl Rest {
    pub(super) fn new(settings: Settings) -> Self {
        let api = Arc::new(Api::of(&settings));
        let persistence = Persistence {
            passes: answer::passes,
            unknown_places: false,
            exact_pauses: false,
            jitter: 0.2,
        };
        let patience = Patience::new(
            api.peer(&settings.address),
            settings.request_timeout,
            settings.retry_waits,
            persistence,
        );
        Self {
            client: Client::new(&settings.address, settings.trust, patience),
            api,
            csrf: PerProcess::empty(),
            schema: Arc::new(ArcSwapOption::empty()),
            map_names: settings.map_names,
        }
    }

    /// Runs `talk` over a session of its own.
    fn talk<T, F>(&self, deadline: &Deadline, talk: impl FnOnce(Session) -> F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let csrf = if self.api.csrf { Some(self.csrf.get(Csrf::new)?) } else { None };
        let (api, until) = (Arc::clone(&self.api), Arc::new(deadline.clone()));
        self.client.run(deadline, |line| talk(Session { line, api, csrf, until }))
    }

    fn spelling<'n>(&self, name: &'n str) -> Spelling<'n> {
        Spelling::of(name, self.map_names)
    }
}

impl Dialect for Rest {
    fn called(&self) -> &str {
        &self.client.peer().called
    }

    fn remark(&self, name: &str) -> Option<String> {
        match self.spelling(name) {
            Spelling::AsItIs(_) => None,
            Spelling::Mapped(mapped) => Some(format!("asked for as {mapped:?}")),
            Spelling::Impossible(why) => Some(format!("it cannot be there: {why}")),
        }
    }

    fn get(&self, name: &str, deadline: &Deadline) -> Found {
        let Some(spelled) = self.spelling(name).spelled() else { return Ok(None) };
        self.talk(deadline, |session| async move {
            let reply = session.read(session.api.by_name(&spelled, true)).await?;
            let document = session.document(&reply)?;
            document.map(|document| session.secret(&document)).transpose()
        })
    }

    fn get_many(&self, names: &[&str], deadline: &Deadline) -> Vec<Found> {
        let spelled: Vec<_> = names.iter().map(|name| self.spelling(name).spelled()).collect();
        let asked: HashSet<String> = spelled.iter().flatten().cloned().collect();
        if asked.is_empty() {
            return names.iter().map(|_| Ok(None)).collect();
        }
        let found =
            self.talk(deadline, |session| async move { Ok(many::get(&session, asked).await) });
        let answer = |name: &Option<String>| match (name, &found) {
            (None, _) => Ok(None),
            (Some(name), Ok(found)) => found.get(name).cloned().unwrap_or(Ok(None)),
            (Some(_), Err(error)) => Err(error.clone()),
        };
        spelled.iter().map(answer).collect()
    }

    /// Asks without the value, which need not travel; except in a workspace of the Cloud, where
    /// only the value tells whether a get would be denied it.
    fn exists(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        if self.api.workspace {
            return Ok(self.get(name, deadline)?.is_some());
        }
        let Some(spelled) = self.spelling(name).spelled() else { return Ok(false) };
        self.talk(deadline, |session| async move {
            let reply = session.read(session.api.by_name(&spelled, false)).await?;
            Ok(session.document(&reply)?.is_some())
        })
    }

    fn set(&self, name: &str, value: &Secret, deadline: &Deadline) -> Result<(), Error> {
        let spelled = self.spelling(name).required()?;
        let json = stored::stored(value)?;
        let schema = Arc::clone(&self.schema);
        self.talk(deadline, |session| async move {
            write::set(&session, &schema, &spelled, &json).await
        })
    }

    fn delete(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        let Some(spelled) = self.spelling(name).spelled() else { return Ok(false) };
        self.talk(deadline, |session| async move { write::delete(&session, &spelled).await })
    }

    fn list(&self, deadline: &Deadline) -> Result<Vec<String>, Error> {
        self.talk(deadline, |session| async move { many::list(&session).await })
    }
}
