//! Floor and path in turns.

use prefect_secrets_benches::Program;

use super::row::Measured;
use super::spread::Spread;
use crate::Outcome;

/// How much is measured.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    /// How long a round of one side takes, in nanoseconds.
    pub(crate) round: f64,
}

/// A loop in a measuring program.
pub(crate) struct Side<'a> {
    program: &'a Program,
    /// `#` stands for how often.
    command: String,
    /// How often at most in a round.
    most: f64,
    /// Which of the numbers that it answers.
    place: usize,
    /// How many tries there are in a round, of which the best counts.
    tries: usize,
}

impl<'a> Side<'a> {
    pub(crate) fn new(program: &'a Program, command: impl Into<String>) -> Self {
        Self { program, command: command.into(), most: 1e9, place: 0, tries: 1 }
    }

    /// The same, at most so often in a round: for what is slow, or uses something up.
    pub(crate) fn at_most(self, most: u32) -> Self {
        Self { most: most.into(), ..self }
    }

    /// The same, of which the second number counts.
    pub(crate) fn second(self) -> Self {
        Self { place: 1, ..self }
    }

    /// The same in wall time: five shorter tries in a round, of which the best counts. A program that
    /// takes the core away meanwhile would be all that is seen.
    pub(crate) fn in_wall_time(self) -> Self {
        Self { tries: 5, ..self }
    }

    /// What one time takes.
    fn run(&self, count: f64) -> Outcome<f64> {
        let tries = (0..self.tries).map(|_| self.try_once(count));
        tries.reduce(|best, next| Ok(best?.min(next?))).expect("one try or more")
    }

    fn try_once(&self, count: f64) -> Outcome<f64> {
        let numbers = self.numbers(count)?;
        let taken = numbers.get(self.place);
        Ok(taken.ok_or_else(|| format!("{}: {numbers:?}", self.command))? / count)
    }

    fn numbers(&self, count: f64) -> Outcome<Vec<f64>> {
        self.program.numbers(&self.command.replace('#', &format!("{count:.0}")))
    }

    /// How often it fits into a round. This warms it up, too.
    fn count(&self, round: f64) -> Outcome<f64> {
        let mut count = 1.0;
        loop {
            // The last number: where there are two, it is the CPU time, which does not grow when a
            // thread has to wait before it begins.
            let taken = self.numbers(count)?.last().copied().unwrap_or_default();
            let once = (taken / count).max(0.1);
            if count >= self.most || once * count >= round / 4.0 {
                return Ok((round / self.tries as f64 / once).round().clamp(1.0, self.most));
            }
            count = (count * 4.0).min(self.most);
        }
    }
}

/// Measures both in turns. `figure` is made of what one time took of each, in nanoseconds.
pub(crate) fn turns(
    ours: &Side<'_>,
    floor: &Side<'_>,
    effort: Effort,
    figure: impl Fn(f64, f64) -> f64,
) -> Outcome<Measured> {
    let (our_count, floor_count) = (ours.count(effort.round)?, floor.count(effort.round)?);
    let mut pairs = Vec::new();
    for round in 0..effort.rounds {
        // Who begins takes turns as well.
        let first = (round % 2 == 0).then(|| floor.run(floor_count)).transpose()?;
        let our = ours.run(our_count)?;
        let floor = first.map_or_else(|| floor.run(floor_count), Ok)?;
        pairs.push((our, floor));
    }
    Ok(Measured {
        ours: Spread::of(pairs.iter().map(|(ours, _)| *ours)).median,
        floor: Some(Spread::of(pairs.iter().map(|(_, floor)| *floor)).median),
        figure: Spread::of(pairs.iter().map(|(ours, floor)| figure(*ours, *floor))),
    })
}

/// Ours over the floor.
pub(crate) fn ratio(ours: f64, floor: f64) -> f64 {
    ours / floor
}

/// What one time takes, in nanoseconds; of what has no floor.
pub(crate) fn alone(side: &Side<'_>, effort: Effort) -> Outcome<Measured> {
    let count = side.count(effort.round)?;
    let taken: Outcome<Vec<f64>> = (0..effort.rounds).map(|_| side.run(count)).collect();
    let figure = Spread::of(taken?);
    Ok(Measured { ours: figure.median, floor: None, figure })
}

/// The median of that. For pictures.
pub(crate) fn median(side: &Side<'_>, effort: Effort) -> Outcome<f64> {
    alone(side, effort).map(|measured| measured.ours)
}

/// A figure that is the same each time.
pub(crate) fn counted(figure: f64, floor: Option<f64>) -> Measured {
    Measured { ours: figure, floor, figure: Spread::exactly(figure) }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use prefect_secrets_benches::Program;

    use super::{Effort, Side, median, ratio, turns};

    /// A measuring program whose loops take what they are called.
    fn program() -> Program {
        let script = "while read -r each count; do \
                      case $each in wrong) echo 'wrong: not the value';; \
                      *) echo \"$((each * count)) $((each * count * 2))\";; esac; done";
        Program::start(Command::new("sh").args(["-c", script])).unwrap()
    }

    #[test]
    fn a_figure_is_made_of_what_one_time_takes() {
        let (program, effort) = (program(), Effort { rounds: 5, round: 1000.0 });
        let side = |command| Side::new(&program, command);
        let measured = turns(&side("30 #"), &side("20 #"), effort, ratio).unwrap();
        assert_eq!(
            (measured.ours, measured.floor, measured.figure.median),
            (30.0, Some(20.0), 1.5)
        );
        assert_eq!(median(&side("30 #").second(), effort), Ok(60.0));
        assert_eq!(side("30 #").count(1000.0), Ok(17.0), "by the second number");
        assert_eq!(side("30 #").in_wall_time().count(1000.0), Ok(3.0));
        assert_eq!(side("30 #").at_most(7).count(1000.0), Ok(7.0));
        let wrong = turns(&side("wrong #"), &side("20 #"), effort, ratio);
        assert_eq!(wrong.unwrap_err(), "wrong 1: wrong: not the value");
    }
}
