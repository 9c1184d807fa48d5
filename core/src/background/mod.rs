//! Calls that go on without their caller, on threads of the library.
//!
//! The threads are there while they have work, and two seconds longer: at most 64, and one that ends
//! what has to end at its deadline. A forked child has none of its parent's.

mod alarm;
mod call;
mod later;
mod pool;
mod waiting;

use std::sync::Arc;

pub use self::later::Later;
use crate::chain::Chain;
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::outcome::Value;
use crate::provider::Answer;
use crate::secret::Secret;

/// What is to be done, whatever it brings.
type Work = Box<dyn FnOnce(&Chain, &Deadline) -> Result<(), Error> + Send>;

/// `work`, and where it leaves what it brings.
fn keeping<T: Send + 'static>(
    work: impl FnOnce(&Chain, &Deadline) -> Result<T, Error> + Send + 'static,
) -> (Work, Value<T>) {
    let value = Value::new();
    let theirs = value.clone();
    let work = move |chain: &Chain, deadline: &Deadline| theirs.keep(work(chain, deadline));
    (Box::new(work), value)
}

impl Chain {
    /// Does `work` with this chain, on a thread of the library if the deadline can be
    /// [cancelled](Deadline::or): the caller returns when it is, and at the deadline, whatever the
    /// providers do. An outcome that comes later is dropped.
    pub fn cancellable<T: Send + 'static>(
        self: &Arc<Self>,
        deadline: &Deadline,
        work: impl FnOnce(&Self, &Deadline) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        // With no time at all it comes from memory, or not at all.
        let at_once = !deadline.waits() && !deadline.is_cancelled();
        if deadline.cancellation().is_none() || at_once {
            return work(self, deadline);
        }
        let (work, value) = keeping(work);
        value.after(waiting::wait(self, deadline, work))
    }

    /// As [`get`](Self::get), for a deadline that can be cancelled.
    pub fn get_cancellable(self: &Arc<Self>, name: &str, deadline: &Deadline) -> Answer {
        if !deadline.is_cancelled()
            && let Some(answer) = self.get_now(name)
        {
            return answer;
        }
        let theirs = name.to_owned();
        self.cancellable(deadline, move |chain, deadline| chain.get(&theirs, deadline))
            .map_err(|error| error.about(name))
    }

    /// As [`get_many`](Self::get_many), for a deadline that can be cancelled.
    pub fn get_many_cancellable(
        self: &Arc<Self>,
        names: &[&str],
        deadline: &Deadline,
    ) -> Vec<Answer> {
        let theirs: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let answers = self.cancellable(deadline, move |chain, deadline| {
            let names: Vec<&str> = theirs.iter().map(String::as_str).collect();
            Ok(chain.get_many(&names, deadline))
        });
        answers.unwrap_or_else(|error| {
            names.iter().map(|name| Err(error.clone().about(name))).collect()
        })
    }

    /// Starts `work` with this chain on a thread of the library, and returns. `done` is given the
    /// outcome: what came of it, or that the deadline passed or the call was cancelled. It is called
    /// once, on a thread of the library, unless this fails: then no thread could be started.
    pub fn start<T: Send + 'static>(
        self: &Arc<Self>,
        deadline: &Deadline,
        work: impl FnOnce(&Self, &Deadline) -> Result<T, Error> + Send + 'static,
        done: impl FnOnce(Result<T, Error>) + Send + 'static,
    ) -> Result<(), Error> {
        let (work, value) = keeping(work);
        call::start(self, deadline, work, Box::new(move |outcome| done(value.after(outcome))))
    }

    /// Starts a [`get`](Self::get), as [`start`](Self::start) does.
    pub fn start_get(
        self: &Arc<Self>,
        name: &str,
        deadline: &Deadline,
        done: Box<dyn FnOnce(Answer) + Send>,
    ) -> Result<(), Error> {
        // If the time is up before a thread has come to it, what was in memory is the answer.
        let now = self.get_now(name);
        let (name, about) = (name.to_owned(), name.to_owned());
        let get = move |chain: &Self, deadline: &Deadline| chain.get(&name, deadline);
        self.start(deadline, get, move |answer| {
            done(match (answer, now) {
                (Err(error), Some(now)) if error.kind() == Kind::TimedOut => now,
                (answer, _) => answer.map_err(|error| error.about(&about)),
            });
        })
    }

    /// As [`start`](Self::start), with a future that is the outcome, under any runtime or none.
    pub fn later<T: Send + 'static>(
        self: &Arc<Self>,
        deadline: &Deadline,
        work: impl FnOnce(&Self, &Deadline) -> Result<T, Error> + Send + 'static,
    ) -> Later<T> {
        Later::start(self, deadline, work)
    }

    /// The secret called `name`, as [`get`](Self::get) gives it, without blocking the caller's thread:
    /// what is in memory is there at once, anything else is asked on a thread of the library. Works
    /// under any runtime, and inside a running one. The time begins now; dropping the future cancels
    /// the call.
    pub fn get_async(self: &Arc<Self>, name: &str, deadline: &Deadline) -> Later<Option<Secret>> {
        if let Some(answer) = self.get_now(name) {
            return Later::ready(answer);
        }
        let name = name.to_owned();
        self.later(deadline, move |chain, deadline| chain.get(&name, deadline))
    }
}
