//! What is measured: who is asked, and which answer is expected.

use prefect_secrets_core::{Chain, Deadline, Memory, Take};

use super::answered::{Answered, Outcome};
use super::who::Who;

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// One provider, by its place in the chain.
    Link(usize),
    /// The chain, from its first provider on.
    Chain,
}

/// Names that the same provider, or the chain, answers alike.
pub(crate) struct Part<'n> {
    pub(crate) asked: Asked,
    /// Who answers, or is asked; nobody if the whole chain says *absent*.
    pub(crate) provider: Option<String>,
    pub(crate) expected: Outcome,
    pub(crate) names: Vec<&'n str>,
    pub(crate) in_memory: bool,
}

impl Part<'_> {
    /// Who is asked, as a person reads it.
    pub(crate) fn label(&self) -> &str {
        match self.asked {
            Asked::Chain => "the chain",
            Asked::Link(_) => self.provider.as_deref().unwrap_or_default(),
        }
    }
}

impl Asked {
    /// One get.
    #[inline]
    pub(crate) fn get(self, chain: &Chain, name: &str, deadline: &Deadline) -> Answered {
        Answered::by(match self {
            Self::Chain => chain.get(name, deadline),
            Self::Link(place) => chain.links()[place].get(name, deadline),
        })
    }

    fn is_in_memory(self, chain: &Chain, name: &str) -> bool {
        match self {
            Self::Chain => chain.get_now(name).is_some(),
            Self::Link(place) => {
                let provider = chain.links()[place].provider();
                let memory = provider.in_memory(name.as_bytes(), &mut Take::Shared(None));
                !matches!(memory, Memory::Waits)
            }
        }
    }
}

/// All there is to measure: providers in their order, then the chain.
pub(crate) fn parts<'n>(chain: &Chain, names: &'n [Who]) -> Vec<Part<'n>> {
    let mut parts: Vec<Part<'n>> = Vec::new();
    let mut add = |asked: Asked, provider: Option<&str>, expected: Outcome, name: &'n str| {
        let in_memory = asked.is_in_memory(chain, name);
        let same = parts.iter_mut().find(|part| {
            part.asked == asked
                && part.provider.as_deref() == provider
                && part.expected == expected
                && part.in_memory == in_memory
        });
        match same {
            Some(part) => part.names.push(name),
            None => {
                let provider = provider.map(Into::into);
                parts.push(Part { asked, provider, expected, names: vec![name], in_memory });
            }
        }
    };
    for (place, link) in chain.links().iter().enumerate() {
        for outcome in Outcome::ALL {
            for who in names.iter().filter(|who| who.links[place].answer == outcome) {
                add(Asked::Link(place), Some(link.provider().name()), outcome, &who.name);
            }
        }
    }
    let order = |provider: Option<&str>| {
        let place = chain.links().iter().position(|link| Some(link.provider().name()) == provider);
        place.unwrap_or(usize::MAX)
    };
    let mut by_answer: Vec<&Who> = names.iter().collect();
    by_answer.sort_by_key(|who| (order(who.provider.as_deref()), who.answer));
    for who in by_answer {
        add(Asked::Chain, who.provider.as_deref(), who.answer, &who.name);
    }
    parts
}

/// What is measured once more on chains that were just opened: of each provider one answer, of the
/// chain one for each that answers.
pub(crate) fn firsts<'p, 'n>(parts: &'p [Part<'n>]) -> Vec<&'p Part<'n>> {
    let mut firsts: Vec<&Part<'n>> = Vec::new();
    for part in parts {
        if !firsts.iter().any(|first| first.asked == part.asked && first.provider == part.provider)
        {
            firsts.push(part);
        }
    }
    firsts
}
