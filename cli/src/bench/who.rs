//! Which names there are, and who has which.

use prefect_secrets_core::{Answer, Capabilities, Chain, Error, Kind, Link, OnError};
use serde::Serialize;

use super::answered::{Answered, Outcome};
use super::meter::Meter;

/// The most names that are asked for if none was given.
pub(crate) const MOST_LISTED: usize = 20;

/// The names that are asked for.
pub(crate) struct Names {
    pub(crate) names: Vec<String>,
    /// How many more are listed.
    pub(crate) left_out: usize,
    /// What became of providers that did not list theirs in time: they are not waited for again.
    late: Vec<(String, Error)>,
}

impl Names {
    /// Those that were given, each once, or else those that the providers list: some of each, so
    /// that a provider with many does not hide another.
    pub(crate) fn find(given: &[String], chain: &Chain, meter: &Meter) -> Result<Self, Error> {
        if !given.is_empty() {
            let mut names: Vec<String> = Vec::new();
            for name in given {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
            return Ok(Self { names, left_out: 0, late: Vec::new() });
        }
        let (mut failed, mut late) = (None, Vec::new());
        let mut lists: Vec<std::vec::IntoIter<String>> = Vec::new();
        for link in chain.links().iter().filter(|link| lists_names(link)) {
            if meter.is_over() {
                break;
            }
            meter.progress.tell(|| format!("asking {} for its names", link.provider().name()));
            match link.ask(&meter.before(), |provider, deadline| provider.list(deadline)) {
                Ok(mut names) => {
                    names.sort_unstable();
                    lists.push(names.into_iter());
                }
                Err(_) if meter.interrupt.came() => break,
                Err(error) => {
                    meter.failures.borrow_mut().add(&error);
                    if error.kind() == Kind::TimedOut {
                        late.push((link.provider().name().into(), error.clone()));
                    }
                    failed.get_or_insert(error);
                }
            }
        }
        let (mut names, mut left_out) = (Vec::new(), 0);
        let mut seen = std::collections::HashSet::new();
        while !lists.is_empty() {
            lists.retain_mut(|list| {
                let Some(name) = list.next() else { return false };
                if seen.insert(name.clone()) {
                    match names.len() < MOST_LISTED {
                        true => names.push(name),
                        false => left_out += 1,
                    }
                }
                true
            });
        }
        if names.is_empty() && !meter.interrupt.came() {
            return Err(failed.unwrap_or_else(|| {
                Error::invalid(
                    "no provider lists a name, so there is nothing to ask for",
                    "give the names: prefect-secrets bench NAME",
                )
            }));
        }
        Ok(Self { names, left_out, late })
    }
}

impl Names {
    /// What the provider of `link` says of each.
    fn answers_of(&self, link: &Link, meter: &Meter) -> Vec<Answer> {
        let all = |error: &Error| self.names.iter().map(|_| Err(error.clone())).collect();
        if let Some((_, error)) = self.late.iter().find(|(name, _)| name == link.provider().name())
        {
            return all(error);
        }
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let answers = link.ask(&meter.before(), |provider, deadline| {
            let name = |answer: Answer| answer.map_err(|error| error.by(provider.name()));
            Ok(provider.get_many(&names, deadline).into_iter().map(name).collect())
        });
        let answers: Vec<Answer> = answers.unwrap_or_else(|error| all(&error));
        if !meter.interrupt.came() {
            // One call, and so one failure, unless the names failed for several reasons.
            let mut reasons: Vec<&Error> = Vec::new();
            for error in answers.iter().filter_map(|answer| answer.as_ref().err()) {
                if !reasons.iter().any(|known| known.what() == error.what()) {
                    meter.failures.borrow_mut().add(error);
                    reasons.push(error);
                }
            }
        }
        answers
    }
}

fn lists_names(link: &Link) -> bool {
    link.provider().capabilities().has(Capabilities::LIST)
}

/// A name, and what each provider says of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Who {
    pub(crate) name: String,
    /// What the chain says of it: the first that is not absent.
    pub(crate) outcome: &'static str,
    /// Who found it, or failed.
    pub(crate) provider: Option<String>,
    pub(crate) links: Vec<WhoLink>,
    #[serde(skip)]
    pub(crate) answer: Outcome,
}

/// What a provider says of a name.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct WhoLink {
    pub(crate) provider: String,
    pub(crate) outcome: &'static str,
    #[serde(skip)]
    pub(crate) answer: Outcome,
}

/// Asks each provider once, for all names. Nothing is known once Ctrl-C came.
pub(crate) fn who(found: &Names, chain: &Chain, meter: &Meter) -> Vec<Who> {
    let names = &found.names;
    let mut said: Vec<Vec<WhoLink>> = names.iter().map(|_| Vec::new()).collect();
    for link in chain.links() {
        let provider = link.provider().name();
        meter.progress.tell(|| format!("asking {provider} which names it has"));
        let answered: Vec<Answered> =
            found.answers_of(link, meter).into_iter().map(Answered::by).collect();
        if meter.interrupt.came() {
            return Vec::new();
        }
        for (answered, said) in answered.iter().zip(&mut said) {
            let answer = answered.outcome().unwrap_or(Outcome::Failed);
            said.push(WhoLink { provider: provider.into(), outcome: answer.as_str(), answer });
        }
    }
    let whole = |(name, links): (&String, Vec<WhoLink>)| {
        let first = chain_answer(chain, &links);
        Who {
            name: name.clone(),
            outcome: first.map_or(Outcome::Absent, |link| link.answer).as_str(),
            provider: first.map(|link| link.provider.clone()),
            answer: first.map_or(Outcome::Absent, |link| link.answer),
            links,
        }
    };
    names.iter().zip(said).map(whole).collect()
}

/// Whose answer is that of the chain.
fn chain_answer<'l>(chain: &Chain, said: &'l [WhoLink]) -> Option<&'l WhoLink> {
    let mut passed_over = None;
    for (link, said) in chain.links().iter().zip(said) {
        match (said.answer, link.when_it_fails()) {
            (Outcome::Absent, _) => {}
            (Outcome::Failed, OnError::Continue) => {
                passed_over.get_or_insert(said);
            }
            _ => return Some(said),
        }
    }
    passed_over
}
