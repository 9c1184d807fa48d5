//! What is left in memory after release, and whether a fork after use works.

use super::memory;
use super::place::{Place, WAYS};
use super::results::{Copies, Fact};
use super::secrets;
use super::set_up::Installed;
use super::subject::{Launch, Subject};
use crate::Outcome;

/// What is so of everybody at `place`, with one secret.
pub(super) fn at(place: &Place, installed: &Installed) -> Vec<Fact> {
    let fact = |who: &str, launch: Outcome<Launch>| Fact {
        who: who.to_owned(),
        place: place.called().to_owned(),
        // The environment block of the process holds the value whatever a library does.
        copies: match place {
            Place::Environment => Err("its environment holds it".into()),
            _ => with(&launch, left),
        },
        fork: with(&launch, |subject| subject.ask("fork")),
    };
    let mut field = match place.field(installed, "serve", 1) {
        Ok(field) => field,
        Err(why) => return vec![fact("everybody", Err(why))],
    };
    let ours = format!("ours (C), {}", WAYS[0].1);
    let first = Ok(field.ours.swap_remove(0));
    let others = field.others.drain(..).map(|(who, launch)| fact(who, launch));
    std::iter::once(fact(&ours, first)).chain(others).collect()
}

/// With a program of its own, which has been used.
fn with<T>(launch: &Outcome<Launch>, find: impl FnOnce(&mut Subject) -> Outcome<T>) -> Outcome<T> {
    let mut subject = launch.as_ref().map_err(Clone::clone)?.serve()?;
    subject.time(3)?;
    find(&mut subject)
}

fn left(subject: &mut Subject) -> Outcome<Copies> {
    let needle = secrets::value(1);
    subject.ask("hold")?;
    let held = memory::copies(subject.id(), needle.as_bytes())?;
    subject.ask("release")?;
    let left = memory::copies(subject.id(), needle.as_bytes())?;
    if held == 0 {
        return Err("it cannot be found while it is held".into());
    }
    Ok(Copies { held, left })
}
