//! The provider that asks their plugin.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use prefect_secrets_core::{
    Answer, Buffer, Capabilities, Deadline, Error, Form, Kind, Provider, Secret,
};
use secretspec_ipc::protocol::provider::method::{Delete, Get, GetMany, Set};
use secretspec_ipc::protocol::provider::{
    Address, AddressParams, GetManyParams, GetResult, NamedRequest, SetParams,
};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::failure;
use crate::lives::Lives;
use crate::session::{Lost, Session};
use crate::settings::Settings;

/// The most names that their protocol allows in one call.
const MOST_NAMES: usize = 1024;

/// Answers names from a plugin of SecretSpec.
pub(crate) struct SecretSpec {
    name: Arc<str>,
    lives: Arc<Lives>,
    /// One thread beside those of the host's calls. It reads what the plugin says, and starts it.
    runtime: Runtime,
}

impl SecretSpec {
    /// Starts the plugin. That it cannot work at present is no reason to refuse it.
    pub(crate) fn start(name: &str, plugin: PathBuf, settings: Settings) -> Result<Self, Error> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| {
            let what = format!("no thread can be started: {error}");
            Error::new(Kind::Unavailable, what, "raise the limits of this process")
        })?;
        let lives = Arc::new(Lives::new(plugin, settings));
        let provider = Self { name: name.into(), lives, runtime };
        // The host waits as long as its configuration says, and ends all of this then.
        match provider.runtime.block_on(provider.lives.session(&Deadline::none())) {
            Err(error) if !matches!(error.kind(), Kind::Unavailable | Kind::TimedOut) => Err(error),
            _ => Ok(provider),
        }
    }

    fn address(&self, name: &str) -> Result<Address, Error> {
        self.lives.settings.address(name).ok_or_else(|| {
            Error::invalid("no secret of SecretSpec can have this name", "use 1 to 4096 bytes")
        })
    }

    /// Each name in a call of its own, as many at once as the plugin takes.
    async fn each(&self, names: &[&str], deadline: &Deadline) -> Vec<Answer> {
        let mut gets = JoinSet::new();
        for (at, &name) in names.iter().enumerate() {
            let (lives, by, name) =
                (Arc::clone(&self.lives), Arc::clone(&self.name), name.to_owned());
            let deadline = deadline.clone();
            gets.spawn(async move { (at, get(&lives, &by, &name, &deadline).await) });
        }
        let lost = || Err(Error::new(Kind::Internal, "a call panicked", "report it"));
        let mut answers: Vec<Answer> = names.iter().map(|_| lost()).collect();
        while let Some(done) = gets.join_next().await {
            if let Ok((at, answer)) = done {
                answers[at] = answer;
            }
        }
        answers
    }

    /// Up to `MOST_NAMES` different names in one call.
    async fn together(
        &self,
        session: &Session,
        names: &[&str],
        deadline: &Deadline,
    ) -> Result<Vec<Answer>, Lost> {
        let request = |name: &&str| {
            let address = self.lives.settings.address(name)?;
            Some(NamedRequest { name: (*name).into(), address })
        };
        let params = GetManyParams { requests: names.iter().filter_map(request).collect() };
        let results = session.call::<GetMany>(&params, deadline).await?.results;
        let mut results: BTreeMap<String, GetResult> =
            results.into_iter().map(|result| (result.name, result.outcome)).collect();
        let answer = |name: &&str| match (results.remove(*name), self.lives.settings.address(name))
        {
            (Some(result), _) => Ok(found(&self.name, result)),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(failure::broken("it left out a name of get_many")),
        };
        Ok(names.iter().map(answer).collect())
    }

    async fn many(&self, names: &[&str], deadline: &Deadline) -> Vec<Answer> {
        let session = match self.lives.session(deadline).await {
            Ok(session) => session,
            Err(error) => return names.iter().map(|_| Err(error.clone())).collect(),
        };
        if !session.offers::<GetMany>() {
            return self.each(names, deadline).await;
        }
        let mut answers = Vec::with_capacity(names.len());
        for some in names.chunks(MOST_NAMES) {
            match self.together(&session, some, deadline).await {
                Ok(some) => answers.extend(some),
                Err(Lost::TooLarge) => answers.extend(self.each(some, deadline).await),
                Err(Lost::Failed(error)) => answers.extend(some.iter().map(|_| Err(error.clone()))),
            }
        }
        answers
    }
}

async fn get(lives: &Arc<Lives>, provider: &Arc<str>, name: &str, deadline: &Deadline) -> Answer {
    let Some(address) = lives.settings.address(name) else { return Ok(None) };
    let session = lives.session(deadline).await?;
    let result = session.call::<Get>(&AddressParams { address }, deadline).await?;
    Ok(found(provider, result))
}

fn found(provider: &Arc<str>, result: GetResult) -> Option<Secret> {
    let GetResult::Found { value, expires_at_unix_ms, revision } = result else { return None };
    let text = Buffer::take(&mut value.into_bytes());
    let expires_at =
        expires_at_unix_ms.and_then(|ms| UNIX_EPOCH.checked_add(Duration::from_millis(ms)));
    let revision = revision.map(|revision| revision.as_str().into());
    Some(Secret::new(provider, text, Form::Text).dated(expires_at, revision))
}

impl Provider for SecretSpec {
    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::GET_MANY.and(Capabilities::SET).and(Capabilities::DELETE)
    }

    fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        self.runtime.block_on(get(&self.lives, &self.name, name, deadline))
    }

    fn get_many(&self, names: &[&str], deadline: &Deadline) -> Vec<Answer> {
        // Theirs must be different ones.
        let mut different = names.to_vec();
        different.sort_unstable();
        different.dedup();
        let answers = self.runtime.block_on(self.many(&different, deadline));
        if different.len() == names.len() && different == names {
            return answers;
        }
        let answer = |name: &&str| different.binary_search(name).ok().map(|at| answers[at].clone());
        names.iter().map(|name| answer(name).unwrap_or(Ok(None))).collect()
    }

    /// Keeps the text: their places have no other form.
    fn set(&self, name: &str, value: &Secret, deadline: &Deadline) -> Result<(), Error> {
        if matches!(value.form(), Form::TextWithJson(_)) {
            return Err(Error::new(
                Kind::Unsupported,
                "SecretSpec has no room for a JSON view beside the text",
                "set the value as text or as JSON",
            ));
        }
        let text = std::str::from_utf8(value.expose_text()).map_err(|_| {
            Error::invalid("the value is not UTF-8, and SecretSpec keeps text", "encode it as text")
        })?;
        let address = self.address(name)?;
        self.runtime.block_on(async {
            let session = self.lives.session(deadline).await?;
            let params = SetParams { address, value: text.into() };
            let result = session.call::<Set>(&params, deadline).await?;
            if result.stored { Ok(()) } else { Err(failure::broken("it did not keep the value")) }
        })
    }

    fn delete(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        let Some(address) = self.lives.settings.address(name) else { return Ok(false) };
        self.runtime.block_on(async {
            let session = self.lives.session(deadline).await?;
            Ok(session.call::<Delete>(&AddressParams { address }, deadline).await?.deleted)
        })
    }
}

impl Drop for SecretSpec {
    fn drop(&mut self) {
        self.runtime.block_on(self.lives.close());
    }
}
