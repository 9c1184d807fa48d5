//! The links of a chain that have to be asked.

use std::mem::MaybeUninit;

use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::link::{Link, OnError};
use crate::name;
use crate::provider::{Answer, Provider};
use crate::told::{tell, tell_found};

/// The links of a chain that have to be asked, in their order.
#[derive(Clone, Copy)]
pub struct Rest<'a>(&'a [Link]);

impl<'a> Rest<'a> {
    pub(crate) fn new(links: &'a [Link]) -> Self {
        Self(links)
    }

    pub(crate) fn len(self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// As [`Chain::get`](crate::Chain::get), for a name that was [checked](crate::check_name).
    pub fn get(self, name: &str, deadline: &Deadline) -> Answer {
        self.first(name, deadline, |provider, deadline| provider.get(name, deadline))
    }

    /// As [`Chain::get_into`](crate::Chain::get_into), for a name that was
    /// [checked](crate::check_name).
    #[inline]
    pub fn get_into(
        self,
        name: &str,
        deadline: &Deadline,
        to: &mut [MaybeUninit<u8>],
    ) -> Result<Option<usize>, Error> {
        self.first(name, deadline, |provider, deadline| provider.get_into(name, deadline, to))
    }

    pub(crate) fn exists(self, name: &str, deadline: &Deadline) -> Result<bool, Error> {
        let found = self.first(name, deadline, |provider, deadline| {
            Ok(provider.exists(name, deadline)?.then_some(()))
        });
        Ok(found?.is_some())
    }

    #[inline(always)]
    fn first<T>(
        self,
        name: &str,
        deadline: &Deadline,
        mut ask: impl FnMut(&dyn Provider, &Deadline) -> Result<Option<T>, Error>,
    ) -> Result<Option<T>, Error> {
        let mut passed_over = None;
        for link in self.0 {
            match link.ask(deadline, &mut ask) {
                Ok(Some(found)) => {
                    tell_found(name.as_bytes(), link.provider());
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

    /// One answer for each name. Each link is asked once, for all the names that no link before it
    /// has answered.
    pub(crate) fn get_many(self, names: &[&str], deadline: &Deadline) -> Vec<Answer> {
        let mut answers: Vec<Answer> =
            names.iter().map(|name| name::check(name).map(|()| None)).collect();
        let mut open: Vec<usize> = (0..names.len()).filter(|&i| answers[i].is_ok()).collect();
        // A failure that a link with `on_error = "continue"` left behind stands until a later
        // link has the name.
        for link in self.0 {
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
}

/// What stands for an answer that a provider owes.
fn unanswered() -> Answer {
    Err(Error::new(
        Kind::Internal,
        "the provider gave fewer answers than it was asked for names",
        "report it to the provider's author",
    ))
}
