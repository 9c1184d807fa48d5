//! Ordered providers; the first hit wins.

use std::collections::BinaryHeap;
use std::mem::MaybeUninit;

use crate::deadline::Deadline;
use crate::error::Error;
use crate::link::{Link, OnError};
use crate::name;
use crate::provider::{Answer, Capabilities, Memory, Provider};
use crate::rest::Rest;
use crate::secret::Secret;
use crate::take::Take;
use crate::told::{tell, tell_found};

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
    /// How many links there are before the first one that had to be asked even for what is no name.
    in_memory: usize,
}

impl Chain {
    /// A chain of `links`, asked in their order.
    pub fn new(links: Vec<Link>) -> Self {
        let mut nobody = Take::Shared(None);
        let mut knows = |link: &&Link| link.provider.in_memory(b"\0", &mut nobody) != Memory::Waits;
        let in_memory = links.iter().take_while(&mut knows).count();
        Self { name: "chain".into(), links, in_memory }
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
        let mut take = Take::Shared(None);
        match self.begin(name, deadline, &mut take)? {
            None => Ok(take.shared()),
            Some(rest) => {
                name::check(name)?;
                rest.get(name, deadline)
            }
        }
    }

    /// As [`get`](Self::get), for a caller that wants the text in a place of its own: it is copied to `to`
    /// with a NUL behind it, if both fit there, and nothing is written if they do not. Gives the length
    /// of the text, without the NUL.
    pub fn get_into(
        &self,
        name: &str,
        deadline: &Deadline,
        to: &mut [MaybeUninit<u8>],
    ) -> Result<Option<usize>, Error> {
        let mut take = Take::Copied { to: &mut *to, length: None };
        let rest = self.begin(name, deadline, &mut take)?;
        match (rest, take) {
            (None, Take::Copied { length, .. }) => Ok(length),
            (None, Take::Shared(_)) => Ok(None),
            (Some(rest), _) => {
                name::check(name)?;
                rest.get_into(name, deadline, to)
            }
        }
    }

    /// Whether a get would find `name`.
    pub fn exists(&self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        match self.begin(name, deadline, &mut Take::Shared(None))? {
            None => Ok(true),
            Some(rest) => {
                name::check(name)?;
                rest.exists(name, deadline)
            }
        }
    }

    /// Looks where nobody has to wait: in the links before the first one that does. `None` if the
    /// secret was there; else the links that are left have to be asked, if there are any. The bytes
    /// need not be a name.
    ///
    /// For a call that nothing can have ended yet ([`Deadline::is_running`]): no clock is read.
    #[inline(always)]
    pub fn in_memory(&self, name: &[u8], take: &mut Take<'_>) -> Option<Rest<'_>> {
        let mut asked = 0;
        for link in &self.links[..self.in_memory] {
            match link.provider.in_memory(name, take) {
                Memory::Found => {
                    tell_found(name, link.provider());
                    return None;
                }
                Memory::Absent => asked += 1,
                Memory::Failed | Memory::Waits => break,
            }
        }
        Some(Rest::new(&self.links[asked..]))
    }

    /// Memory first, unless the deadline has something to say before.
    #[inline]
    fn begin(
        &self,
        name: &str,
        deadline: &Deadline,
        take: &mut Take<'_>,
    ) -> Result<Option<Rest<'_>>, Error> {
        if !deadline.is_running() {
            return Ok(self.in_memory(name.as_bytes(), take));
        }
        if !deadline.waits()
            && let Some(answer) = self.get_now(name)
        {
            return Ok(match answer? {
                Some(secret) => {
                    take.take(&secret);
                    None
                }
                None => Some(Rest::new(&[])),
            });
        }
        Ok(Some(Rest::new(&self.links)))
    }

    /// The answer of [`get`](Self::get), if it is in memory: no link had to be waited for. A deadline
    /// of no time at all asks for this alone.
    pub fn get_now(&self, name: &str) -> Option<Answer> {
        if let Err(error) = name::check(name) {
            return Some(Err(error));
        }
        for link in &self.links {
            let (mut take, provider) = (Take::Shared(None), link.provider());
            match provider.in_memory(name.as_bytes(), &mut take) {
                Memory::Waits => return None,
                Memory::Absent => {}
                Memory::Found => {
                    tell(name, provider.name(), "found");
                    return Some(Ok(take.shared()));
                }
                // Somebody further on may have to be waited for.
                Memory::Failed if link.on_error == OnError::Continue => return None,
                Memory::Failed => {
                    let link = Rest::new(std::slice::from_ref(link));
                    match link.get(name, &Deadline::none()) {
                        // It was mended meanwhile.
                        Ok(None) => {}
                        answer => return Some(answer),
                    }
                }
            }
        }
        tell(name, "", "absent");
        Some(Ok(None))
    }

    /// One answer for each name, in their order. What is in memory is taken from there; each link after
    /// that is asked once, for all the names that no link before it has answered.
    pub fn get_many(&self, names: &[&str], deadline: &Deadline) -> Vec<Answer> {
        if deadline.is_running() && deadline.waits() {
            return Rest::new(&self.links).get_many(names, deadline);
        }
        let mut answers = Vec::with_capacity(names.len());
        let (mut open, mut links) = (Vec::new(), 0);
        for (i, &name) in names.iter().enumerate() {
            let mut take = Take::Shared(None);
            if let Some(rest) = self.in_memory(name.as_bytes(), &mut take) {
                open.push(i);
                links = rest.len().max(links);
            }
            answers.push(Ok(take.shared()));
        }
        if !open.is_empty() {
            let rest = Rest::new(&self.links[self.links.len() - links..]);
            let asked: Vec<&str> = open.iter().map(|&i| names[i]).collect();
            for (i, answer) in open.into_iter().zip(rest.get_many(&asked, deadline)) {
                answers[i] = answer;
            }
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

    /// The names of every link that can list them, in the order of the chain. A link that fails where the
    /// chain may go on is left out.
    pub fn list(&self, deadline: &Deadline) -> Result<Vec<Listed>, Error> {
        self.list_telling(deadline, &mut |_| {})
    }

    /// The same, for who has to say that these are not all: `left_out` is told of each link that failed where
    /// the chain may go on.
    pub fn list_telling(
        &self,
        deadline: &Deadline,
        left_out: &mut dyn FnMut(Error),
    ) -> Result<Vec<Listed>, Error> {
        let mut listed = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for link in self.links.iter().filter(|l| l.provider.capabilities().has(Capabilities::LIST))
        {
            let mut names = match link.ask(deadline, |provider, deadline| provider.list(deadline)) {
                Err(error) if link.on_error == OnError::Continue => {
                    tracing::warn!(provider = link.provider.name(), kind = %error.kind(), "not listed");
                    left_out(error);
                    continue;
                }
                names => names?,
            };
            // By a heap: its code is smaller than that of a sort.
            names = BinaryHeap::from(names).into_sorted_vec();
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

impl Provider for Chain {
    fn name(&self) -> &str {
        &self.name
    }

    fn in_memory(&self, name: &[u8], take: &mut Take<'_>) -> Memory {
        match Chain::in_memory(self, name, take) {
            None => Memory::Found,
            Some(rest) if rest.is_empty() => Memory::Absent,
            Some(_) => Memory::Waits,
        }
    }

    fn get(&self, name: &str, deadline: &Deadline) -> Answer {
        Chain::get(self, name, deadline)
    }

    fn get_into(
        &self,
        name: &str,
        deadline: &Deadline,
        to: &mut [MaybeUninit<u8>],
    ) -> Result<Option<usize>, Error> {
        Chain::get_into(self, name, deadline, to)
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
