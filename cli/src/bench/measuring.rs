//! Everything that is measured, within the time.

use std::time::{Duration, Instant};

use prefect_secrets_core::{Chain, Deadline};
use prefect_secrets_providers::Opener;

use super::answered::{Answered, Outcome};
use super::meter::{ENOUGH, FAR_CALLS, Kind, Measured, Meter, Patience, Patient, Place};
use super::part::{Part, firsts, parts};
use super::report::{Many, Row};
use super::rows::Rows;
use super::series::{Figures, Series};
use super::who::Who;

/// On how many chains that were just opened a first get is measured: far away, or else.
const OPENED_FAR: u64 = 5;
const OPENED: u64 = 20;
/// How often somebody far away is asked for all names.
const MANY_FAR: u64 = 5;

/// What came of it.
pub(crate) struct Measuring {
    pub(crate) open: Option<Figures>,
    pub(crate) cold: Vec<Row>,
    pub(crate) warm: Vec<Row>,
    pub(crate) many: Many,
    /// Whether there was time for each.
    pub(crate) is_whole: bool,
}

enum Job<'p, 'n> {
    Cold(&'p Part<'n>),
    Warm(&'p Part<'n>),
    AtOnce,
    OneAtATime,
}

impl Measuring {
    pub(crate) fn all(meter: &Meter, chain: &Chain, names: &[Who]) -> Self {
        let parts = parts(chain, names);
        let firsts = firsts(&parts);
        let many = All::of(chain, names);
        let mut jobs: Vec<Job<'_, '_>> = parts.iter().map(Job::Warm).collect();
        jobs.extend(firsts.iter().map(|part| Job::Cold(part)));
        if names.len() > 1 {
            jobs.extend([Job::AtOnce, Job::OneAtATime]);
        }
        // A provider that takes all the time there is, or fails, does not take it from the others.
        jobs.sort_by_key(|job| match job {
            Job::Cold(part) | Job::Warm(part) => {
                (part.expected == Outcome::Failed, !part.in_memory)
            }
            Job::AtOnce | Job::OneAtATime => (many.expected == Outcome::Failed, !many.in_memory),
        });
        let (mut warm, mut cold) = (Rows::of(&parts), Rows::of(&parts));
        let (mut open, mut many_measured) = (Series::new(), Many::default());
        many_measured.names = names.len();
        let mut done = 0;
        for (place, job) in jobs.iter().enumerate() {
            if meter.is_over() {
                break;
            }
            let share = meter.left() / (jobs.len() - place) as u32;
            let step = |what: &str, of: &str| {
                meter.progress.tell(|| format!("{what} {of} ({} of {})", place + 1, jobs.len()));
            };
            match job {
                Job::Warm(part) => {
                    step("measuring", part.label());
                    warm.add(part, measure_warm(meter, chain, part, share));
                }
                Job::Cold(part) => {
                    step("measuring on opened chains", part.label());
                    cold.add(part, measure_cold(meter, part, share, &mut open));
                }
                Job::AtOnce => {
                    step("measuring", "all names at once");
                    many_measured.at_once = many.at_once(meter, chain, share);
                }
                Job::OneAtATime => {
                    step("measuring", "all names, one at a time");
                    many_measured.one_at_a_time = many.one_at_a_time(meter, chain, share);
                }
            }
            done += 1;
        }
        Self {
            open: open.figures(),
            cold: cold.into_vec(),
            warm: warm.into_vec(),
            many: many_measured,
            is_whole: done == jobs.len() && !meter.was_cut.get(),
        }
    }
}

fn measure_warm(meter: &Meter, chain: &Chain, part: &Part<'_>, share: Duration) -> Measured {
    let kind = Kind {
        names: &part.names,
        expected: part.expected,
        in_memory: part.in_memory,
        most: meter.count,
        most_far: FAR_CALLS,
        share,
    };
    meter.measure(&kind, |name, deadline| part.asked.get(chain, name, deadline))
}

/// The first get after opening, on chains that are opened for it: with a new connection, or a new
/// instance of a plugin.
fn measure_cold(meter: &Meter, part: &Part<'_>, share: Duration, open: &mut Series) -> Measured {
    let (place, rounds, share) = match part.in_memory {
        true => (Place::Memory, OPENED, share.min(ENOUGH)),
        false => (Place::Far, OPENED_FAR, share),
    };
    let mut measured = Measured::nothing(place);
    let until = Instant::now() + share;
    let rounds = rounds.min(meter.count.unwrap_or(rounds));
    let mut patient = Patient::with(part.expected);
    for (round, name) in (0..rounds).zip(part.names.iter().cycle()) {
        if patient.is_at_end() || meter.is_over() || (round > 0 && Instant::now() >= until) {
            break;
        }
        let (opened, took) = meter.clock.time(|| Opener::new().open());
        let chain = match opened {
            Ok(chain) => chain,
            // The configuration was changed meanwhile.
            Err(error) => {
                meter.failures.borrow_mut().add(&error);
                break;
            }
        };
        open.add(1, took);
        let patience = if part.in_memory { Patience::Plain } else { Patience::Waiting };
        let get = |name: &str, deadline: &Deadline| part.asked.get(&chain, name, deadline);
        let Some((outcome, took)) = meter.once(name, patience, get) else { break };
        measured.add(outcome, 1, took);
        patient.saw(outcome);
    }
    measured
}

/// All names together.
struct All<'n> {
    names: Vec<&'n str>,
    expected: Outcome,
    in_memory: bool,
}

impl<'n> All<'n> {
    fn of(chain: &Chain, names: &'n [Who]) -> Self {
        let fails = names.iter().any(|who| who.answer == Outcome::Failed);
        let names: Vec<&str> = names.iter().map(|who| who.name.as_str()).collect();
        Self {
            expected: if fails { Outcome::Failed } else { Outcome::Found },
            in_memory: names.iter().all(|name| chain.get_now(name).is_some()),
            names,
        }
    }

    fn at_once(&self, meter: &Meter, chain: &Chain, share: Duration) -> Option<Figures> {
        self.measure(meter, share, meter.count, MANY_FAR, |_, deadline| {
            Answered::by_all(chain.get_many(&self.names, deadline))
        })
    }

    fn one_at_a_time(&self, meter: &Meter, chain: &Chain, share: Duration) -> Option<Figures> {
        let rounds = |calls: u64| (calls / self.names.len() as u64).max(1);
        let most_far = rounds(FAR_CALLS).min(MANY_FAR);
        self.measure(meter, share, meter.count.map(rounds), most_far, |_, deadline| {
            Answered::by_all(self.names.iter().map(|name| match deadline.cancellation() {
                Some(_) => chain.get(name, deadline),
                // Each as a program asks: with a deadline that nobody has looked at yet.
                None => chain.get(name, &meter.plain()),
            }))
        })
    }

    /// The times of rounds in which no name failed.
    fn measure(
        &self,
        meter: &Meter,
        share: Duration,
        most: Option<u64>,
        most_far: u64,
        ask: impl Fn(&str, &Deadline) -> Answered,
    ) -> Option<Figures> {
        let (expected, in_memory) = (self.expected, self.in_memory);
        let kind = Kind { names: &["all"], expected, in_memory, most, most_far, share };
        meter.measure(&kind, ask).series[Outcome::Found as usize].figures()
    }
}
