//! Ordered providers; the first hit wins.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::deadline::Deadline;
use crate::error::Error;
use crate::explain::{Explanation, LinkReport};
use crate::name;
use crate::provider::{Answer, Capabilities, Provider};
use crate::secret::Secret;

/// What a chain does when a link fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// The call fails: an outage never makes a weaker place answer in its stead.
    #[default]
    Stop,
    /// The next link is asked. If none of them has the name, the call fails all the same:
    /// the link that failed might have it.
    Continue,
}

/// One provider in a chain, with what its configuration says of it.
pub struct Link {
    provider: Arc<dyn Provider>,
    on_error: OnError,
    timeout: Option<Duration>,
    configured: String,
    load_trace: Option<String>,
}

impl Link {
    /// A link to `provider`; `configured` says where this was decided, for explain.
    pub fn new(provider: Arc<dyn Provider>, configured: impl Into<String>) -> Self {
        let configured = configured.into();
        Self { provider, on_error: OnError::Stop, timeout: None, configured, load_trace: None }
    }

    /// What to do when it fails.
    #[must_use]
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.on_error = on_error;
        self
    }

    /// At most this much of the caller's time for one call.
    #[must_use]
    pub fn timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeout = timeout;
        self
    }

    /// How the provider was loaded, one step a line, for one that was.
    #[must_use]
    pub fn load_trace(mut self, trace: Option<String>) -> Self {
        self.load_trace = trace;
        self
    }

    /// The provider.
    pub fn provider(&self) -> &dyn Provider {
        &*self.provider
    }

    /// Calls the provider within this link's share of the time.
    fn ask<T>(
        &self,
        deadline: &Deadline,
        call: impl FnOnce(&dyn Provider, &Deadline) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let named = |error: Error| error.by(self.provider.name());
        deadline.check("the providers before this one were asked").map_err(named)?;
        match self.timeout {
            None => call(self.provider(), deadline),
            Some(timeout) => call(self.provider(), &deadline.at_most(timeout)),
        }
        .map_err(named)
    }
}

/// A name and where it was listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The name of the secret.
    pub name: String,
    /// The provider that lists it.
    pub provider: String,
    /// Whether an earlier provider lists it too, and so answers in this one's stead.
    pub shadowed: bool,
}

/// Ordered providers. It is itself a provider, so chains nest.
pub struct Chain {
    name: String,
    links: Vec<Link>,
}

impl Chain {
    /// A chain of `links`, asked in their order.
    pub fn new(links: Vec<Link>) -> Self {
        Self { name: "chain".into(), links }
    }

    /// The links, in order.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// How the provider named `provider` was loaded, one step a line; `None` for a provider that
    /// is no plugin, or not in the chain.
    pub fn load_trace(&self, provider: &str) -> Option<&str> {
        let link = self.links.iter().find(|link| link.provider.name() == provider)?;
        link.load_trace.as_deref()
    }

