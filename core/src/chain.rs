//! Ordered providers; the first hit wins.

use crate::deadline::Deadline;
use crate::error::Error;
use crate::link::{Link, OnError};
use crate::name;
use crate::provider::{Answer, Capabilities, Provider};
use crate::secret::Secret;

/// A name and where it was listed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
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
        if !deadline.waits()
            && let Some(answer) = self.get_now(name)
        {
            return answer;
        }
        self.first(name, deadline, |provider, deadline| provider.get(name, deadline))
    }

    /// The answer of [`get`](Self::get), if it is in memory: no link had to be waited for. A deadline
    /// of no time at all asks for this alone.
    pub fn get_now(&self, name: &str) -> Option<Answer> {
        if let Err(error) = name::check(name) {
            return Some(Err(error));
        }
        for link in &self.links {
            match link.provider.get_now(name)? {
                Ok(None) => {}
                // Somebody further on may have to be waited for.
                Err(_) if link.on_error == OnError::Continue => return None,
                answer => {
                    let outcome = answer.as_ref().map_or_else(|e| e.kind().as_str(), |_| "found");
                    tell(name, link.provider.name(), outcome);
                    return Some(answer.map_err(|e| e.by(link.provider.name()).about(name)));
                }
            }
        }
        tell(name, "", "absent");
        Some(Ok(None))
    }

    /// As [`get`](Self::get), for a caller that wants to look at the secret and not to keep it:
    /// `look` is called once if it is found.
    #[inline]
    pub fn get_with(
        &self,
        name: &str,
        deadline: &Deadline,
        look: &mut dyn FnMut(&Secret),
    ) -> Result<bool, Error> {
        if !deadline.waits()
            && let Some(answer) = self.get_now(name)
        {
            return Ok(answer?.as_ref().map(look).is_some());
        }
        let found = self.first(name, deadline, |provider, deadline| {
            Ok(provider.get_with(name, deadline, look)?.then_some(()))
        });
        Ok(found?.is_some())
    }

    /// Whether a get would find `name`.
    pub fn exists(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        if !deadline.waits()
            && let Some(answer) = self.get_now(name)
        {
            return Ok(answer?.is_some());
        }
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
        mut ask: impl FnMut(&dyn Provider, &Deadline) -> Result<Option<T>, Error>,
    ) -> Result<Option<T>, Error> {
        name::check(name)?;
        let mut passed_over = None;
        for link in &self.links {
            match link.ask(deadline, &mut ask) {
                Ok(Some(found)) => {
                    tell(name, link.provider.name(), "found");
                    return Ok(Some(found));
                }
                Ok(None) => {}
                Err(error) if link.on_error == OnError::Continue => {
                    tracing::warn!(provider = link.provider.name(), kind = %error.kind(), "failed; going on");
                    passed_over.get_or_insert(error);
                }
                // Once the time is up, who used it up is the better answer.
                Err(error) if error.provider().is_none() => {
                    return Err(passed_over.unwrap_or(error).about(name));
                }
                Err(error) => {
                    tell(name, link.provider.name(), error.kind().as_str());
                    return Err(error.about(name));
                }
            }
        }
        match passed_over {
            Some(error) => Err(error.about(name)),
            None => {
                tell(name, "", "absent");
                Ok(None)
            }
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
            let named = |(answer, name): (Answer, &&str)| {
                answer.map_err(|error| error.by(link.provider.name()).about(name))
            };
            let given = link.ask(deadline, |provider, deadline| {
                let answers = provider.get_many(&asked, deadline).into_iter();
                let answers = answers.chain(std::iter::repeat_with(unanswered));
                Ok(answers.zip(&asked).map(named).collect())
            });
            let given: Vec<Answer> = given.unwrap_or_else(|error| {
                asked.iter().map(|name| Err(error.clone().about(name))).collect()
            });
            let mut still_open = Vec::new();
            for (&i, answer) in open.iter().zip(given) {
                let provider = link.provider.name();
                match &answer {
                    Ok(None) => {}
                    Ok(Some(_)) => tell(names[i], provider, "found"),
                    Err(error) => tell(names[i], provider, error.kind().as_str()),
                }
                match answer {
                    Ok(None) => still_open.push(i),
                    // The time is up, and who used it up has answered already.
                    Err(error) if error.provider().is_none() && answers[i].is_err() => {}
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
        for (name, _) in names.iter().zip(&answers).filter(|(_, answer)| matches!(answer, Ok(None)))
        {
            tell(name, "", "absent");
        }
        answers
    }

    /// Whether [`set`](Self::set) has somebody who can write, for a program that asks a person for
    /// the value first. Fails as it would.
    pub fn can_set(&self, provider: Option<&str>) -> Result<(), Error> {
        let provider = self.able(provider, Capabilities::SET, "write")?.provider();
        match provider.capabilities().has(Capabilities::SET) {
            true => Ok(()),
            false => Err(provider.cannot("set a secret")),
        }
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
                Err(error) if link.on_error == OnError::Continue => {
                    tracing::warn!(provider = link.provider.name(), kind = %error.kind(), "not listed");
                    continue;
                }
                names => names?,
            };
            names.sort_unstable();
            names.dedup();
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

    /// The link that writes or deletes.
    fn able(&self, provider: Option<&str>, need: Capabilities, what: &str) -> Result<&Link, Error> {
        let Some(wanted) = provider else {
            let able = self.links.iter().find(|l| l.provider.capabilities().has(need));
            return able.ok_or_else(|| {
                Error::new(
                    crate::error::Kind::Unsupported,
                    format!("no provider in the chain can {what}"),
                    "configure one that can: Prefect Cloud, say, with PREFECT_API_URL and PREFECT_API_KEY",
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

/// Traces who answered a name, and how; nobody if all links are without it. Never what.
#[inline]
fn tell(name: &str, provider: &str, outcome: &str) {
    #[cold]
    fn told(name: &str, provider: &str, outcome: &str) {
        tracing::trace!(name, provider, outcome, "asked");
    }
    if tracing::level_enabled!(tracing::Level::TRACE) {
        told(name, provider, outcome);
    }
}

/// What stands for an answer that a provider owes.
fn unanswered() -> Answer {
    Err(Error::new(
        crate::error::Kind::Internal,
        "the provider gave fewer answers than it was asked for names",
        "report it to the provider's author",
    ))
}

impl Provider for Chain {
    fn name(&self) -> &str {
        &self.name
    }

    fn get_now(&self, name: &str) -> Option<Answer> {
        Chain::get_now(self, name)
    }

    fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        Chain::get(self, name, deadline)
    }

    fn get_with(
        &self,
        name: &str,
        deadline: &Deadline,
        look: &mut dyn FnMut(&Secret),
    ) -> Result<bool, Error> {
        Chain::get_with(self, name, deadline, look)
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