    /// The first provider that has `name`. Only *absent* moves on to the next one.
    #[inline]
    pub fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        self.first(name, deadline, |provider, deadline| provider.get(name, deadline))
    }

    /// Whether a get would find `name`.
    pub fn exists(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        let found = self.first(name, deadline, |provider, deadline| {
            Ok(provider.exists(name, deadline)?.then_some(()))
        });
        Ok(found?.is_some())
    }

    #[inline]
    fn first<T>(
        &self,
        name: &str,
        deadline: &Deadline,
        ask: impl Fn(&dyn Provider, &Deadline) -> Result<Option<T>, Error>,
    ) -> Result<Option<T>, Error> {
        name::check(name)?;
        let mut passed_over = None;
        for link in &self.links {
            match link.ask(deadline, &ask) {
                Ok(Some(found)) => return Ok(Some(found)),
                Ok(None) => {}
                Err(error) if link.on_error == OnError::Continue => {
                    tracing::warn!(provider = link.provider.name(), kind = %error.kind(), "failed; going on");
                    passed_over.get_or_insert(error);
                }
                Err(error) => return Err(error.about(name)),
            }
        }
        match passed_over {
            Some(error) => Err(error.about(name)),
            None => Ok(None),
        }
    }

    /// One answer for each name, in their order. Each link is asked once, for all the names that
    /// no link before it has answered.
    pub fn get_many(&self, names: &[&str], deadline: &Deadline) -> Vec<Answer> {
        let mut answers: Vec<Answer> =
            names.iter().map(|name| name::check(name).map(|()| None)).collect();
        let mut open: Vec<usize> = (0..names.len()).filter(|&i| answers[i].is_ok()).collect();
        // A failure that a link with `on_error = "continue"` left behind stands until a later
        // link has the name.
        for link in &self.links {
            if open.is_empty() {
                break;
            }
            let asked: Vec<&str> = open.iter().map(|&i| names[i]).collect();
            let given = link
                .ask(deadline, |provider, deadline| Ok(provider.get_many(&asked, deadline)))
                .unwrap_or_else(|error| asked.iter().map(|_| Err(error.clone())).collect());
            debug_assert_eq!(given.len(), asked.len(), "one answer for each name");
            let mut still_open = Vec::new();
            for (&i, answer) in open.iter().zip(given) {
                match answer.map_err(|error| error.by(link.provider.name()).about(names[i])) {
                    Ok(None) => still_open.push(i),
                    Err(error) if link.on_error == OnError::Continue => {
                        still_open.push(i);
                        if answers[i].is_ok() {
                            answers[i] = Err(error);
                        }
                    }
                    answered => answers[i] = answered,
                }
            }
            open = still_open;
        }
        answers
    }

    /// Writes `value` under `name`: with the provider named `provider`, else with the first one
    /// that can write.
    pub fn set(
        &self,
        provider: Option<&str>,
        name: &str,
        value: &Secret,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        name::check(name)?;
        self.able(provider, Capabilities::SET, "write")?
            .ask(deadline, |provider, deadline| provider.set(name, value, deadline))
            .map_err(|error| error.about(name))
    }

    /// Deletes `name` from the provider named `provider`, else from the first one that can
    /// delete; `false` if it was not there.
    pub fn delete(
        &self,
        provider: Option<&str>,
        name: &str,
        deadline: &Deadline,
    ) -> Result<bool, Error> {
        name::check(name)?;
        self.able(provider, Capabilities::DELETE, "delete")?
            .ask(deadline, |provider, deadline| provider.delete(name, deadline))
            .map_err(|error| error.about(name))
    }

    /// The names of every link that can list them, in the order of the chain.
    pub fn list(&self, deadline: &Deadline) -> Result<Vec<Listed>, Error> {
        let mut listed = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for link in self.links.iter().filter(|l| l.provider.capabilities().has(Capabilities::LIST))
        {
            let mut names = match link.ask(deadline, |provider, deadline| provider.list(deadline)) {
                Err(_) if link.on_error == OnError::Continue => continue,
                names => names?,
            };
            names.sort_unstable();
            for name in names {
                let shadowed = !seen.insert(name.clone());
                listed.push(Listed { name, provider: link.provider.name().into(), shadowed });
            }
        }
        Ok(listed)
    }

    /// Reads every place anew. A link that fails goes on with what it had, the others are
    /// refreshed, and the first failure is returned.
    pub fn refresh(&self, deadline: &Deadline) -> Result<(), Error> {
        let mut outcome = Ok(());
        for link in &self.links {
            let refreshed = link.ask(deadline, |provider, deadline| provider.refresh(deadline));
            outcome = outcome.and(refreshed);
        }
        outcome
    }

    /// Asks until the first hit, and tells what happened at every link.
    pub fn explain(&self, name: &str, deadline: &Deadline) -> Result<Explanation, Error> {
        name::check(name)?;
        let mut end: Option<(&'static str, &str)> = None;
        let mut passed_over = None;
        let mut links = Vec::new();
        for link in &self.links {
            let provider = link.provider.name();
            let mut report = LinkReport {
                provider: provider.into(),
                asked: false,
                outcome: "not reached",
                reason: None,
                elapsed_ns: 0,
                configured: link.configured.clone(),
            };
            if end.is_none() {
                if let Some(why) = link.provider.skipped() {
                    report.outcome = "skipped";
                    report.reason = Some(why);
                } else {
                    let start = Instant::now();
                    let answer =
                        link.ask(deadline, |provider, deadline| provider.get(name, deadline));
                    report.elapsed_ns = start.elapsed().as_nanos() as u64;
                    report.asked = true;
                    report.reason = link.provider.remark(name);
                    match answer {
                        Ok(None) => report.outcome = "absent",
                        Ok(Some(_)) => {
                            report.outcome = "found";
                            end = Some(("found", provider));
                        }
                        Err(error) => {
                            report.outcome = error.kind().as_str();
                            let next = match link.on_error {
                                OnError::Continue => " (on_error = \"continue\": went on)",
                                OnError::Stop => "",
                            };
                            report.reason =
                                Some(format!("{}; {}{next}", error.what(), error.next_step()));
                            let outcome = (report.outcome, provider);
                            match link.on_error {
                                OnError::Stop => end = Some(outcome),
                                OnError::Continue => {
                                    passed_over.get_or_insert(outcome);
                                }
                            }
                        }
                    }
                }
            }
            links.push(report);
        }
        let (outcome, provider) = match end.or(passed_over) {
            Some((outcome, provider)) => (outcome, Some(provider.into())),
            None => ("absent", None),
        };
        Ok(Explanation { version: 1, name: name.into(), outcome, provider, links })
    }

    /// The link that writes or deletes.
    fn able(&self, provider: Option<&str>, need: Capabilities, what: &str) -> Result<&Link, Error> {
        let Some(wanted) = provider else {
            let able = self.links.iter().find(|l| l.provider.capabilities().has(need));
            return able.ok_or_else(|| {
                Error::new(
                    crate::error::Kind::Unsupported,
                    format!("no provider in the chain can {what}"),
                    "configure one that can: Prefect Cloud needs an API key",
                )
            });
        };
        self.links.iter().find(|link| link.provider.name() == wanted).ok_or_else(|| {
            let names: Vec<_> = self.links.iter().map(|l| l.provider.name()).collect();
            Error::invalid(
                format!("the chain has no provider named {wanted:?}"),
                format!("name one of its links: {}", names.join(", ")),
            )
        })
    }
}

impl Provider for Chain {
    fn name(&self) -> &str {
        &self.name
    }

    fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        Chain::get(self, name, deadline)
    }

    fn capabilities(&self) -> Capabilities {
        self.links.iter().fold(Capabilities::NONE, |all, l| all.and(l.provider.capabilities()))
    }

    fn get_many(&self, names: &[&str], deadline: &Deadline) -> Vec<Answer> {
        Chain::get_many(self, names, deadline)
    }

    fn exists(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        Chain::exists(self, name, deadline)
    }

    fn set(&self, name: &str, value: &Secret, deadline: &Deadline) -> Result<(), Error> {
        Chain::set(self, None, name, value, deadline)
    }

    fn delete(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        Chain::delete(self, None, name, deadline)
    }

    fn list(&self, deadline: &Deadline) -> Result<Vec<String>, Error> {
        let listed = Chain::list(self, deadline)?;
        Ok(listed.into_iter().filter(|l| !l.shadowed).map(|l| l.name).collect())
    }

    fn refresh(&self, deadline: &Deadline) -> Result<(), Error> {
        Chain::refresh(self, deadline)
    }
}
